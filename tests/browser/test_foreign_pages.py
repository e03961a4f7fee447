"""Chromium opens a page that sends a twin's port everything that a page can send.

The page is of another site, and reaches the port by its address and under a name that was rebound
to it. The port is served as the twin serves its own. For tests without a browser,
tests/functional/twin/internal_api/test_foreign_requests.py has the headers that Chromium sends.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from tools.setup.browser import find_browser
from twin.internal_api.server import serving_socket

PAGE = Path(__file__).with_name("foreign_page.html")
SITE, REBOUND = "page.example", "rebound.example"
WITHIN_S = 90.0
SECRET = "the twin's answer"


@dataclass(slots=True)
class Attacked:
    """A port of a twin, and what came through to its application."""

    port: int
    acted: list[str] = field(default_factory=list)

    async def act(self, request: web.Request) -> web.Response:
        self.acted.append(f"{request.method} {request.path} {dict(request.headers)}")
        return web.Response(text=SECRET, headers={"Access-Control-Allow-Origin": "*"})


@asynccontextmanager
async def attacked_port() -> AsyncIterator[Attacked]:
    listening = socket.create_server(("127.0.0.1", 0))
    attacked = Attacked(port=listening.getsockname()[1])
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", attacked.act)
    async with serving_socket(app, listening):
        yield attacked


class Site:
    """The site of the page: hands it out, redirects, and takes its report."""

    def __init__(self, targets: list[str]) -> None:
        self._page = PAGE.read_text().replace("/*targets*/[]", json.dumps(targets))
        self.outcomes: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def page(self, _: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def redirect(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": request.query["to"]})

    async def report(self, request: web.Request) -> web.Response:
        self.outcomes.set_result(json.loads(await request.text()))
        return web.Response()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        app = web.Application()
        app.router.add_get("/", self.page)
        app.router.add_get("/redirect", self.redirect)
        app.router.add_post("/outcomes", self.report)
        runner = web.AppRunner(app)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listening).start()
        yield listening.getsockname()[1]
        await runner.cleanup()


@asynccontextmanager
async def browsing(url: str, profile: Path) -> AsyncIterator[None]:
    """Chromium with a page open; both names mean this machine."""
    program = find_browser()
    assert program, "no Chromium on PATH; `make test` installs it"
    rules = ", ".join(f"MAP {name} 127.0.0.1" for name in (SITE, REBOUND))
    browser = await asyncio.create_subprocess_exec(
        program, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--remote-debugging-port=0", f"--user-data-dir={profile}",
        f"--host-resolver-rules={rules}", url,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        browser.kill()
        await browser.wait()


async def test_no_page_acts_on_a_twin_or_reads_it(tmp_path: Path) -> None:
    async with attacked_port() as attacked:
        names = ("127.0.0.1", "localhost", REBOUND)
        site = Site([f"http://{name}:{attacked.port}" for name in names])
        async with site.serving() as port, browsing(f"http://{SITE}:{port}/", tmp_path):
            async with asyncio.timeout(WITHIN_S):
                outcomes = await site.outcomes

    assert attacked.acted == []
    assert len(outcomes) == 36
    assert [name for name, outcome in outcomes.items() if SECRET in outcome] == []
    assert {o for name, o in outcomes.items() if name.endswith("websocket")} == {"failed"}
