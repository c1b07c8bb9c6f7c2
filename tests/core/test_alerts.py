"""What an alert says, which ticket it goes into, and how urgent that is."""

import pytest

from callcenter.core.alert import KEY_MAX, TEXT_MAX, Alert, Phase
from callcenter.core.folding import SITE_DEVICES, Group, Known, place, title
from callcenter.core.routing import Route, Routing, Rule, less_urgent


def alert(**different: str) -> Alert:
    said = {"key": "1", "text": "Disk C: 95 % full", "site": "Garage Vidal", "device": "SRV-01"}
    return Alert.of(phase=Phase.FIRING, **(said | different))  # type: ignore[arg-type]  # by name


def known(*devices: str | None) -> list[Known]:
    return [Known(device, id_, f"T20261123.000{id_}") for id_, device in enumerate(devices, 1)]


def test_texts_are_kept_on_one_line_and_short() -> None:
    found = alert(text="a\r\n\tb\0 \x1b[31mc" + "d" * TEXT_MAX, device="\ud800SRV-01 ")
    assert found.text.startswith("a b [31mcd")
    assert len(found.text) == TEXT_MAX
    assert found.device == "SRV-01"


def test_two_long_keys_stay_two() -> None:
    keys = {alert(key="x" * KEY_MAX + last).key for last in "ab"}
    assert len(keys) == 2
    assert all(len(key) <= KEY_MAX for key in keys)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "//host/x", "http://[x", "https://", "", "https://a/\n"]
)
def test_what_is_no_address_of_the_web_is_left_out(url: str) -> None:
    assert alert(url=url).url is None


def test_alerts_of_a_device_share_its_ticket() -> None:
    own, other = known("SRV-01", "SRV-02")
    assert place("SRV-01", [own, other]) is own
    assert place("SRV-02", [own, other]) is other


def test_the_first_devices_of_a_site_have_tickets_and_then_the_site_has_one() -> None:
    devices = [f"SRV-{number}" for number in range(SITE_DEVICES)]
    assert place("new", known(*devices[1:])) == Group("new")
    assert place("new", known(*devices)) == Group(None)
    first, *_, whole = known(*devices, None)
    assert place("new", [first, whole]) is whole
    assert place("SRV-0", [first, whole]) is first


def test_a_ticket_is_called_after_its_first_alert() -> None:
    assert title(Group("SRV-01"), "Garage Vidal", alert()) == "SRV-01: Disk C: 95 % full"
    assert title(Group(None), "Garage Vidal", alert()) == "Garage Vidal: Disk C: 95 % full"
    assert title(Group(""), "", alert(text="")) == "1"


def test_the_first_rule_that_fits_decides() -> None:
    routing = Routing(
        Route("support", "medium"),
        (
            Rule(device="srv-*", text="*disk*", priority="high"),
            Rule(device="SRV-*", line="servers"),
            Rule(site="garage ?idal", severity="crit*", line="garages", priority="critical"),
        ),
    )
    assert routing.of(alert()) == Route("support", "high")
    assert routing.of(alert(text="CPU")) == Route("servers", "medium")
    assert routing.of(alert(device="PC-1", severity="Critical")) == Route("garages", "critical")
    assert routing.of(alert(device="PC-1")) == Route("support", "medium")


def test_what_gives_way_to_a_priority() -> None:
    assert less_urgent("high") == ("low", "medium")
    assert less_urgent("low") == ()
