"""Freshdesk, by its REST interface."""
