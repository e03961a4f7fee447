"""Serving HTTP at a process's internal address, on aiohttp."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from twin import codec
from twin.errors import StartFailed
from twin.internal_api.broken_requests import (
    FIRST_REQUEST_S,
    SHUTDOWN_S,
    ConnectionWatch,
    server_log,
)
from twin.internal_api.connection_gate import (
    RefusingFactory,
    guard_connections,
    refuse_by_http,
)
from twin.internal_api.fast_path import open_fast_path
from twin.internal_api.foreign_requests import refuse_foreign_requests
from twin.runtime.own_user import FindRefusal, refuse_other_users

BACKLOG = 1024
LINGERING_S = 2.0
"""How long the rest of a request is read after an early answer, so that its sender gets that."""


def json_response(value: object, status: int = 200) -> web.Response:
    """Response with a dataclass of twin.internal_api.schemas or twin.topology.model as JSON."""
    return json_text_response(codec.dumps(value), status)


def json_text_response(text: str, status: int = 200) -> web.Response:
    """The same with what is JSON already."""
    return web.Response(text=text, status=status, content_type="application/json")


@asynccontextmanager
async def serving(
    app: web.Application, address: tuple[str, int], *, auto_decompress: bool = True
) -> AsyncIterator[None]:
    """Serve the application at a loopback address while the block runs. Raises StartFailed."""
    try:
        listening = socket.create_server(address, backlog=BACKLOG)
    except OSError as exc:
        raise StartFailed(
            f"{address[0]}:{address[1]}, the internal address of this process, can't be opened: "
            f"{os.strerror(exc.errno or 0)}; another program has it, end that or take another "
            "instance"
        ) from exc
    async with serving_socket(app, listening, auto_decompress=auto_decompress):
        yield


@asynccontextmanager
async def serving_socket(
    app: web.Application,
    listening: socket.socket,
    *,
    find_refusal: FindRefusal = refuse_other_users,
    refusing: RefusingFactory = refuse_by_http,
    auto_decompress: bool = True,
    first_request_s: float = FIRST_REQUEST_S,
) -> AsyncIterator[None]:
    """Serve the application on this socket while the block runs.

    The application's plain handler, if it has one, is asked first (twin.internal_api.fast_path).
    Requests of web pages are refused (twin.internal_api.foreign_requests), and connections of other
    users' programs (twin.internal_api.connection_gate).
    """
    watch = ConnectionWatch(first_request_s)
    app.middlewares[:0] = [watch.handle, refuse_foreign_requests]
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        shutdown_timeout=SHUTDOWN_S,
        auto_decompress=auto_decompress,
        logger=server_log,
        lingering_time=LINGERING_S,
    )
    await runner.setup()
    try:
        aiohttp_server = _server_of(runner)
        async with open_fast_path(app, aiohttp_server, first_request_s) as own:
            server = await asyncio.get_running_loop().create_server(
                guard_connections(own, refusing, find_refusal=find_refusal),
                sock=listening,
                backlog=BACKLOG,
            )
            watch.start(aiohttp_server)
            try:
                yield
            finally:
                watch.stop()
                server.close()
    finally:
        await runner.cleanup()


def _server_of(runner: web.AppRunner) -> web.Server:
    server = runner.server
    assert server is not None  # noqa: S101 - setup has made it
    return server
