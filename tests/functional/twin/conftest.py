"""A control process of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.twin.control.control_process import ControlProcess
from twin.settings import TwinSettings


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlProcess]:
    """A control process; `--speed 100`."""
    process = ControlProcess(tmp_path, TwinSettings(speed=100))
    process.start()
    yield process
    process.kill()
