"""A control process that the folder's tests share, and accelerators in it."""

from collections.abc import Iterator

import pytest

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    running_control,
)
from tests.functional.twin.control.globalaccelerator.calls import wait_until_deployed
from tests.functional.twin.control.resources import create_load_balancer, create_network


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process with an edge."""
    with running_control(tmp_path_factory.mktemp("control")) as process:
        yield process


@pytest.fixture
def client(shared: ControlProcess) -> Client:
    """A client in us-west-2."""
    return shared.client("globalaccelerator", HOME_REGION)


@pytest.fixture
def accelerator(client: Client) -> str:
    """A deployed accelerator's ARN."""
    arn: str = client.create_accelerator(Name="mine")["Accelerator"]["AcceleratorArn"]
    wait_until_deployed(client, arn)
    return arn


@pytest.fixture
def listener(client: Client, accelerator: str) -> str:
    """A listener on port 80."""
    arn: str = client.create_listener(
        AcceleratorArn=accelerator, Protocol="TCP", PortRanges=[{"FromPort": 80, "ToPort": 80}]
    )["Listener"]["ListenerArn"]
    return arn


@pytest.fixture(scope="package")
def balancers(shared: ControlProcess) -> dict[str, str]:
    """An internal and a public load balancer in Frankfurt."""
    at = create_network(shared, FRANKFURT)
    return {
        scheme: create_load_balancer(shared, FRANKFURT, at, scheme, scheme)["LoadBalancerArn"]
        for scheme in ("internal", "internet-facing")
    }
