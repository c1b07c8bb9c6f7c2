"""What is rendered, and what is refused, without an Asterisk."""

import re
from dataclasses import replace
from typing import get_args

import pytest

from callcenter.core.events import ATTESTATION_EVENT, OUTCOME_EVENT
from dialplan import (
    TARGETS,
    VERSIONS,
    CallerNameLookup,
    DialplanError,
    Hours,
    Mailbox,
    Menu,
    Telephone,
    Tls,
    Trunk,
    render,
    trunk,
)
from dialplan.outcomes import OUTCOMES, USER_EVENT
from tests.rig import sites
from webhooks.call import Outcome

SITE = replace(sites.site(), trunk=Trunk(("192.0.2.1",)), telephones=(Telephone("101", "pen"),))
POISON = (
    "\r\nAction: Originate",
    "\n[callcenter]",
    "x,y",
    "x;y",
    "x]",
    "[x",
    "${SHELL(id)}",
    "x y",
)


def changed(path: str, value: object) -> object:
    """The site with one value changed: ``line.queue``, ``pbx.secret``, ``trunk.addresses``."""
    owner, _, name = path.partition(".")
    if owner == "line":
        return replace(SITE, lines=(sites.support(**{name: value}),))
    if owner == "pbx":
        return replace(SITE, pbx=replace(SITE.pbx, **{name: value}))
    if owner == "telephone":
        return replace(SITE, telephones=(replace(Telephone("101", "pen"), **{name: value}),))
    return replace(SITE, **{owner: value})


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_target_and_version_is_rendered(target, version):
    files = render(SITE, target, version)

    assert tuple(files) == TARGETS[target]
    assert all(text.endswith("\n") for text in files.values())


@pytest.mark.parametrize("poison", POISON)
@pytest.mark.parametrize(
    "path",
    [
        "line.name",
        "line.number",
        "line.extension",
        "line.queue",
        "line.time_zone",
        "line.hold_music",
        "pbx.name",
        "pbx.username",
        "pbx.address",
        "telephone.name",
        "telephone.contact",
        "sip_address",
    ],
)
def test_a_value_that_could_break_out_is_refused(path, poison):
    with pytest.raises(DialplanError):
        render(changed(path, poison), "standalone", 22)


@pytest.mark.parametrize(
    "poison", ["\r\n", "\n", "x;y", "x]", "[x", "a\x00b", 'a"b', "a\\b", "a b"]
)
@pytest.mark.parametrize("path", ["pbx.secret", "telephone.secret"])
def test_a_secret_that_would_not_survive_the_file_is_refused_and_not_shown(path, poison):
    with pytest.raises(DialplanError) as error:
        render(changed(path, poison), "standalone", 22)

    assert poison not in str(error.value)


