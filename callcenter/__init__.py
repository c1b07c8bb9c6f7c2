"""A telephony helpdesk beside Asterisk: no answered call without its ticket."""
