"""One message becomes its headers, with nothing lost and nothing forged."""

import pytest

from callcenter.ami.errors import AmiProtocolError
from callcenter.ami.message import MAX_HEADERS, parse


def test_headers_keep_their_case_and_order() -> None:
    headers = parse(b"Event: Hangup\r\nCause-txt: Normal Clearing\r\nUniqueid: 1.2")
    assert list(headers.items()) == [
        ("Event", "Hangup"),
        ("Cause-txt", "Normal Clearing"),
        ("Uniqueid", "1.2"),
    ]


def test_a_trailing_empty_header_is_kept() -> None:
    assert parse(b"Event: Newexten\r\nAppData: ") == {"Event": "Newexten", "AppData": ""}


def test_a_value_may_hold_a_colon() -> None:
    assert parse(b"Event: UserEvent\r\nUrl: sip:101@192.0.2.1: 5060")["Url"] == (
        "sip:101@192.0.2.1: 5060"
    )


def test_a_repeated_header_keeps_its_last_value() -> None:
    assert parse(b"Event: Newchannel\r\nChanVariable: a=1\r\nChanVariable: b=2") == {
        "Event": "Newchannel",
        "ChanVariable": "b=2",
    }


def test_a_second_event_header_does_not_forge_the_event() -> None:
    forged = parse(b"Event: UserEvent\r\nUserEvent: note\r\nEvent: Hangup\r\nUniqueid: 1.2")
    assert forged["Event"] == "UserEvent"


def test_utf_8_names_are_read() -> None:
    assert parse("Event: A\r\nCallerIDName: José Núñez".encode())["CallerIDName"] == "José Núñez"


def test_latin_1_names_are_read_too() -> None:
    assert parse("Event: A\r\nCallerIDName: José".encode("latin-1"))["CallerIDName"] == "José"


def test_a_name_cut_inside_a_character_loses_nothing_else() -> None:
    name = parse("Event: A\r\nCallerIDName: Société généralé".encode()[:-1])["CallerIDName"]
    assert name == "Société général\xc3"
    name.encode()  # every database and page takes it


def test_lines_that_are_no_headers_are_passed_over() -> None:
    assert parse(b"Event: A\r\nrubbish\r\nName:x\r\nOther: y") == {
        "Event": "A",
        "Name": "x",
        "Other": "y",
    }


def test_endless_headers_are_refused() -> None:
    with pytest.raises(AmiProtocolError, match="lines"):
        parse(b"Event: A" + b"\r\nX: y" * MAX_HEADERS)
