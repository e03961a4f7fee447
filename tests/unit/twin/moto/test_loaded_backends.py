"""Only backends that moto has already are found; a look makes none."""

from collections.abc import Iterator

import pytest
from moto.iam.models import iam_backends

from twin.moto.loaded_backends import loaded_backends

ACCOUNT, OTHER = "000000000001", "000000000002"


@pytest.fixture
def backend() -> Iterator[object]:
    """IAM's, of an account in use."""
    yield iam_backends[ACCOUNT]["aws"]
    dict.pop(iam_backends, ACCOUNT)


def test_the_backends_of_an_account_are_found(backend: object) -> None:
    assert loaded_backends("moto.iam.models", "iam_backends", ACCOUNT) == {"aws": backend}


def test_an_account_that_is_not_in_use_gets_no_backend(backend: object) -> None:
    assert loaded_backends("moto.iam.models", "iam_backends", OTHER) == {}
    assert OTHER not in dict.keys(iam_backends)


def test_a_service_that_is_not_loaded_has_none() -> None:
    assert loaded_backends("moto.absent.models", "absent_backends", ACCOUNT) == {}
