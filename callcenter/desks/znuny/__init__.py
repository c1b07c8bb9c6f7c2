"""Znuny, by a web service of its generic interface."""
