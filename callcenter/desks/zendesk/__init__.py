"""Zendesk Support, by its REST interface."""
