"""What the operator's side says about the caller's number: whether it may be believed.

Three places may tell, and the strictest word counts:

==========  ====================================================================================
``Signed``  the PBX's own check of the call's signature (Asterisk's STIR_SHAKEN function): the
            level that was signed, with its result in ``Verified``
``Asserted``  ``verstat`` in P-Asserted-Identity or From (3GPP TS 24.229): the operator checked;
            some add the level behind it, ``TN-Validation-Passed-B``
``Level``   the level in a header of its own, P-Attestation-Indicator or Attestation-Info
==========  ====================================================================================

A is full attestation (the operator knows the customer, and that the number is theirs), B partial
(knows the customer), C gateway (knows only where the call came in); RFC 8588. It is a hint as the
number itself is one: nothing may be done because of it.
"""

import re
from collections.abc import Mapping
from enum import StrEnum


class Attestation(StrEnum):
    """How far the number is vouched for."""

    FULL = "A"
    PARTIAL = "B"
    GATEWAY = "C"
    FAILED = "failed"  # there was a signature, and it did not hold


PASSED = frozenset({"success", "verificationpassed"})
"""STIR_SHAKEN's results for a signature that holds, of 22 and of older ones, letters only."""

UNTOLD = frozenset({"", "verificationnotpresent"})
"""Its results for a call that nobody signed."""

_VERSTAT = re.compile(r"verstat=(no-)?tn-validation(?:-(passed|failed)(?:-([abc]))?)?(?![\w-])")


def attestation(said: Mapping[str, str]) -> Attestation | None:
    """What the words of the dialplan's event come to; None where nobody vouches either way."""
    level = _level(said.get("Level", ""))
    own = _own_check(said)
    if own is not None:
        return own
    found = _VERSTAT.search(said.get("Asserted", "").lower())
    if found is None:
        return level
    no, result, suffix = found.groups()
    if result == "failed":
        return Attestation.FAILED
    if no or result is None:
        return None
    return _level(suffix or "") or level or Attestation.FULL


def _own_check(said: Mapping[str, str]) -> Attestation | None:
    result = "".join(filter(str.isalpha, said.get("Verified", "").lower()))
    if result in UNTOLD:
        return None
    return _level(said.get("Signed", "")) if result in PASSED else Attestation.FAILED


def _level(word: str) -> Attestation | None:
    word = word.strip().upper()
    return Attestation(word) if word in ("A", "B", "C") else None