@pytest.mark.parametrize("poison", POISON)
@pytest.mark.parametrize(
    ("path", "wrap"),
    [
        ("line.members", lambda value: (value,)),
        ("line.closed", lambda value: (value,)),
        ("line.menu", lambda value: Menu(prompts=(value,))),
        ("line.menu", lambda value: Menu(sorry=(value,))),
        ("line.menu", lambda value: Menu(option=value)),
        ("line.mailbox", lambda value: Mailbox(value, "1234")),
        ("line.mailbox", lambda value: Mailbox("600", value)),
        ("line.hours", lambda value: (Hours(value, "09:00", "18:00"),)),
        ("line.hours", lambda value: (Hours("mon", value, "18:00"),)),
        ("line.hours", lambda value: (Hours("mon", "09:00", value),)),
        ("pbx.permit", lambda value: (value,)),
        ("pbx.tls", lambda value: Tls(value, "/etc/key.pem")),
        ("pbx.tls", lambda value: Tls("/etc/cert.pem", value)),
        ("pbx.caller_name", lambda value: CallerNameLookup(value, "token")),
        ("pbx.caller_name", lambda value: CallerNameLookup(f"http://host/{value}", "token")),
        ("pbx.caller_name", lambda value: CallerNameLookup("http://host/", value)),
        ("trunk", lambda value: Trunk((value,))),
        ("events", lambda value: (value,)),
    ],
)
def test_a_nested_value_that_could_break_out_is_refused(path, wrap, poison):
    with pytest.raises(DialplanError):
        render(changed(path, wrap(poison)), "standalone", 22)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("line.queue", None, "either a queue or interfaces"),
        ("line.ring", ("PJSIP/101",), "either a queue or interfaces"),
        ("line.ring_s", 0, "1 to 3600 seconds"),
        ("line.queue", "general", "rename it"),
        ("line.hours", (Hours("mon-", "09:00", "18:00"),), "mon-fri or sat"),
        ("line.hours", (Hours("mon", "09:00", "09:00"),), "is never"),
        ("telephone.secret", None, "either a secret or a contact"),
        ("pbx.username", "general", "choose another"),
        ("pbx.permit", (), "logs in from"),
        ("pbx.port", 70000, "is no port"),
        ("events", (), "at least one AMI event"),
        ("lines", (), "at least one support line"),
        ("lines", (sites.support(), sites.support()), "each must be its own"),
        ("rtp_ports", (20000, 10000), "must be a range"),
    ],
)
def test_a_mistake_is_refused_with_its_mend(path, value, says):
    with pytest.raises(DialplanError, match=says):
        render(changed(path, value), "standalone", 22)


@pytest.mark.parametrize(("target", "version"), [("asterisk", 22), ("standalone", 15)])
def test_an_unknown_target_or_version_is_refused(target, version):
    with pytest.raises(DialplanError, match=r"standalone, freepbx|rendered for 16 to 22"):
        render(SITE, target, version)


def test_the_expression_of_old_versions_lets_no_look_alike_through():
    text = render(replace(SITE, events=("Hangup",)), "standalone", 16)["manager.conf"]
    found = re.search(r"eventfilter = (.*)", text)
    expression = found[1].replace("[[:space:]]", r"\s")

    assert re.search(expression, "Event: Hangup\r\nPrivilege: call,all\r\n")
    assert not re.search(expression, "Event: HangupRequest\r\nPrivilege: call,all\r\n")
    assert not re.search(expression, "Event: VarSet\r\nValue: Event: Hangup\r\n")


def test_new_versions_compare_names():
    text = render(replace(SITE, events=("Hangup", "Rename")), "standalone", 22)["manager.conf"]

    assert "eventfilter(action(include),name(Hangup)) =\n" in text
    assert "eventfilter(action(include),name(Rename)) =\n" in text


def test_the_manager_account_has_the_least_rights():
    text = render(SITE, "standalone", 22)["manager.conf"]
    section = text[text.index("[callcenter]") :]

    assert "read = system,call,agent,user\n" in section
    assert "write = reporting,system,agent,originate\n" in section
    assert "writetimeout = 5000\n" in section
    assert section.index("deny = 0.0.0.0/0.0.0.0") < section.index("permit = ")


def test_with_tls_the_plain_port_stays_on_this_machine():
    pbx = replace(SITE.pbx, address="192.0.2.9", tls=Tls("/etc/cert.pem", "/etc/key.pem"))
    text = render(replace(SITE, pbx=pbx), "standalone", 22)["manager.conf"]

    assert "\nbindaddr = 127.0.0.1\n" in text
    assert "\ntlsbindaddr = 192.0.2.9:5039\n" in text


def test_a_line_is_reached_under_every_form_of_its_number():
    text = render(SITE, "standalone", 22)["extensions.conf"]

    for form in ("0465711010", "+33465711010", "0033465711010", "33465711010"):
        assert f"exten => {form},1,Goto(callcenter-support,0465711010,1)\n" in text


