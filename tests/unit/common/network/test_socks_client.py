"""Requests through a SOCKS proxy, whose answers a test declares.

https://www.rfc-editor.org/rfc/rfc1928
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from common.network.socks_client import ProxyRefused, connect_through

SUCCEEDED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
WITH_IPV6 = b"\x05\x00\x00\x04" + bytes(18)


class FakeProxy:
    """Accepts one connection, sends what it is told to, and keeps what it got."""

    def __init__(self, greeting: bytes, reply: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._answers = (greeting, reply)
        self.received: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._listening.getsockname()
        return str(host), int(port)

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection, suppress(ConnectionError):
            for answer in self._answers:
                self.received.append(connection.recv(1024))
                connection.sendall(answer)
            connection.sendall(b"after")

    def close(self) -> None:
        self._thread.join()
        self._listening.close()


@pytest.fixture
def proxies() -> Iterator[list[FakeProxy]]:
    started: list[FakeProxy] = []
    yield started
    for proxy in started:
        proxy.close()


@pytest.mark.parametrize("reply", [SUCCEEDED, WITH_IPV6])
def test_the_proxy_resolves_the_name(proxies: list[FakeProxy], reply: bytes) -> None:
    proxy = FakeProxy(b"\x05\x00", reply)
    proxies.append(proxy)

    with connect_through(proxy.address, "api.muster.test", 443, 5.0) as connection:
        assert connection.recv(16) == b"after"

    assert proxy.received == [
        b"\x05\x01\x00",
        b"\x05\x01\x00\x03\x0fapi.muster.test\x01\xbb",
    ]


@pytest.mark.parametrize(
    ("greeting", "reply", "problem"),
    [
        (b"\x05\xff", SUCCEEDED, "wants authentication"),
        (b"\x05\x00", b"\x05\x04\x00\x01" + bytes(6), "host unreachable"),
        (b"\x05\x00", b"\x05\x07\x00\x01" + bytes(6), r"7 \(not supported\)"),
    ],
)
def test_a_refusal_says_why(
    proxies: list[FakeProxy], greeting: bytes, reply: bytes, problem: str
) -> None:
    proxy = FakeProxy(greeting, reply)
    proxies.append(proxy)

    with pytest.raises(ProxyRefused, match=problem):
        connect_through(proxy.address, "api.muster.test", 443, 5.0)


def test_a_proxy_that_hangs_up_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.recv(16)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(ConnectionError):
            connect_through((host, port), "api.muster.test", 443, 5.0)
        thread.join()
