"""How the dialplan tells what the trunk says of the caller's number.

Where there is such a word, an AMI event on the caller's channel: ``Event: UserEvent``, ``UserEvent:
CallcenterAttestation``, the channel's headers, and these, whatever was sent each of letters and
``= ; @ > _ -`` only:

=========  =================================================================================
Level      P-Attestation-Indicator, or else Attestation-Info
Asserted   P-Asserted-Identity, or else From, without digits: ``verstat`` is in it, if given
Signed     the level in the call's signature, and
Verified   what Asterisk's own check of it came to; both where res_stir_shaken is loaded
=========  =================================================================================

A channel that is neither PJSIP's nor chan_sip's has no headers, and no event. Which header an
operator sends is not standard; these are the ones of the standards and of those we know.
"""

USER_EVENT = "CallcenterAttestation"
