"""An instance that does not run."""

from pathlib import Path

import pytest

from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / "home", 16)
