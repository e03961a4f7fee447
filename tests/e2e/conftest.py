"""Deployed copies of the checkout: one for tests that restore its state, and one for a module.

Their twins enforce IAM: Pulumi runs as the deployer and muster as the operator, each with its own
policy of docs/iam.md, and the functions have their execution roles.
"""

from collections.abc import Iterator

import pytest

from tests.e2e.checkout import Checkout, deployed_copy


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One system for all tests that restore its state, with the accelerator alone.

    Drills on it send one door's requests, so that two cores can answer them on time.
    """
    yield from deployed_copy(tmp_path_factory.mktemp("deployed"), doors="accelerator")


@pytest.fixture(scope="module")
def own_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A system for one module, which may change it, with both front doors."""
    yield from deployed_copy(tmp_path_factory.mktemp("own"), doors="")
