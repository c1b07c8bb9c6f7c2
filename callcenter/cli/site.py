"""From the configuration to what ``dialplan`` renders."""

from callcenter.ami.events import EVENTS
from callcenter.config import Line, Pbx, Settings, Telephone
from callcenter.errors import CallcenterError
from callcenter.web.api.caller_name import PATH
from dialplan import site

PLAIN_PORT = 5038
"""Where AMI listens without TLS, on the PBX's own loopback address, when the service uses TLS."""


class SiteError(CallcenterError):
    """The configuration does not say enough, or says too much, to render it."""

    code = "site"


def to_site(settings: Settings, name: str | None = None) -> site.Site:
    """Everything of one PBX: of the only one, where no name is given. Raises SiteError."""
    pbx = chosen(settings, name)
    rendered = pbx.rendered
    return site.Site(
        pbx=_pbx(pbx, settings.http.url),
        lines=tuple(_line(line) for line in settings.lines if line.pbx == pbx.name),
        events=EVENTS,
        trunk=site.Trunk(rendered.trunk, rendered.outgoing) if rendered.trunk else None,
        telephones=tuple(map(_telephone, _telephones(settings, pbx))),
        sip_address=rendered.sip_address,
        sip_port=rendered.sip_port,
        rtp_ports=(rendered.rtp_first_port, rendered.rtp_last_port),
    )


def chosen(settings: Settings, name: str | None) -> Pbx:
    names = [pbx.name for pbx in settings.pbxs]
    if not names:
        raise SiteError("there is no PBX in the configuration: add a [[pbx]] table to it")
    if name is None and len(names) > 1:
        raise SiteError(f"say which PBX with --pbx: there are {', '.join(names)}")
    if name is not None and name not in names:
        raise SiteError(f"there is no PBX {name!r} in the configuration, only {', '.join(names)}")
    return settings.pbxs[names.index(name) if name else 0]


def _telephones(settings: Settings, pbx: Pbx) -> list[Telephone]:
    return [telephone for telephone in settings.telephones if telephone.pbx == pbx.name]


def _pbx(pbx: Pbx, url: str) -> site.Pbx:
    rendered, token = pbx.rendered, pbx.caller_name_token
    certificate, key = rendered.tls_certificate, rendered.tls_key
    if bool(certificate) != bool(key):
        raise SiteError(f"pbx.{pbx.name}.rendered: tls_certificate and tls_key need each other")
    tls = site.Tls(certificate, key, pbx.port) if certificate and key else None
    return site.Pbx(
        name=pbx.name,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
        address=rendered.listen,
        port=PLAIN_PORT if tls else pbx.port,
        permit=rendered.permit,
        tls=tls,
        caller_name=site.CallerNameLookup(
            (rendered.service_url or url) + PATH, token.get_secret_value()
        )
        if token
        else None,
    )


def _line(line: Line) -> site.Line:
    menu, voicemail = line.menu, line.voicemail
    return site.Line(
        name=line.name,
        number=line.number,
        extension=line.extension,
        queue=line.queue,
        members=line.members,
        ring=line.ring,
        ring_s=line.ring_timeout_s,
        record=line.record,
        hours=tuple(site.Hours(each.days, each.opens, each.closes) for each in line.hours),
        time_zone=line.timezone,
        menu=site.Menu(prompts=menu.prompts, option=menu.option, tries=menu.tries)
        if menu
        else None,
        mailbox=site.Mailbox(voicemail.mailbox, voicemail.pin.get_secret_value())
        if voicemail
        else None,
    )


def _telephone(telephone: Telephone) -> site.Telephone:
    secret = telephone.secret.get_secret_value() if telephone.secret else None
    return site.Telephone(telephone.name, secret=secret, contact=telephone.contact)
