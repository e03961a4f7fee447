"""A control process that the tests of a module share, and a service in it."""

from collections.abc import Iterator

import pytest

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess, running_control
from tests.functional.twin.control.resources import ServiceIds, create_service


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process with an edge."""
    with running_control(tmp_path_factory.mktemp("control")) as process:
        yield process


@pytest.fixture(scope="module")
def deployed(shared: ControlProcess) -> ServiceIds:
    """A service in Frankfurt."""
    return create_service(shared, FRANKFURT)
