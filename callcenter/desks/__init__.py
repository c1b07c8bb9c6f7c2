"""Ticketing backends, and the job that pays the debts of answered calls into them."""
