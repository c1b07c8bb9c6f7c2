"""A report of some days, as it is sent: the page's figures and words, for a mail program."""

import asyncio
from dataclasses import dataclass
from typing import Any

from callcenter.core.metrics import figures
from callcenter.web import sheets
from callcenter.web.history import Asked, History
from callcenter.web.render import Renderer
from callcenter.web.says import plain, says_of, words_of


@dataclass(frozen=True, slots=True)
class Report:
    """The parts of a mail. ``workbook`` is XLSX, called ``filename``."""

    subject: str
    text: str
    html: str
    workbook: bytes
    filename: str


async def compose(
    renderer: Renderer, language: str, asked: Asked, found: History, *, public_url: str
) -> Report:
    """Make it, in that language."""
    says = says_of(renderer, language)
    words = words_of(says, asked, found)
    address = f"{public_url}{asked.address()}"
    subject = plain(says.subject(asked))
    shown = {
        "asked": asked,
        "history": found,
        "figures": figures(found.total),
        "labels": words.labels,
        "address": address,
        "subject": subject,
    }
    workbook = await asyncio.to_thread(sheets.to_xlsx, found.table, words, subject)
    first, last = asked.period.first.isoformat(), asked.period.last.isoformat()
    return Report(
        subject=subject,
        text=_text(says, found, subject, address),
        html=renderer.text(language, "mail/report.html", **shown),
        workbook=workbook,
        filename=f"callcenter-{asked.by.value}-{first}-{last}.xlsx",
    )


def _text(says: Any, found: History, subject: str, address: str) -> str:
    """For who reads no HTML: the figures, and where the rest is."""
    lines = [subject, "", f"{plain(says.column('offered'))}: {found.total.offered}"]
    lines += [
        f"{plain(says.column(metric))}: {plain(says.cell(one.unit, one.value))}"
        for metric, one in figures(found.total).items()
    ]
    return "\n".join([*lines, "", address, ""])
