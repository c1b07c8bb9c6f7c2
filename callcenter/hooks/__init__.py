"""Webhooks out: the job that sends what destinations are to be told."""
