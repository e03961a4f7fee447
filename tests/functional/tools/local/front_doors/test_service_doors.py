"""Calls through a door with TLS, over real sockets."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.twin.tls.servers import instance_in, make_certificate
from tools.local.front_doors.service_doors import DomainDoor
from twin.runtime.instance import Instance


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the Host header and the body."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        content = self.headers["Host"].encode() + body
        self.send_response(201)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return instance_in(tmp_path)


@pytest.fixture
def port(instance: Instance) -> Iterator[int]:
    """Of a server on loopback whose certificate names www.muster.test."""
    certificate = make_certificate(instance, "www.muster.test")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(instance.certificate_path(certificate.pem_sha256))
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def door_to(instance: Instance, name: str, port: int) -> DomainDoor:
    return DomainDoor(instance, {"url": f"https://{name}:{port}", "static_ips": ["127.0.0.1"]})


def test_a_domain_is_called_by_its_name_at_its_address(instance: Instance, port: int) -> None:
    answer = door_to(instance, "www.muster.test", port).call("POST", "/create", {"a": 1})

    assert answer.status == 201
    assert answer.body == f'www.muster.test:{port}{{"a": 1}}'.encode()


def test_a_certificate_for_another_name_is_an_error(instance: Instance, port: int) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        door_to(instance, "api.muster.test", port).call("POST", "/create")
