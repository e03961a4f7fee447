"""A service in the control process that the tests of a module share."""

import pytest

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds, create_service


@pytest.fixture(scope="module")
def deployed(shared: ControlProcess) -> ServiceIds:
    """A service in Frankfurt."""
    return create_service(shared, FRANKFURT)
