"""The system of these tests. It ends with them: its health checkers would disturb the drills."""

from collections.abc import Iterator

import pytest

from tests.e2e.both_doors.dns_system import DnsSystem, deployed_dns_system
from tests.e2e.checkout import deployed_copy
from tests.e2e.system import System, deployed_system


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsSystem]:
    """One system for all tests that restore its state, with both front doors."""
    for copy in deployed_copy(tmp_path_factory.mktemp("both"), doors=""):
        yield deployed_dns_system(copy)


@pytest.fixture(scope="package")
def anycast(system: DnsSystem) -> System:
    """The same system behind the accelerator."""
    return deployed_system(system.checkout)
