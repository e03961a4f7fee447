"""Requests to a process, answered or not."""

import asyncio
import socket

import pytest
from aiohttp import web

from twin.errors import NotRunning
from twin.internal_api.client import fetch_document, send_internal_request
from twin.internal_api.schemas import WhoAmI
from twin.internal_api.server import json_response, serving

ADDRESS = ("127.150.77.2", 7000)
WHOAMI = WhoAmI(home="/home", instance=1, pid=2)


def build_application() -> web.Application:
    async def get_whoami(_: web.Request) -> web.Response:
        return json_response(WHOAMI)

    async def get_garbage(_: web.Request) -> web.Response:
        return web.Response(text="{")

    app = web.Application()
    app.router.add_get("/whoami", get_whoami)
    app.router.add_get("/garbage", get_garbage)
    return app


async def test_a_document_is_fetched() -> None:
    async with serving(build_application(), ADDRESS):
        document = await asyncio.to_thread(fetch_document, ADDRESS, "/whoami", WhoAmI)

    assert document == WHOAMI


@pytest.mark.parametrize(
    ("path", "problem"), [("/garbage", "not JSON"), ("/elsewhere", "answers 404")]
)
async def test_another_answer_is_an_error_that_names_it(path: str, problem: str) -> None:
    async with serving(build_application(), ADDRESS):
        with pytest.raises(NotRunning, match=rf"{path} of 127\.150\.77\.2:7000.*{problem}"):
            await asyncio.to_thread(fetch_document, ADDRESS, path, WhoAmI)


def test_no_answer_is_an_error_that_names_the_address() -> None:
    with pytest.raises(NotRunning, match=r"127\.150\.77\.2:7000 does not answer"):
        send_internal_request("GET", ADDRESS, "/whoami")
    with (
        socket.create_server(ADDRESS),
        pytest.raises(NotRunning, match=r"127\.150\.77\.2:7000 does not answer"),
    ):
        send_internal_request("GET", ADDRESS, "/whoami", timeout_s=0.05)
