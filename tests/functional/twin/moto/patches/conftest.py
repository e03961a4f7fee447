"""A control process that the folder's tests share, and resources in it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    PARIS,
    ControlProcess,
    running_control,
)
from tests.functional.twin.control.resources import (
    NetworkIds,
    ServiceIds,
    create_network,
    create_service,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient


@pytest.fixture(scope="package")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process with an edge."""
    with running_control(tmp_path_factory.mktemp("control")) as process:
        yield process


@pytest.fixture
def cloudwatch(shared: ControlProcess) -> "CloudWatchClient":
    client: CloudWatchClient = shared.client("cloudwatch")
    return client


@pytest.fixture(scope="package")
def deployed(shared: ControlProcess) -> ServiceIds:
    """A service in Frankfurt that the folder's tests share."""
    return create_service(shared, FRANKFURT)


@pytest.fixture(scope="package")
def paris(shared: ControlProcess) -> NetworkIds:
    """A network to stand load balancers in."""
    return create_network(shared, PARIS)


@pytest.fixture
def elb(shared: ControlProcess) -> Client:
    """Elastic Load Balancing in Frankfurt."""
    return shared.client("elbv2", FRANKFURT)


@pytest.fixture
def functions(shared: ControlProcess) -> Client:
    """Lambda in Frankfurt."""
    return shared.client("lambda", FRANKFURT)
