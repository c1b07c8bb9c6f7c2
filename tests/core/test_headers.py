"""Headers are read as Asterisk writes them, and what is no text, number or time does no harm."""

from datetime import UTC, datetime

import pytest

from callcenter.core import headers

READ_AT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Claire Martin", "Claire Martin"),
        (r"O\'Brien\?", "O'Brien?"),
        (r"Atelier \"Nord\"", 'Atelier "Nord"'),
        (r"back\\slash", r"back\slash"),
        (r"\\n", r"\n"),  # a backslash and an n, no new line
        ("Société Générale d’Été", "Société Générale d’Été"),
        ("株式会社", "株式会社"),
        ("Café\u00a0du\u202fNord", "Café du Nord"),
        ("ends in \\", "ends in \\"),
        ("<unknown>", ""),
        ("", ""),
    ],
)
def test_a_name_is_unescaped(sent: str, name: str) -> None:
    assert headers.name({"CallerIDName": sent}) == name


@pytest.mark.parametrize(
    "sent", [r"a\nb", r"a\rb", r"a\tb", r"a\ab", "a\x00b", "a\x1bb", "a\ud800b"]
)
def test_what_is_no_text_is_marked(sent: str) -> None:
    assert headers.name({"CallerIDName": sent}) == "a\ufffdb"


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("0639981122", "0639981122"),
        ("+33639981122", "+33639981122"),
        ("anonymous", "anonymous"),
        ("<unknown>", ""),
        ("", ""),
        ("06\x0039", "06\ufffd39"),
        (r"06\n39", r"06\n39"),  # Asterisk escapes no number
    ],
)
def test_a_number_stays_as_it_was_sent(sent: str, number: str) -> None:
    assert headers.number({"CallerIDNum": sent}) == number


def test_a_caller_without_headers_has_neither_number_nor_name() -> None:
    assert (headers.number({}), headers.name({})) == ("", "")


def test_a_moment_is_the_pbxs_to_the_microsecond() -> None:
    at = headers.moment({"Timestamp": "1795467414.013508"}, READ_AT)
    assert at == datetime(2026, 11, 23, 20, 56, 54, 13508, tzinfo=UTC)


@pytest.mark.parametrize(
    "stamp", ["", "x", "nan", "inf", "-inf", "1e400", "9" * 400, "1795 467414"]
)
def test_a_moment_that_is_none_is_when_the_event_was_read(stamp: str) -> None:
    assert headers.moment({"Timestamp": stamp}, READ_AT) == READ_AT


def test_a_moment_that_is_not_told_is_when_the_event_was_read() -> None:
    assert headers.moment({}, READ_AT) == READ_AT


@pytest.mark.parametrize(
    ("uniqueid", "born"),
    [
        ("1795467414.0", datetime(2026, 11, 23, 20, 56, 54, tzinfo=UTC)),
        ("pbx-1-1795467414.123", datetime(2026, 11, 23, 20, 56, 54, tzinfo=UTC)),
        ("99999999999.1", READ_AT),  # not born before it was seen: no age at all
        ("1795467414", READ_AT),
        ("x1795467414.0", READ_AT),
        ("", READ_AT),
    ],
)
def test_a_uniqueid_tells_when_its_channel_was_made(uniqueid: str, born: datetime) -> None:
    assert headers.born(uniqueid, READ_AT) == born


@pytest.mark.parametrize(("sent", "seconds"), [("0", 0), ("75", 75), ("", 0), ("-1", 0), ("²", 0)])
def test_seconds_are_a_number(sent: str, seconds: int) -> None:
    assert headers.seconds(sent) == seconds
    assert headers.seconds("9" * 5000) == 0


@pytest.mark.parametrize(
    ("member", "telephone"),
    [
        ({"Interface": "PJSIP/101"}, "PJSIP/101"),
        ({"Location": "PJSIP/101"}, "PJSIP/101"),  # in QueueMember
        ({"Location": "Local/101@internal/n", "StateInterface": "PJSIP/101"}, "PJSIP/101"),
        (
            {"Location": "Local/101@internal/n", "StateInterface": "hint:101@x"},
            "Local/101@internal/n",
        ),
        ({"StateInterface": "PJSIP/101"}, "PJSIP/101"),
        ({"Interface": "PJSIP/1\x0001"}, "PJSIP/1\ufffd01"),
        ({}, ""),
    ],
)
def test_a_members_telephone_is_found(member: dict[str, str], telephone: str) -> None:
    assert headers.telephone(member) == telephone
