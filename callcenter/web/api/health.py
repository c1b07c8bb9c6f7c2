"""``/healthz`` and ``/readyz``: what a supervisor of processes and a load balancer ask."""

import asyncio
import json

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from callcenter.db.engine import Database
from callcenter.web.api.answers import json_answer
from callcenter.web.context import CONTEXT

DATABASE_LIMIT_S = 2.0
"""A database that has not answered by then is of no use to anybody."""


async def get_health(_request: web.Request) -> web.Response:
    """The process is alive: it answers."""
    return json_answer('{"status": "alive"}')


async def get_readiness(request: web.Request) -> web.Response:
    """200 when every component is ready, else 503; each is named, with why it is not."""
    context = request.app[CONTEXT]
    components = {"database": await _database(context.database), **context.readiness()}
    ready = not any(components.values())
    found = {"ready": ready, "components": components, "standing_by": context.standing_by()}
    body = json.dumps(found, ensure_ascii=False)
    return json_answer(body, status=200 if ready else 503)


async def _database(database: Database) -> str | None:
    try:
        async with asyncio.timeout(DATABASE_LIMIT_S), database.reading() as connection:
            await connection.execute(select(1))
    except TimeoutError:
        return f"no answer within {DATABASE_LIMIT_S:g} s"
    except (SQLAlchemyError, OSError) as error:
        return type(error).__name__
    return None
