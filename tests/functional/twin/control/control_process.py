"""A real control process, and stand-ins for the processes that it talks to."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.instances import claim_instance
from tests.waiting import eventually
from twin import codec
from twin.iam.session_token import read_root_secret
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings
from twin.topology.model import Topology

NUMBER = claim_instance()
HOME_REGION = "us-west-2"
FRANKFURT = "eu-central-1"
PARIS = "eu-west-3"


class ControlProcess:
    """Control in a process of its own."""

    def __init__(self, home: Path, settings: TwinSettings | None = None) -> None:
        self.instance = Instance(home, NUMBER)
        self.instance.state_dir.mkdir(parents=True)
        self.instance.settings_path.write_text(codec.dumps(settings or TwinSettings()))
        self._process: subprocess.Popen[bytes] | None = None
        self._log = home / "control.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        process = self.launch()

        def ready() -> bool:
            assert process.poll() is None, self.log()
            return self.get("/_twin/status")[0] == 200

        eventually(ready, within_s=60)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process without waiting for an answer."""
        environ = os.environ | {
            "TWIN_HOME": str(self.instance.home),
            "TWIN_INSTANCE": str(NUMBER),
            "TWIN_LEASH": str(os.getpid()),
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "twin.control"], env=environ, stdout=log, stderr=log
            )
        return self._process

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process of the last `launch`."""
        assert self._process is not None
        return self._process

    def kill(self) -> None:
        """`kill -9`."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; its exit code."""
        return self._end(signal.SIGTERM)

    def log(self) -> str:
        return self._log.read_text()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET at its internal address. Raises OSError."""
        connection = http.client.HTTPConnection(*self.instance.control_address, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()

    def topology(self) -> Topology:
        """The stored Topology."""
        return codec.loads(Topology, self.instance.topology_path.read_bytes())

    def client(self, service: Any, region: str = FRANKFURT) -> Any:  # noqa: ANN401 - boto3's own
        """A boto3 client that calls control itself, without the gateway."""
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=internal_url(self.instance.control_address),
            aws_access_key_id=self.instance.access_key,
            aws_secret_access_key=read_root_secret(self.instance),
            config=Config(retries={"total_max_attempts": 1}, read_timeout=60),
        )

    def _end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=10)


class FakeProcess:
    """An HTTP server in a thread that answers from a table and notes POSTs."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.answers: dict[str, object] = {}
        """Path -> dataclass."""
        self.posts: list[str] = []
        process = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = process.answers.get(self.path)
                self._answer(404 if known is None else 200, codec.dumps(known or {}))

            def do_POST(self) -> None:
                process.posts.append(self.path)
                self._answer(200, codec.dumps(process.answers.get(self.path) or {}))

            def log_message(self, *_: object) -> None:
                pass

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

        self._server = ThreadingHTTPServer(address, Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class FakeEdge:
    """Long-polls control as the edge does, in a thread."""

    def __init__(self, control: ControlProcess, role: str = "edge") -> None:
        """Start polling, without any version yet."""
        self.versions: list[int] = []
        self.topology = Topology()
        self._control = control
        self._role = role
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop polling once the open poll ends."""
        self._stopped.set()

    def _poll(self) -> None:
        after = 0
        while not self._stopped.is_set():
            try:
                path = f"/_twin/topology?after={after}&role={self._role}"
                status, body = self._control.get(path)
            except (OSError, http.client.HTTPException):
                self._stopped.wait(0.02)
                continue
            if status == 200:
                self.topology = codec.loads(Topology, body)
                after = self.topology.version
                self.versions.append(after)


@contextlib.contextmanager
def running_control(home: Path) -> Iterator[ControlProcess]:
    """A control process with an edge and name servers, for tests that share it; `--speed 100`."""
    process = ControlProcess(home, TwinSettings(speed=100))
    process.start()
    followers = [FakeEdge(process), FakeEdge(process, "route53")]
    try:
        yield process
    finally:
        for follower in followers:
            follower.close()
        process.kill()


def read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(path.read_text())
