"""What can go wrong with a PBX's manager interface.

::

    AmiError
    ├── AmiConnectionError       there is no connection to work with
    │   ├── AmiUnreachableError  none could be made
    │   ├── AmiTlsError          the PBX is there, its certificate or TLS is not acceptable
    │   └── AmiLostError         there was one; what it left unanswered is NOT sent again
    ├── AmiLoginError            wrong user name or secret, or the account may not come from here
    ├── AmiProtocolError         the peer sends what no Asterisk sends
    ├── AmiRefusedError          Asterisk answered ``Response: Error`` to a snapshot's question
    ├── AmiTimeoutError          no answer in time: the action may or may not have been done
    └── AmiActionError           an action that must not reach the wire (also a ValueError)
"""

from typing import ClassVar

from callcenter.errors import CallcenterError


class AmiError(CallcenterError):
    """Something went wrong between this service and a PBX."""

    code: ClassVar[str] = "ami"


class AmiConnectionError(AmiError):
    """There is no connection to the PBX."""


class AmiUnreachableError(AmiConnectionError):
    """No connection to the PBX could be made; the message says which and why."""

    code: ClassVar[str] = "ami-unreachable"


class AmiTlsError(AmiConnectionError):
    """TLS with the PBX failed: give the authority that signed its certificate as ca_file."""

    code: ClassVar[str] = "ami-tls"


class AmiLostError(AmiConnectionError):
    """The connection to the PBX was lost; actions without an answer are never sent again."""

    code: ClassVar[str] = "ami-lost"


class AmiLoginError(AmiError):
    """The PBX refused the login: compare username and secret with its manager.conf."""

    code: ClassVar[str] = "ami-login"


class AmiProtocolError(AmiError):
    """The peer broke a limit of the protocol, or does not speak AMI at all."""

    code: ClassVar[str] = "ami-protocol"


class AmiRefusedError(AmiError):
    """The PBX answered ``Response: Error``; the message carries its words."""

    code: ClassVar[str] = "ami-refused"


class AmiTimeoutError(AmiError):
    """The PBX did not answer in time: whether it did what was asked is not known."""

    code: ClassVar[str] = "ami-timeout"


class AmiActionError(AmiError, ValueError):
    """An action that would harm the session was not sent; the message says which header."""

    code: ClassVar[str] = "ami-bad-action"
