"""A deployed copy of the checkout for the tests that share one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout, copy_checkout

SPEED = "10"


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One system for the tests that leave it as they found it; services ten times as fast."""
    yield from _deployed(tmp_path_factory.mktemp("deployed"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A system for one module, to change as it likes."""
    yield from _deployed(tmp_path_factory.mktemp("own"))


def _deployed(folder: Path) -> Iterator[Checkout]:
    copy = copy_checkout(folder)
    try:
        copy.run("make", "up", "INSTANCE=auto", f"SPEED={SPEED}").ok()
        yield copy
    finally:
        copy.run("make", "down", within_s=60).ok()
