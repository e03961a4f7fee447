"""Surroundings for the commands."""

from pathlib import Path

import pytest

from tests.unit.muster.cli.surroundings import Surroundings


@pytest.fixture
def on_aws(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path)


@pytest.fixture
def on_twin(tmp_path: Path) -> Surroundings:
    return Surroundings(tmp_path, twin=True)
