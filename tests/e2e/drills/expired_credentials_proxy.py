"""A proxy to the twin's API that can reject every call: the caller's credentials have expired.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
"""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MESSAGE = "The security token included in the request is expired"
ERROR = f"<Error><Code>ExpiredToken</Code><Message>{MESSAGE}</Message></Error>"
XML = f"<ErrorResponse>{ERROR}</ErrorResponse>"
JSON = f'{{"__type":"ExpiredTokenException","message":"{MESSAGE}"}}'
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "server", "date")


class ExpiredCredentialsProxy(ThreadingHTTPServer):
    """Forwards requests to an endpoint; answers 403 while `expired` is set."""

    daemon_threads = True

    def __init__(self, endpoint_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.upstream = urlsplit(endpoint_url).netloc
        self.expired = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert isinstance(self.server, ExpiredCredentialsProxy)
        if self.server.expired:
            self._reject()
            return
        connection = http.client.HTTPConnection(self.server.upstream, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        self._answer(answer.status, answer.getheaders(), answer.read())
        connection.close()

    do_GET = do_PUT = do_DELETE = do_POST

    def _reject(self) -> None:
        form = "x-www-form-urlencoded" in self.headers.get("Content-Type", "")
        kind, text = ("text/xml", XML) if form else ("application/x-amz-json-1.0", JSON)
        headers = [("Content-Type", kind), ("x-amzn-ErrorType", "ExpiredTokenException")]
        self._answer(403, headers, text.encode())

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def serve_proxy(endpoint_url: str) -> Iterator[ExpiredCredentialsProxy]:
    """A running proxy to the endpoint."""
    with ExpiredCredentialsProxy(endpoint_url) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
