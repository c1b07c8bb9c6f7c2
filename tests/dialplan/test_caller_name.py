"""The caller's name, asked of the service before it rings: and it rings all the same."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from dialplan import CallerNameLookup, Site, render
from tests.rig import sites

TOKEN = "lookup-token"


class Service:
    """A service that answers with this, after this long, and keeps what it was asked."""

    def __init__(self, body: bytes = b"", after_s: float = 0, status: int = 200) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answer = body, after_s, status

    async def name(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append((str(request.rel_url), {key: str(form[key]) for key in form}))
        body, after_s, status = self._answer
        await asyncio.sleep(after_s)
        return web.Response(body=body, status=status, content_type="text/plain")


@pytest.fixture
async def serve():
    servers = []

    async def start(service: Service) -> str:
        app = web.Application()
        app.router.add_post("/pbx/caller-name", service.name)
        server = TestServer(app, host="127.0.0.1")
        servers.append(server)
        await server.start_server()
        return str(server.make_url("/pbx/caller-name"))

    yield start
    for server in servers:
        await server.close()


def asking(url: str) -> Site:
    site = sites.site()
    return replace(site, pbx=replace(site.pbx, caller_name=CallerNameLookup(url, TOKEN)))


async def shown(rig, caller: str = "+33639981122", to: str = sites.SUPPORT) -> str:
    """The caller's name on a ringing telephone; the call is given up then."""
    async with rig.watch() as ami:
        call = await rig.call(caller, to, gives_up_after=2, hangup_after=2)
        ringing = await ami.event("DialState", DialStatus="RINGING")
        await call.over()
    return ringing["DestConnectedLineName"]


@pytest.mark.parametrize("to", [sites.SUPPORT, sites.NETWORK])
async def test_the_name_is_on_the_telephones(start_rig, serve, to):
    service = Service("Claire Lefèvre, Société d'Exemple (Nîmes): 50 %".encode())
    rig = await start_rig(asking(await serve(service)))

    # AMI writes a name with C escapes.
    assert await shown(rig, to=to) == "Claire Lefèvre, Société d\\'Exemple (Nîmes): 50 %"
    line = "support" if to == sites.SUPPORT else "network"
    fields = {"token": TOKEN, "line": line, "number": "+33639981122"}
    assert service.asked == [("/pbx/caller-name", fields)]
    assert rig.warnings() == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'a"b\r\nX-Evil: <sip:1@x>;y\\', "abX-Evil: sip:1@xy"),
        (b"${SHELL(id)}$[1+1]", "${SHELL(id)}$[1+1]"),
        (b"x" * 300, "x" * 80),
    ],
    ids=["header", "expression", "long"],
)
async def test_only_what_can_be_shown_is_used(start_rig, serve, body, name):
    rig = await start_rig(asking(await serve(Service(body))))

    assert await shown(rig) == name


@pytest.mark.parametrize(
    "service",
    [Service(b""), Service(b"too late", after_s=5), Service(b"401: Unauthorized", status=401)],
    ids=["unknown", "slow", "refused"],
)
async def test_it_rings_without_a_name(start_rig, serve, service):
    rig = await start_rig(asking(await serve(service)))

    assert await shown(rig) == "<unknown>"


async def test_it_rings_without_the_service(start_rig, unused_tcp_port):
    rig = await start_rig(asking(f"http://127.0.0.1:{unused_tcp_port}/pbx/caller-name"))

    assert await shown(rig) == "<unknown>"


async def test_it_rings_without_the_module(start_rig):
    def without_curl(site: Site, version: int) -> dict[str, str]:
        text = render(site, "standalone", version)["modules.conf"]
        return {"modules.conf": text.replace("load = func_curl.so\n", "")}

    rig = await start_rig(asking("http://127.0.0.1:9/"), files=without_curl)

    assert await shown(rig) == "<unknown>"
    assert rig.warnings() == []
