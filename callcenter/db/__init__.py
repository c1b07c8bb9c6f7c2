"""The database edge: tables, migrations, and one file of queries a noun.

Queries take an ``AsyncConnection`` and never commit: whoever opened the transaction decides what
belongs together.
"""
