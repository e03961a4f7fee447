"""Deployed copies of the checkout: one for all tests, and one for a module.

Their twins enforce IAM: Pulumi runs as the deployer and muster as the operator, each with its own
policy of docs/iam.md, and the functions have their execution roles.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout, copy_checkout

SPEED = "10"
"""The twin's services are ten times as fast as AWS's."""


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One system for all tests that restore its state."""
    yield from _deployed(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def own_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A system for one module, which may change it."""
    yield from _deployed(tmp_path_factory.mktemp("own"))


def _deployed(folder: Path) -> Iterator[Checkout]:
    copy = copy_checkout(folder)
    try:
        copy.run("make", "up", "INSTANCE=auto", f"SPEED={SPEED}", "ENFORCE_IAM=1").ok()
        yield copy
    finally:
        copy.run("make", "down", within_s=60).ok()
