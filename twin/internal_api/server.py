"""Serving HTTP at a process's internal address, on aiohttp."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from twin import codec
from twin.errors import StartFailed
from twin.internal_api.foreign_requests import refuse_foreign_requests


def json_response(value: object, status: int = 200) -> web.Response:
    """Response with a dataclass of twin.internal_api.schemas or twin.topology.model as JSON."""
    return web.Response(text=codec.dumps(value), status=status, content_type="application/json")


@asynccontextmanager
async def serving(app: web.Application, address: tuple[str, int]) -> AsyncIterator[None]:
    """Serve the application at a loopback address while the block runs. Raises StartFailed.

    Requests of web pages are refused (twin.internal_api.foreign_requests).
    """
    app.middlewares.insert(0, refuse_foreign_requests)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await _open(runner, address)
        yield
    finally:
        await runner.cleanup()


async def _open(runner: web.AppRunner, address: tuple[str, int]) -> None:
    host, port = address
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as exc:
        raise StartFailed(
            f"{host}:{port}, the internal address of this process, can't be opened: "
            f"{os.strerror(exc.errno or 0)}; another program has it, end that or take another "
            "instance"
        ) from exc
