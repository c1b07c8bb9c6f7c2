"""A configured PBX and its lines, as the AMI edge and call tracking take them."""

import dialplan
from callcenter.ami.endpoint import Endpoint
from callcenter.calls.dialler import WayOut
from callcenter.config import Line, Pbx
from callcenter.core import line as core


def endpoint(pbx: Pbx) -> Endpoint:
    """A configured PBX as the AMI edge takes it."""
    return Endpoint(
        name=pbx.name,
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
        tls=pbx.tls,
        ca_file=pbx.ca_file,
        server_hostname=pbx.server_hostname,
        tls_verify=pbx.tls_verify,
    )


def way_out(pbx: Pbx, line: Line) -> WayOut:
    """How the calls of a line to customers leave the PBX."""
    return WayOut(line.country, pbx.dials == "national", pbx.dial_prefix)


def tracked_line(line: Line) -> core.Line:
    """A configured line as call tracking takes it."""
    return core.Line(
        name=line.name,
        extensions=frozenset(dialplan.dialled(line.extension, line.number)),
        queue=line.queue,
        ring=line.ring,
        contexts=frozenset({dialplan.context(line.name)}),
        short_abandon_s=line.short_abandon_s,
    )
