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
    """One system for all tests that restore its state, with the accelerator alone.

    Drills on it send one door's requests, so that two cores can answer them on time.
    """
    yield from _deployed(tmp_path_factory.mktemp("deployed"), doors="accelerator")


@pytest.fixture(scope="module")
def own_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A system for one module, which may change it, with both front doors."""
    yield from _deployed(tmp_path_factory.mktemp("own"), doors="")


def _deployed(folder: Path, *, doors: str) -> Iterator[Checkout]:
    """`doors`: the front doors, if other ones than the checkout's."""
    copy = copy_checkout(folder)
    if doors:
        listed = f"front_doors:\n    - {doors}\n"
        copy.edit("Pulumi.local.yaml", r"front_doors:\n(    - \w+\n)+", listed)
        copy.edit("Pulumi.local.yaml", r"^  muster:dns_domain: .*\n", "")
        copy.commit(f"Keep {doors} alone")
    try:
        copy.run("make", "up", "INSTANCE=auto", f"SPEED={SPEED}", "ENFORCE_IAM=1").ok()
        yield copy
    finally:
        copy.run("make", "down", within_s=60).ok()
