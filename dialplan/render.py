"""A site in, the text of Asterisk's files out."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from dialplan.checks import check
from dialplan.errors import DialplanError
from dialplan.filters import event_filters
from dialplan.hours import time_specs
from dialplan.modules import MODULES, RECORDING
from dialplan.site import Site

VERSIONS = range(16, 23)
TARGETS: dict[str, tuple[str, ...]] = {
    "standalone": (
        "acl.conf",
        "ccss.conf",
        "cdr.conf",
        "cel.conf",
        "extensions.conf",
        "features.conf",
        "indications.conf",
        "logger.conf",
        "manager.conf",
        "modules.conf",
        "musiconhold.conf",
        "pjproject.conf",
        "pjsip.conf",
        "queues.conf",
        "rtp.conf",
        "udptl.conf",
        "voicemail.conf",
    ),
    "freepbx": (
        "extensions_custom.conf",
        "manager_custom.conf",
        "queues_post_custom.conf",
    ),
}


def render(site: Site, target: str, version: int) -> dict[str, str]:
    """The files of one target, name to text, for one major version of Asterisk (16 to 22).

    ``standalone`` is all that Asterisk needs beside its own asterisk.conf, which says where its
    directories are; ``freepbx`` is what is added to FreePBX's custom files. Raises DialplanError.
    """
    if target not in TARGETS:
        raise DialplanError(f"target {target!r}: choose one of {', '.join(TARGETS)}")
    if version not in VERSIONS:
        raise DialplanError(
            f"Asterisk {version}: rendered for {VERSIONS[0]} to {VERSIONS[-1]}; name the nearest"
        )
    check(site)
    environment = _environment()
    values = _values(site, target, version)
    return {
        name: environment.get_template(f"{target}/{name}.j2").render(values)
        for name in TARGETS[target]
    }


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("dialplan"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Not HTML: dialplan.checks lets no value through that would need escaping.
        autoescape=False,  # noqa: S701
    )


def _values(site: Site, target: str, version: int) -> dict[str, object]:
    return {
        "site": site,
        "pbx": site.pbx,
        "target": target,
        "version": version,
        "filters": event_filters(site.events, version),
        "time_specs": time_specs,
        "dialled": dialled,
        "host": host,
        "modules": MODULES + (RECORDING if any(line.record for line in site.lines) else ()),
        "music": sorted({line.hold_music for line in site.lines if line.hold_music}),
    }


def dialled(extension: str, number: str) -> tuple[str, ...]:
    """The forms in which an operator may send a line's number (E.164), its extension first."""
    digits = number.removeprefix("+")
    return tuple(dict.fromkeys((extension, number, f"00{digits}", digits)))


def host(address: str) -> str:
    """An IP address as it stands in a URI."""
    return f"[{address}]" if ":" in address else address


def outgoing_context(line: str) -> str:
    """The context for calls to customers that show the number of the line of this name."""
    return f"outgoing-callcenter-{line}"


def context(line: str) -> str:
    """The dialplan context that calls of the line of this name run in."""
    return f"callcenter-{line}"
