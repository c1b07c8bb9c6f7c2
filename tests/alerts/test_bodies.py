"""What is understood of the bodies that monitoring systems send, and what is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.alerts import datto, prtg
from callcenter.alerts.alertmanager import Alertmanager
from callcenter.alerts.payload import Parse, Payload, PayloadError
from callcenter.core.alert import Alert, Phase
from tests.alerts import bodies

alertmanager = Alertmanager("site", "instance").parse

PARSERS = {"datto": datto.parse, "prtg": prtg.parse, "alertmanager": alertmanager}
GOOD = {
    "datto": bodies.datto(),
    "prtg": bodies.prtg(),
    "alertmanager": bodies.alertmanager(bodies.firing()),
}


def only(payload: Payload) -> Alert:
    (alert,) = payload.alerts
    return alert


def test_datto_rmm() -> None:
    assert only(datto.parse(bodies.datto())) == Alert(
        key="5f1c0a52-6d0e-4b53-9d3c-2f1a7d4c9e01",
        episode="",
        phase=Phase.FIRING,
        text="Disk C: is 95 % full",
        site="Garage Vidal",
        device="SRV-01",
        device_id="4711",
        severity="Critical",
        url="https://merlot.rmm.datto.com/alert/5f1c0a52-6d0e-4b53-9d3c-2f1a7d4c9e01",
    )
    assert only(datto.parse(bodies.datto(state="resolved"))).phase is Phase.OVER


DATTO_RAW = (
    '{{"state":"triggered","alert_uid":"uid-1","device":"{device}","site":"Garage Vidal",'
    '"message":"{message}"}}'
)


@pytest.mark.parametrize(
    "message",
    [
        'Service "Print Spooler" stopped',
        r"C:\Users\vidal is full",
        'He said: "no"',
        'first line\r\nsecond "line"',
        'ends with "',
        '","',
        "}",
        "",
    ],
)
def test_what_datto_fills_in_as_it_is_does_not_break_the_rest(message: str) -> None:
    body = DATTO_RAW.format(device="SRV-01", message=message).encode()
    found = only(datto.parse(body))
    assert (found.key, found.device, found.site) == ("uid-1", "SRV-01", "Garage Vidal")
    assert found.text == " ".join(message.split())


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_message_cannot_take_the_place_of_what_the_template_says(quote: str) -> None:
    """Without a quotation mark of its own that breaks it, such a message is perfect JSON."""
    forged = f'{quote}full","alert_uid":"uid-2","site":"Boulangerie Durand'
    found = only(datto.parse(DATTO_RAW.format(device="SRV-01", message=forged).encode()))
    assert (found.key, found.site) == ("uid-1", "Garage Vidal")


def test_a_template_with_the_message_amid_is_read_all_the_same() -> None:
    body = b'{"message": "CPU", "device" : "SRV-"1"", "alert_uid":"uid-1"}'
    assert only(datto.parse(b'{"device" : "SRV-"1"", "alert_uid":"uid-1"}')).device == 'SRV-"1"'
    with pytest.raises(PayloadError):  # what follows a message that breaks it is the message's
        datto.parse(body)


def test_datto_in_an_old_character_set() -> None:
    body = bodies.datto(message="plein").decode().replace("plein", "complété").encode("cp1252")
    assert only(datto.parse(body)).text == "complété"


def test_the_button_that_tries_a_webhook_of_datto_is_no_alert() -> None:
    tried = bodies.datto("[alert_uid]", device="[device_hostname]", message="[alert_message]")
    assert datto.parse(tried).alerts == ()


def test_a_variable_that_datto_does_not_have_says_nothing() -> None:
    found = only(datto.parse(bodies.datto(site="[sitename]", priority="[alert_priority]")))
    assert (found.site, found.severity) == ("", "")


def test_prtg() -> None:
    assert only(prtg.parse(bodies.prtg())) == Alert(
        key="2042",
        episode=None,
        phase=Phase.FIRING,
        text="Ping: Request timed out (ICMP error # 11010)",
        site="Garage Vidal",
        device="SRV-01",
        device_id="2001",
        severity="Down",
        url="https://prtg.example.com/sensor.htm?id=2042",
        at=datetime(2026, 11, 23, 9, 12, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        ("Down", Phase.FIRING),
        ("Down (Acknowledged)", Phase.FIRING),
        ("Warning", Phase.FIRING),
        ("Fehler", Phase.FIRING),
        ("Erreur (accusé de réception)", Phase.FIRING),
        ("ダウン", Phase.FIRING),
        ("Up", Phase.OVER),
        ("OK", Phase.OVER),
        ("Disponible", Phase.OVER),
        ("Up (simulated)", Phase.OVER),
        ("Down ended (now: Up)", Phase.OVER),
        ("Warning ENDED (now: Up)", Phase.OVER),
    ],
)
def test_words_of_prtg_in_its_languages(status: str, phase: Phase) -> None:
    found = only(prtg.parse(bodies.prtg(state="", status=status)))
    assert found.phase is phase


def test_what_the_template_of_prtg_says_itself_counts_more_than_words() -> None:
    assert only(prtg.parse(bodies.prtg(state="up", status="稼働中"))).phase is Phase.OVER
    assert only(prtg.parse(bodies.prtg(state="down", status="稼働中"))).phase is Phase.FIRING


@pytest.mark.parametrize("status", ["Paused", "Paused (paused by user)", "Pausiert"])
def test_a_sensor_of_prtg_that_is_paused_is_no_alert(status: str) -> None:
    assert prtg.parse(bodies.prtg(status=status)).alerts == ()


def test_the_placeholders_of_prtg_are_no_alert() -> None:
    assert prtg.parse(bodies.prtg(sensorid="%sensorid")).alerts == ()


@pytest.mark.parametrize(
    "text",
    [
        "11/23/2026 9:12:00 AM",
        "23.11.2026 09:12:00",
        "23/11/2026 09:12:00 (Paris, Madrid)",
        "2026-11-23 09:12:00",
    ],
)
def test_times_of_prtg_in_the_forms_of_its_countries(text: str) -> None:
    found = only(prtg.parse(bodies.prtg(datetime=text)))
    assert found.at == datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


def test_a_time_that_cannot_be_read_is_none() -> None:
    assert only(prtg.parse(bodies.prtg(datetime="vor 3 Minuten"))).at is None


def test_alertmanager() -> None:
    one = bodies.firing()
    found = alertmanager(bodies.alertmanager(one, bodies.resolved(one), truncated=7))
    assert found.cut == 7
    assert found.alerts[0] == Alert(
        key="1a30ba71cca2921f",
        episode="2026-11-23T08:12:00.828Z",
        phase=Phase.FIRING,
        text="HostDown: srv-01 is down",
        site="Garage Vidal",
        device="srv-01",
        severity="critical",
        url="http://prometheus.example.com:9090/graph?g0.expr=up",
    )
    assert found.alerts[1].phase is Phase.OVER
    assert found.alerts[1].episode == found.alerts[0].episode


def test_labels_say_what_the_configuration_says() -> None:
    body = bodies.alertmanager(bodies.firing(customer="Boulangerie Durand", host="fw-1"))
    found = only(Alertmanager("customer", "host").parse(body))
    assert (found.site, found.device) == ("Boulangerie Durand", "fw-1")


def test_without_a_fingerprint_labels_tell_alerts_apart() -> None:
    same, other = bodies.firing(""), bodies.firing("", instance="srv-02:9100")
    keys = [one.key for one in alertmanager(bodies.alertmanager(same, same, other)).alerts]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("kind", PARSERS)
def test_a_body_that_was_cut_off_is_refused(kind: str) -> None:
    body = GOOD[kind]
    cut = body[:9] if kind == "prtg" else body[:-2]
    with pytest.raises(PayloadError, match=r"docs/alerts\.md|cut off"):
        PARSERS[kind](cut)


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{{{",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"alerts":{}}',
        b"a=1&" * 99,
    ],
)
def test_what_is_no_such_body_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(PayloadError):
        PARSERS[kind](body)


@given(
    kind=st.sampled_from(sorted(PARSERS)),
    at=st.integers(0, 600),
    junk=st.binary(max_size=8),
    drop=st.integers(0, 8),
)
def test_whatever_the_bytes_are_they_are_understood_or_refused(
    kind: str, at: int, junk: bytes, drop: int
) -> None:
    parse: Parse = PARSERS[kind]
    body = GOOD[kind]
    try:
        found = parse(body[:at] + junk + body[at + drop :])
    except PayloadError:
        return
    for one in found.alerts:
        f"{one}".encode()
