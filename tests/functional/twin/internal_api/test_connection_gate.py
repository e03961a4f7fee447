"""Which connections a port of the twin admits."""

import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.functional.twin.strangers import (
    STRANGER,
    connect_as_stranger,
    exchange,
    refuse_strangers,
)
from twin.internal_api.connection_gate import (
    MAX_REFUSED,
    FindOwner,
    guard_connections,
    refuse_by_http,
)
from twin.internal_api.server import serving_socket
from twin.runtime.own_user import FindRefusal, admit_everybody, refuse_other_users
from twin.runtime.socket_owner import Address, SocketOwner

ADDRESS = ("127.0.0.122", 0)
GET = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Service:
    """An application, and what it has been asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ADDRESS

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(text="served")


@pytest.fixture
def find_refusal() -> FindRefusal:
    return refuse_strangers


@pytest.fixture
async def service(find_refusal: FindRefusal) -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    listening = socket.create_server(ADDRESS)
    service.address = listening.getsockname()
    async with serving_socket(app, listening, find_refusal=find_refusal):
        yield service


async def test_another_users_request_is_refused_and_not_acted_on(service: Service) -> None:
    answer = await exchange(connect_as_stranger(service.address), GET)

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert f"it comes from user {STRANGER if os.geteuid() == 0 else os.geteuid()} of".encode() in (
        answer
    )
    assert service.asked == []


@pytest.mark.parametrize("find_refusal", [refuse_other_users])
async def test_this_users_request_is_served(service: Service) -> None:
    caller = socket.create_connection(service.address)

    answer = await exchange(caller, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answer.endswith(b"served")


@pytest.mark.parametrize("find_refusal", [admit_everybody])
async def test_a_shared_port_serves_everybody(service: Service) -> None:
    caller = connect_as_stranger(service.address)

    answer = await exchange(caller, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

    assert answer.endswith(b"served")


async def test_a_request_whose_caller_has_gone_is_not_acted_on(service: Service) -> None:
    """Its user can't be found out any more."""
    blocked = connect_as_stranger(service.address)
    blocked.sendall(GET)
    blocked.close()
    await exchange(connect_as_stranger(service.address), GET)  # accepted after the first

    assert service.asked == []


async def test_without_the_kernels_help_nobody_is_admitted() -> None:
    def fail(_caller: Address, _called: Address) -> SocketOwner | None:
        raise OSError(errno.ENOENT, "no such table")

    answer = await _ask_guarded(fail)

    assert b"can't be found out: no such table" in answer


async def test_the_owner_of_the_callers_end_is_asked_for() -> None:
    asked: list[tuple[Address, Address]] = []

    def record(caller: Address, called: Address) -> SocketOwner | None:
        asked.append((caller, called))
        return SocketOwner(os.geteuid() + 1, 5)

    answer = await _ask_guarded(record)

    assert answer.startswith(b"HTTP/1.1 403 ")
    ((caller, called),) = asked
    assert caller[0] == "127.0.0.1"
    assert called[0] == ADDRESS[0]


async def test_a_refused_caller_that_is_slow_is_disconnected() -> None:
    """A stranger must not use up the process's descriptors."""
    answer = await _ask_guarded(lambda _caller, _called: None, b"GET / HTTP/1.1\r\n", time_s=0.05)

    assert answer == b""


async def test_of_many_refused_callers_most_are_disconnected_at_once(service: Service) -> None:
    """They send nothing, and must not hold descriptors until their time is over."""
    callers = [connect_as_stranger(service.address) for _ in range(MAX_REFUSED + 3)]
    last = await exchange(callers.pop(), b"")
    first = await exchange(callers[0], GET)
    for caller in callers[1:]:
        caller.close()

    assert last == b""
    assert first.startswith(b"HTTP/1.1 403 ")


async def _ask_guarded(find_owner: FindOwner, data: bytes = GET, time_s: float = 5) -> bytes:
    factory = guard_connections(
        asyncio.Protocol, refuse_by_http, find_owner=find_owner, refusal_time_s=time_s
    )
    server = await asyncio.get_running_loop().create_server(factory, *ADDRESS)
    async with server:
        return await exchange(socket.create_connection(server.sockets[0].getsockname()), data)
