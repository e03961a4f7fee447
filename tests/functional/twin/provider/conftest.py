"""A moto server, and the provider before it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from common.clock import SystemClock
from tests.functional.twin.provider.driver import Driver
from twin.provider.aws_client import AwsClient
from twin.provider.operations.provider import Provider
from twin.provider.protocol.server import ProviderServicer, start_server
from twin.provider.values import Properties


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """A plain moto server on loopback; resources of different tests have different names."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


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


@pytest.fixture
def driver(connect: Callable[[Properties], Driver]) -> Driver:
    """One provider without further configuration."""
    return connect({})
