"""A PBX's own records of its calls: Asterisk's queue_log and CDR, in files or database tables.

For sites whose dialplan keeps no ledger, and for the audit, which holds them against what we know.
"""
