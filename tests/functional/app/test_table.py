"""The real client against tables that refuse, hang and fail."""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from app.clock import SystemClock
from app.errors import TableUnavailable
from app.table import (
    DynamoClient,
    RequestDeadline,
    Table,
    make_dynamodb_client,
    make_time_budget,
)

KEY = {"item_id": {"S": "foobar"}}
BUDGET = make_time_budget(0.6)
OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 41\r\n\r\n"
    b'{"Item":{"item_id":{"S":"foobar"}}}      '
)


class Server:
    """A listening socket that passes each accepted connection to `serve`."""

    def __init__(self, serve: Callable[[socket.socket, int], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._serve = serve
        self._kept: list[socket.socket] = []
        self.accepted = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._kept.append(connection)
            self._serve(connection, self.accepted)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._kept:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for connection in self._kept:
            connection.close()


def receive_request(connection: socket.socket) -> bytes:
    """A whole request, whose headers and body come in separate segments."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return head + body


Serving = Callable[[Callable[[socket.socket, int], None]], Server]


@pytest.fixture
def serve() -> Iterator[Serving]:
    servers: list[Server] = []

    def start(serve: Callable[[socket.socket, int], None]) -> Server:
        servers.append(Server(serve))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def environ() -> Iterator[None]:
    """Credentials in the environment, as Lambda sets them."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL_DYNAMODB")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names[:2], "test"))
    yield
    for name, text in before.items():
        os.environ.pop(name, None)
        if text is not None:
            os.environ[name] = text


def make_client(url: str) -> DynamoClient:
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = url
    return make_dynamodb_client("us-west-2", BUDGET)


def make_table(url: str) -> Table:
    return Table(make_client(url), name="items", deadline=RequestDeadline(SystemClock(), BUDGET))


def test_a_table_that_does_not_answer_times_out(serve: Serving, environ: None) -> None:
    server = serve(lambda _connection, _number: None)

    with pytest.raises(TableUnavailable, match="Read timeout"):
        make_table(server.url).get(KEY)

    assert server.accepted == 2


def test_a_refused_connection_is_table_unavailable(environ: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TableUnavailable, match="Could not connect"):
        make_table(f"http://127.0.0.1:{port}").get(KEY)


def test_an_error_page_of_a_proxy_is_retried_once(serve: Serving, environ: None) -> None:
    def fail(connection: socket.socket, _number: int) -> None:
        page = b"<html>no</html>"
        for _ in range(2):
            receive_request(connection)
            connection.sendall(
                b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 15\r\n\r\n" + page
            )

    with pytest.raises(TableUnavailable, match="503"):
        make_table(serve(fail).url).get(KEY)


def test_a_connection_closed_between_requests_is_retried(serve: Serving, environ: None) -> None:
    def close_the_first(connection: socket.socket, number: int) -> None:
        receive_request(connection)
        if number == 1:
            connection.close()
        else:
            connection.sendall(OK)

    server = serve(close_the_first)

    item = make_table(server.url).get(KEY)

    assert item is not None
    assert server.accepted == 2


def test_one_connection_serves_many_requests(serve: Serving, environ: None) -> None:
    def answer_three(connection: socket.socket, _number: int) -> None:
        for _ in range(3):
            receive_request(connection)
            connection.sendall(OK)

    server = serve(answer_three)
    kept = make_table(server.url)

    assert all(kept.get(KEY) for _ in range(3))
    assert server.accepted == 1
