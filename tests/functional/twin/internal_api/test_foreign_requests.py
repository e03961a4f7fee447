"""Which requests the twin refuses for where they come from."""

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from tests.functional.twin.strangers import exchange
from twin.internal_api.foreign_requests import find_foreign_sign
from twin.internal_api.server import serving

ADDRESS = ("127.0.0.123", 4799)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "localhost:4566",
        "LOCALHOST",
        "[::1]:4566",
        "127.140.1.1:4500",
        "b.localhost:1",
    ],
)
def test_a_program_that_calls_this_machine_is_served(host: str) -> None:
    assert find_foreign_sign({"Host": host}) is None
    assert find_foreign_sign({"Host": host, "Sec-Fetch-Site": "none"}) is None


@pytest.mark.parametrize(
    "host", ["rebound.example", "127.0.0.1.example:4566", "10.0.0.1", "", "[", "alocalhost"]
)
def test_a_name_that_is_not_this_machines_is_refused(host: str) -> None:
    """As a DNS name that was rebound to a loopback address would send it."""
    sign = find_foreign_sign({"Host": host})

    assert sign is not None
    assert f"'{host}'" in sign


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://page.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_a_web_page_is_refused_whatever_its_origin(headers: dict[str, str]) -> None:
    """https://fetch.spec.whatwg.org/#origin-header."""
    assert find_foreign_sign({"Host": "127.0.0.1:4566"} | headers) is not None


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}, {"Sec-Fetch-Mode": "navigate"}],
)
def test_a_browser_is_served_pages_but_no_calls(headers: dict[str, str]) -> None:
    """A link in a mail has no Origin, and could name a call such as DeleteLoadBalancer."""
    opened = {"Host": "127.0.0.1:4566", "Sec-Fetch-Site": "none"} | headers
    presigned = (
        "Action=DeleteUser&X-Amz-Credential=AKIA%2F20260101%2Fus-east-1%2Fiam%2Faws4_request"
    )

    assert find_foreign_sign(opened) is None
    assert find_foreign_sign(opened, "X-Amz-Date=1") is None
    assert "presigned URL" in (find_foreign_sign(opened, presigned) or "")
    assert find_foreign_sign({"Host": "127.0.0.1:4566"}, presigned) is None


PAGE = "http://page.example:4991"
SENT_BY_PAGES = {
    "fetch": ("GET", {"Origin": PAGE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}),
    "fetch in mode no-cors": (
        "POST",
        {
            "Content-Type": "text/plain",
            "Origin": PAGE,
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "no-cors",
        },
    ),
    "preflight": (
        "OPTIONS",
        {"Access-Control-Request-Method": "POST", "Origin": PAGE, "Sec-Fetch-Site": "cross-site"},
    ),
    "fetch that hides the page": (
        "GET",
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    ),
    "websocket": ("GET", {"Upgrade": "websocket", "Connection": "Upgrade", "Origin": PAGE}),
    "image": ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"}),
    "navigation": ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}),
    "form": (
        "POST",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": PAGE,
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
        },
    ),
    "image, older browser": ("GET", {"Referer": f"{PAGE}/"}),
    "rebound name, same origin": ("GET", {"Host": "rebound.example:4990"}),
    "rebound name, form": ("POST", {"Host": "rebound.example:4990", "Origin": PAGE}),
    "rebound name, image": (
        "GET",
        {"Host": "rebound.example:4990", "Referer": f"{PAGE}/"},
    ),
}
"""What Chromium 156 was seen to send; tests/browser/test_foreign_pages.py sends it again."""


@pytest.mark.parametrize(("method", "headers"), SENT_BY_PAGES.values(), ids=SENT_BY_PAGES)
async def test_what_a_browser_sends_for_a_page_is_not_acted_on(
    served: list[str], method: str, headers: dict[str, str]
) -> None:
    url = f"http://{ADDRESS[0]}:{ADDRESS[1]}/"
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=headers, data=b"x=1") as refused,
    ):
        assert refused.status == 403
        assert "Access-Control-Allow-Origin" not in refused.headers
    assert served == []


@pytest.fixture
async def served() -> AsyncIterator[list[str]]:
    """The requests that a process has acted on."""
    acted: list[str] = []

    async def act(request: web.Request) -> web.Response:
        acted.append(request.method)
        return web.Response(text="done")

    app = web.Application()
    app.router.add_route("*", "/", act)
    async with serving(app, ADDRESS):
        yield acted


async def test_a_refused_request_is_not_acted_on(served: list[str]) -> None:
    url = f"http://{ADDRESS[0]}:{ADDRESS[1]}/"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, headers={"Origin": "https://page.example"}) as refused:
            assert refused.status == 403
            assert "a web page of https://page.example" in await refused.text()
        async with session.get(url, headers={"Host": "rebound.example"}) as refused:
            assert refused.status == 403
        assert served == []

        async with session.get(url) as answered:
            assert answered.status == 200
    assert served == ["GET"]


@pytest.mark.parametrize("name", ["Host", "Origin"])
async def test_a_refusal_names_a_header_that_is_not_utf_8(served: list[str], name: str) -> None:
    lines = [name.encode() + b": \xfc.example"]
    if name != "Host":
        lines.append(b"Host: %s:%d" % (ADDRESS[0].encode(), ADDRESS[1]))
    head = b"\r\n".join([b"GET / HTTP/1.1", *lines, b"Connection: close", b"", b""])

    answer = await exchange(socket.create_connection(ADDRESS), head)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert rb"\udcfc.example" in answer
    assert served == []
