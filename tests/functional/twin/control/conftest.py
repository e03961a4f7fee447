"""Fixtures: a control process, fresh for a test or shared by a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.twin.control.control_process import ControlProcess, FakeEdge
from twin.settings import TwinSettings


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlProcess]:
    """A control process of the test's own; `--speed 100`."""
    process = ControlProcess(tmp_path, TwinSettings(speed=100))
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process that the module's tests share, with an edge."""
    process = ControlProcess(tmp_path_factory.mktemp("control"), TwinSettings(speed=100))
    process.start()
    edge = FakeEdge(process)
    yield process
    edge.close()
    process.kill()
