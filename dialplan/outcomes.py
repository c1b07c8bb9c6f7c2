"""How the dialplan says what became of a call that no ring group can tell of.

It raises an AMI event on the caller's channel: ``Event: UserEvent``, ``UserEvent:
CallcenterOutcome``, the channel's headers (Uniqueid, Linkedid, ...) and ``Outcome``:

==========  =======================================================================
closed      out of hours; nothing rang
rejected    the caller chose nothing in the menu; nothing rang
overflow    it rang, or could not, and nobody took it: sent on to the mailbox, or let go
==========  =======================================================================
"""

USER_EVENT = "CallcenterOutcome"
OUTCOMES = ("closed", "rejected", "overflow")
