"""The edge towards Asterisk: AMI bytes in, the core's batches and snapshots out.

Built on panoramisk's ``Manager`` and ``AMIProtocol`` through the places they leave for it. Start at
:mod:`callcenter.ami.link`.
"""