def test_the_caller_number_is_never_part_of_the_lookup_url():
    lookup = CallerNameLookup("https://desk.example:8443/pbx/caller-name", "a-token")
    pbx = replace(SITE.pbx, caller_name=lookup)
    text = render(replace(SITE, pbx=pbx), "standalone", 22)["extensions.conf"]

    assert "CURL(https://desk.example:8443/pbx/caller-name,token=a-token&" in text


@pytest.mark.parametrize("target", TARGETS)
def test_without_a_lookup_nothing_is_asked(target):
    assert "CURL" not in "".join(render(SITE, target, 22).values())


def test_opening_hours_end_a_minute_before_closing_time():
    hours = (Hours("mon-fri", "08:30", "18:00"), Hours("sat", "09:00", "24:00"))
    line = sites.support(hours=hours, time_zone="Europe/Paris")
    text = render(replace(SITE, lines=(line,)), "standalone", 22)["extensions.conf"]

    assert "GotoIfTime(08:30-17:59,mon-fri,*,*,Europe/Paris?open)" in text
    assert "GotoIfTime(09:00-23:59,sat,*,*,Europe/Paris?open)" in text


def test_freepbx_queues_stay_freepbx_own():
    site = replace(SITE, lines=(sites.support(queue="600"),))
    files = render(site, "freepbx", 16)

    assert "Goto(ext-queues,600,1)" in files["extensions_custom.conf"]
    assert "[600](+)\nmembergosub = sub-answered\n" in files["queues_post_custom.conf"]


@pytest.mark.parametrize(
    ("hours", "specs"),
    [
        (Hours("fri", "22:00", "06:00"), ["22:00-23:59,fri,*,*", "00:00-05:59,sat,*,*"]),
        (
            Hours("thu-sun", "20:00", "00:30"),
            ["20:00-23:59,thu-sun,*,*", "00:00-00:29,fri-mon,*,*"],
        ),
        (Hours("mon", "18:00", "00:00"), ["18:00-23:59,mon,*,*"]),
        (Hours("mon", "00:00", "24:00"), ["00:00-23:59,mon,*,*"]),
    ],
)
def test_a_span_past_midnight_ends_on_the_day_after(hours: Hours, specs: list[str]) -> None:
    text = render(replace(SITE, lines=(sites.support(hours=(hours,)),)), "standalone", 22)
    assert re.findall(r"GotoIfTime\((.*)\?open\)", text["extensions.conf"]) == specs


@pytest.mark.parametrize("target", TARGETS)
def test_every_outcome_that_is_told_is_one_that_the_service_hears(target: str) -> None:
    lines = (sites.support(menu=Menu(), hours=(Hours("mon-fri", "09:00", "18:00"),)),)
    texts = render(replace(SITE, lines=(*lines, sites.network())), target, 22).values()
    told = re.findall(r"UserEvent\((\w+),Outcome: (\w+)\)", "".join(texts))
    assert {event for event, _ in told} == {USER_EVENT} == {OUTCOME_EVENT}
    assert {outcome for _, outcome in told} == set(OUTCOMES) <= set(get_args(Outcome))
    word = {event for text in texts for event in re.findall(r"UserEvent\((\w+),Level: ", text)}
    assert word == {trunk.USER_EVENT} == {ATTESTATION_EVENT}


def test_a_line_is_recorded_where_it_says_so_and_the_module_is_loaded_for_it_alone():
    quiet = render(SITE, "standalone", 22)
    assert "MixMonitor" not in quiet["extensions.conf"]
    assert "app_mixmonitor" not in quiet["modules.conf"]
    site = replace(SITE, lines=(sites.support(record=True), sites.network(record=True)))
    recorded = render(site, "standalone", 22)
    assert recorded["extensions.conf"].count("MixMonitor(${STRFTIME(,,%Y/%m/%d)}/") == 2
    assert "load = app_mixmonitor.so" in recorded["modules.conf"]
    of_freepbx = render(site, "freepbx", 22)["extensions_custom.conf"]
    assert of_freepbx.count("MixMonitor(") == 1  # its queue records as FreePBX says
