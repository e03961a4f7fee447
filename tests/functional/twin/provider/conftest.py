"""The provider before a moto server, or before a control process."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from common.clock import SystemClock
from tests.functional.twin.control.control_process import ControlProcess
from tests.functional.twin.provider.driver import Driver
from twin.provider.aws_client import AwsClient
from twin.provider.operations.provider import Provider
from twin.provider.protocol.server import ProviderServicer, start_server
from twin.provider.values import Properties
from twin.runtime.instance import internal_url

PLAIN_MOTO = """
import sys
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
"""
"""Ends with its standard input."""


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A plain moto server on loopback; resources of different tests have different names.

    In a process of its own: other tests patch the moto of this one.
    """
    with subprocess.Popen(
        [sys.executable, "-c", PLAIN_MOTO],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture
def connect(moto_url: str, tmp_path: Path) -> Iterator[Callable[[Properties], Driver]]:
    """Makes providers, spoken to over gRPC, configured for the moto server."""
    environ = {"AWS_ENDPOINT_URL": moto_url}
    with ExitStack() as stack:

        def connected(configuration: Properties) -> Driver:
            engine = Provider(
                environ=environ, clock=SystemClock(), root=tmp_path, connect=AwsClient
            )
            server, port = start_server(ProviderServicer(engine, "7.51.1"))
            stack.callback(lambda: server.stop(0).wait())
            driver = Driver(port, configuration)
            stack.callback(driver.channel.close)
            return driver

        yield connected


@pytest.fixture(scope="module")
def control_driver(
    shared: ControlProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Driver]:
    """A provider of a control process, for what control serves by itself."""
    environ = {"AWS_ENDPOINT_URL": internal_url(shared.instance.control_address)}
    with ExitStack() as stack:
        engine = Provider(
            environ=environ,
            clock=SystemClock(),
            root=Path(tmp_path_factory.mktemp("program")),
            connect=AwsClient,
        )
        server, port = start_server(ProviderServicer(engine, "7.51.1"))
        stack.callback(lambda: server.stop(0).wait())
        made = Driver(port, {"accessKey": shared.instance.access_key})
        stack.callback(made.channel.close)
        yield made


@pytest.fixture
def driver(connect: Callable[[Properties], Driver]) -> Driver:
    """One provider without further configuration."""
    return connect({})
