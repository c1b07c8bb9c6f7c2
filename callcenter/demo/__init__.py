"""A small PBX that speaks AMI like Asterisk, for a visitor who has none: see ``pbx.py``."""
