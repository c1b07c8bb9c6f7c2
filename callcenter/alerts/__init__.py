"""Monitoring systems: what they send, and the tickets that come of it."""
