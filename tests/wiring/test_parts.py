"""What the configuration becomes for each part."""

import socket

import pytest

from callcenter.config import Http, Line, Settings
from callcenter.db.engine import Database
from callcenter.wiring import ListenError, serve, tracked_line
from dialplan import Site, context, dialled, render
from tests.rig import sites

LINE = Line(
    name="support", number="+33465711010", pbx="main", queue="support", extension="0465711010"
)


def test_a_line_is_known_in_every_form_an_operator_may_send() -> None:
    tracked = tracked_line(LINE)
    assert tracked.extensions == {"0465711010", "+33465711010", "0033465711010", "33465711010"}
    assert tracked.queue == "support"
    assert tracked.short_abandon_s == LINE.short_abandon_s


def test_forms_and_context_are_those_of_the_rendered_dialplan() -> None:
    site: Site = sites.site(sites.support())
    rendered = render(site, "standalone", 22)["extensions.conf"]
    (line,) = site.lines
    assert f"\n[{context(line.name)}]\n" in rendered
    for form in dialled(line.extension, line.number):
        assert f"exten => {form},1,Goto({context(line.name)},{line.extension},1)" in rendered


async def test_an_address_in_use_is_told_with_what_to_do(sqlite_database: Database) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(http=Http(port=taken.getsockname()[1]))
        with pytest.raises(ListenError, match=r"cannot listen on 127\.0\.0\.1 port .*choose"):
            await serve(settings, sqlite_database)


async def test_an_address_that_is_none_is_told_too(sqlite_database: Database) -> None:
    with pytest.raises(ListenError, match=r"cannot listen on no\.\.where port 8080 .*choose"):
        await serve(Settings(http=Http(host="no..where")), sqlite_database)
