"""One HTTP request, against a server of the test."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from common.network.http_client import http_get, send_request


class Echo(BaseHTTPRequestHandler):
    """Answers with the request as JSON."""

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        self._answer(404)

    def _answer(self, status: int) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        seen = {
            "method": self.command,
            "path": self.path,
            "type": self.headers.get("Content-Type"),
            "content": content.decode(),
            "client": self.client_address[0],
        }
        self.send_response(status)
        self.send_header("X-Served-Region", "eu-central-1")
        self.end_headers()
        self.wfile.write(json.dumps(seen).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_get_has_status_and_body(base_url: str) -> None:
    status, body = http_get(f"{base_url}/_twin/status?full=1", 5.0)

    seen = json.loads(body)
    assert status == 200
    assert (seen["method"], seen["path"]) == ("GET", "/_twin/status?full=1")
    assert (seen["type"], seen["content"]) == (None, "")


def test_a_url_without_a_path_asks_for_the_root(base_url: str) -> None:
    assert json.loads(http_get(base_url, 5.0)[1])["path"] == "/"


def test_a_body_is_sent_as_json_and_any_status_is_a_response(base_url: str) -> None:
    response = send_request("POST", f"{base_url}/items", body={"id": "a"}, timeout_s=5.0)

    seen = json.loads(response.body)
    assert response.status == 404
    assert response.headers["x-served-region"] == "eu-central-1"
    assert (seen["type"], seen["content"]) == ("application/json", '{"id": "a"}')


def test_a_source_address_is_used(base_url: str) -> None:
    response = send_request("GET", base_url, source="127.0.0.2", timeout_s=5.0)

    assert json.loads(response.body)["client"] == "127.0.0.2"


def test_no_proxy_is_asked(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert http_get(base_url, 5.0)[0] == 200


def test_a_server_that_is_not_there_is_an_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    with pytest.raises(ConnectionRefusedError):
        http_get(f"http://127.0.0.1:{port}/", 5.0)
