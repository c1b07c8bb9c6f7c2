"""Imports under way: each is read, and later applied, by a task of this process.

Nothing of it is lost with the process: the file is in the database, and is read again by whichever
instance is asked for it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from callcenter.db import imports
from callcenter.db.engine import Database
from callcenter.db.imports import AppliedError
from callcenter.db.trail import By
from callcenter.directory import importer
from callcenter.directory.importer import ChangedMeanwhileError
from callcenter.directory.plan import Plan
from callcenter.directory.progress import Progress, StoppedError
from callcenter.directory.reasons import Reason
from callcenter.directory.sheet import DirectoryFileError
from callcenter.web.context import CONTEXT

log = structlog.get_logger(__name__)

KEPT = 3
"""Imports whose plans are kept: each has tens of megabytes where the file has 50,000 rows."""


@dataclass
class Job:
    """One import: how far it came, and then its plan, or why there is none.

    ``has_changed``: the plan is made anew, for the directory was not any more what it was.
    """

    progress: Progress = field(default_factory=Progress)
    task: asyncio.Task[None] | None = None
    plan: Plan | None = None
    reasons: tuple[Reason, ...] = ()
    has_failed: bool = False
    has_changed: bool = False

    @property
    def is_running(self) -> bool:
        """Whether there is something to wait for."""
        return self.task is not None and not self.task.done()


class Imports:
    """The imports of this process."""

    def __init__(self, database: Database, country: str) -> None:
        self._database = database
        self._country = country
        self._jobs: OrderedDict[int, Job] = OrderedDict()

    def preview(self, import_id: int) -> Job:
        """The plan of an import, or how far it is from being made.

        That it failed is said once: who asks again has it tried again.
        """
        job = self._jobs.get(import_id)
        if job is not None and job.has_failed:
            return self._jobs.pop(import_id)
        if job is None:
            job = self._jobs[import_id] = Job()
            self._start(job, lambda: self._plan(import_id, job))
        self._jobs.move_to_end(import_id)
        self._forget_old()
        return job

    def apply(self, import_id: int, shown: str, by: By) -> None:
        """Begin to do what was shown; asked twice, it is done once."""
        job = self.preview(import_id)
        if not job.is_running and job.plan is not None:
            self._start(job, lambda: self._apply(import_id, job, shown, by))

    def forget(self, import_id: int) -> None:
        """Keep nothing of an import that is over."""
        job = self._jobs.get(import_id)
        if job is not None and not job.is_running:
            del self._jobs[import_id]

    async def close(self) -> None:
        """Stop what is under way: nothing is half done."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for job in self._jobs.values():
            job.progress.is_stopped = True
            if job.task is not None:
                job.task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, job: Job, work: Callable[[], Awaitable[None]]) -> None:
        job.task = asyncio.create_task(self._run(job, work))

    @staticmethod
    async def _run(job: Job, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except DirectoryFileError as error:
            job.reasons = error.reasons
        except (AppliedError, StoppedError):
            job.plan = None  # its page says what became of it
        except Exception:
            # Whatever it is, the page says that it failed, and tries again when it is asked to.
            log.exception("import.failed")
            job.plan, job.has_failed = None, True

    async def _plan(self, import_id: int, job: Job) -> None:
        async with self._database.reading() as connection:
            text = await imports.content(connection, import_id)
        if text is None:
            raise AppliedError("this import was applied or dropped already")
        wanted = await importer.read(text, country=self._country, progress=job.progress)
        job.plan = await importer.preview(self._database, wanted)

    async def _apply(self, import_id: int, job: Job, shown: str, by: By) -> None:
        plan = job.plan
        if plan is None:
            return
        try:
            if plan.fingerprint != shown:
                raise ChangedMeanwhileError("another plan was shown: look at it again")
            await importer.apply(
                self._database, plan.wanted, by=by, import_id=import_id, shown=plan
            )
            job.plan = None  # it is large, and what it did is in the database
        except ChangedMeanwhileError:
            job.plan = await importer.preview(self._database, plan.wanted)
            job.has_changed = True

    def _forget_old(self) -> None:
        for import_id in list(self._jobs)[:-KEPT]:
            self.forget(import_id)


IMPORTS = web.AppKey("imports", Imports)


async def running(app: web.Application) -> AsyncIterator[None]:
    """The imports, while the application runs."""
    context = app[CONTEXT]
    app[IMPORTS] = Imports(context.database, context.country)
    yield
    await app[IMPORTS].close()
