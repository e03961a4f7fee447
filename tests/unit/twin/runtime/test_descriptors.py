"""Which descriptors strangers' connections leave free."""

import resource
from collections.abc import Iterator

import pytest

from twin.runtime.descriptors import is_reserved, most_connections, raise_descriptor_limit


@pytest.fixture
def own_limits() -> Iterator[tuple[int, int]]:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield limits
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_the_last_eighth_of_the_descriptors_is_reserved(own_limits: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (800, own_limits[1]))

    assert not is_reserved(699)
    assert is_reserved(700)


def test_one_server_takes_at_most_half_of_the_descriptors(own_limits: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (800, own_limits[1]))

    assert most_connections(10_000) == 400
    assert most_connections(100) == 100


def test_the_limit_becomes_the_highest_that_is_allowed(own_limits: tuple[int, int]) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (800, own_limits[1]))

    raise_descriptor_limit()

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (own_limits[1], own_limits[1])
