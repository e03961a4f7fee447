"""Small pieces that every HTTP side of the twin shares, on aiohttp."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from twin import codec


def json_response(value: object, status: int = 200) -> web.Response:
    """A dataclass of twin.messages or twin.topology as an answer."""
    return web.Response(text=codec.dumps(value), status=status, content_type="application/json")


@asynccontextmanager
async def serving(app: web.Application, address: tuple[str, int]) -> AsyncIterator[None]:
    """Serve the application at a loopback address while the block runs; OSError if it is taken."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, *address, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()
