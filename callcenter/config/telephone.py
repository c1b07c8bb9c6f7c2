"""``[[telephone]]``: an agent's telephone on a standalone Asterisk (FreePBX has its own)."""

from callcenter.config.names import Digits, Name, Table, Word
from callcenter.config.pbx import Secret


class Telephone(Table):
    """Extension ``name`` (``101``), which is also its interface, ``PJSIP/101``.

    It registers with ``secret``; or ``contact`` says where it always is
    (``sip:101@192.0.2.11:5060``), and it neither registers nor sends a password.
    """

    name: Digits
    pbx: Name
    secret: Secret | None = None
    contact: Word | None = None
