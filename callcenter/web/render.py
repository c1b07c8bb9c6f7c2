"""HTML from the templates: one environment a language, everything escaped."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from math import floor
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from babel.dates import format_date, format_datetime, format_time, get_day_names
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations
from jinja2.bccache import Bucket
from markupsafe import Markup

from callcenter.core.tally import REMOVED
from callcenter.web.bundles import read_manifest
from callcenter.web.context import WebContext
from callcenter.web.identity import AGENTS, CUSTOMERS
from callcenter.web.languages import FORMATS, LANGUAGES, choose, translations
from callcenter.web.numbers import extension, of_caller, shown
from callcenter.web.presence import BAR
from webhooks import Call

TEMPLATES = Path(__file__).parent / "templates"


class _Compiled(jinja2.BytecodeCache):
    """Templates as they were compiled: once a process, whatever the languages.

    What a compiled template does is looked up in its environment when it is rendered.
    """

    def __init__(self) -> None:
        self._code: dict[str, CodeType] = {}  # by a bucket's key and its source's checksum

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code, if this source was compiled before."""
        bucket.code = self._code.get(f"{bucket.key} {bucket.checksum}")

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code."""
        if bucket.code is not None:
            self._code[f"{bucket.key} {bucket.checksum}"] = bucket.code


_COMPILED = _Compiled()


class Renderer:
    """Templates of every language, ready to render."""

    def __init__(self, context: WebContext) -> None:
        assets = read_manifest()
        self._has_portal = context.portal is not None
        self._environments = {
            language: _environment(language, translations(language), context, assets)
            for language in LANGUAGES
        }

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        """Answer with a page; ``back`` is where it is read again, by default at its own address."""
        agents, customers = request.get(AGENTS.key), request.get(CUSTOMERS.key)
        session = agents or customers
        home = self._home(request)
        back = request.path_qs if request.method == "GET" else home
        language = language_of(request)
        html = (
            self._environments[language]
            .get_template(template)
            .render(
                agent=agents.agent if agents else None,
                customer=customers.customer if customers else None,
                theme=_chosen(request).theme,
                home=home,
                csrf_token=session.csrf_token if session else None,
                bar=request.get(BAR),
                **{"here": request.path, "back": back, **values},
            )
        )
        return web.Response(
            text=html,
            status=status,
            content_type="text/html",
            headers={"Content-Language": language, "Vary": "Accept-Language, Cookie"},
        )

    def words(self, language: str, template: str) -> Any:
        """The macros of a template: called by name, they give markup."""
        return self._environments[language].get_template(template).module

    def text(self, language: str, template: str, **values: Any) -> str:
        """What is no page, such as a mail."""
        return self._environments[language].get_template(template).render(values)

    def _home(self, request: web.Request) -> str:
        is_portal = self._has_portal and CUSTOMERS.leads_to(request.path)
        return CUSTOMERS.home if is_portal else AGENTS.home


RENDERER = web.AppKey("renderer", Renderer)


def language_of(request: web.Request) -> str:
    """The language of the page that answers this request."""
    return choose(_chosen(request).language, request.headers.get("Accept-Language", ""))


class _Chosen(NamedTuple):
    """What whoever reads has chosen; None leaves it to browser and system."""

    language: str | None = None
    theme: str | None = None


def _chosen(request: web.Request) -> _Chosen:
    if agents := request.get(AGENTS.key):
        return _Chosen(agents.agent.preferences.language, agents.agent.preferences.theme)
    if customers := request.get(CUSTOMERS.key):
        return _Chosen(customers.customer.language, customers.customer.theme)
    return _Chosen()


def local_link(url: str | None, public_url: str) -> str | None:
    """Where a ticket is read: a path for our own, so that it works by whatever name we are reached.

    Anything but a web address is no link: a desk that is taken over must not run scripts here.
    """
    if url is None or not url.startswith(("https://", "http://")):
        return None
    path = url.removeprefix(public_url)
    return path if path.startswith("/") else url


def _environment(
    language: str, catalogue: NullTranslations, context: WebContext, assets: Mapping[str, str]
) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        bytecode_cache=_COMPILED,
        auto_reload=False,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]  # added by the extension
    environment.globals.update(
        assets=assets,
        language=language,
        languages=LANGUAGES,
        timezone=context.timezone.key,
        has_portal=context.portal is not None,
        has_alerts=bool(context.alerts.sources),
        writing_desks=context.writing_desks,
        removed_caller=REMOVED,
        recorded_pbxs=frozenset(context.recordings),
    )
    clock = Clock(FORMATS[language], context.timezone)
    environment.filters.update(
        moment=clock.moment,
        time_of_day=clock.time_of_day,
        day=clock.day,
        duration=duration,
        share=clock.share,
        decimal=clock.decimal,
        weekday=clock.weekday,
        percent=lambda share: percent(share, FORMATS[language]),
        number=lambda call: _number(call, context.country),
        telephone=lambda e164: shown(e164, context.country),
        extension=extension,
        link=lambda url: local_link(url, context.public_url),
        block=json_block,
    )
    return environment


def _number(call: Call, country: str) -> str | None:
    return of_caller(call.caller, country)


class Clock:
    """Times in the site's time zone, in the machine-readable element that says which they are, and
    numbers, as the reader's language has them."""

    def __init__(self, locale: str, timezone: ZoneInfo) -> None:
        self._locale = locale
        self._timezone = timezone

    def moment(self, at: datetime) -> Markup:
        """Day and time."""
        text = format_datetime(at, "short", tzinfo=self._timezone, locale=self._locale)
        return self._element(at, text)

    def time_of_day(self, at: datetime) -> Markup:
        """Time alone."""
        text = format_time(at, "short", tzinfo=self._timezone, locale=self._locale)
        return self._element(at, text)

    def day(self, day: date) -> str:
        """A day, whatever the time zone."""
        return format_date(day, "short", locale=self._locale)

    def weekday(self, day: int) -> str:
        """A day of the week; 0 is Monday."""
        return str(get_day_names("abbreviated", "stand-alone", self._locale)[day])

    def share(self, value: float) -> str:
        """A share from 0 to 1, in per cent."""
        return str(format_percent(value, "#,##0.0%", self._locale))

    def decimal(self, value: float) -> str:
        """A number with one decimal."""
        return str(format_decimal(value, "#,##0.0", self._locale))

    @staticmethod
    def _element(at: datetime, text: str) -> Markup:
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), text)


def duration(seconds: float | None) -> str:
    """``0:42``, ``12:07``, ``1:02:07``; nothing where there is no duration."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(share: float | None, locale: str) -> str:
    """``92%`` or ``92 %``: rounded down, so that 100 is said of nothing less.

    Nothing where there is no share.
    """
    if share is None:
        return ""
    return format_percent(floor(round(share * 100, 6)) / 100, locale=locale)


def json_block(value: Any) -> Markup:
    """JSON for a data block: no ``<`` in it can end the element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return Markup(text)  # noqa: S704  # escaped just above, as JSON has it
