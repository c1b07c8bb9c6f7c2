"""The note of an answered call, read back from its row."""

from datetime import UTC, datetime

import pytest

from dialplan import DialplanError, ledger

KEY = "/callcenter/answered/1795464880.0"
VALUE = "v1|1795464881.149513|support|PJSIP/101-00000001|0639981122"


def test_a_row_becomes_a_note():
    expected = ledger.Note(
        linkedid="1795464880.0",
        answered_at=datetime(2026, 11, 23, 20, 14, 41, 149513, tzinfo=UTC),
        line="support",
        channel="PJSIP/101-00000001",
        caller="0639981122",
    )

    assert expected == ledger.parse(KEY, VALUE)


def test_a_note_of_the_present_dialplan_has_the_call_s_other_times_too():
    whole = "v2|1795464881.149513|support|PJSIP/101-00000001|0639981122|1795464879.5|1795464880.25"
    note = ledger.parse(KEY, whole)

    assert (note.started_at.timestamp(), note.queued_at.timestamp()) == (
        1795464879.5,
        1795464880.25,
    )
    assert note.ended_at is None
    assert ledger.parse(KEY, f"{whole}|1795464899.75").ended_at.timestamp() == 1795464899.75


def test_a_call_that_was_in_the_line_when_the_dialplan_was_loaded_is_noted_too():
    note = ledger.parse(KEY, "v2|1795464881.149513|support|PJSIP/101-1|0639981122|||1795464899.75")

    assert (note.started_at, note.queued_at) == (None, None)
    assert (note.answered_at.timestamp(), note.ended_at.timestamp()) == (
        1795464881.149513,
        1795464899.75,
    )


def test_a_caller_without_a_number_is_noted_too():
    assert ledger.parse(KEY, "v1|1795464881.149513|support|PJSIP/101-1|").caller == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("/callcenter/answered/", VALUE),
        ("/callcenter/other/1795464880.0", VALUE),
        (KEY, "v3|1795464881.149513|support|PJSIP/101-1|0639981122|1.5|1.5"),
        (KEY, "v2|1795464881.149513|support|PJSIP/101-1|0639981122"),
        (KEY, "v2|1795464881.149513|support|PJSIP/101-1|0639981122|1.5|1.5|1.5|1.5"),
        (KEY, "v2||support|PJSIP/101-1|0639981122|1.5|1.5"),
        (KEY, "v1|1795464881.149513|support|PJSIP/101-1|0639981122|1.5"),
        (KEY, "v1|yesterday|support|PJSIP/101-1|0639981122"),
        (KEY, "v1|1e400|support|PJSIP/101-1|0639981122"),
        (KEY, "v1|nan|support|PJSIP/101-1|0639981122"),
        (KEY, "v1|1795464881.149513|support"),
        (KEY, ""),
    ],
)
def test_a_row_that_is_no_note_is_refused(key, value):
    with pytest.raises(DialplanError, match="/callcenter"):
        ledger.parse(key, value)


def test_the_key_that_erases_a_note_is_the_one_it_was_read_under():
    note = ledger.parse(KEY, VALUE)

    assert f"/{ledger.FAMILY}/{ledger.database_key(note.linkedid)}" == KEY
