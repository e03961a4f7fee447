"""Control processes of a test's own, and one that the tests of a module share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.twin.control.control_process import ControlProcess, running_control
from twin.settings import TwinSettings


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlProcess]:
    """A control process; `--speed 100`."""
    process = ControlProcess(tmp_path, TwinSettings(speed=100))
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlProcess]:
    """A control process with an edge."""
    with running_control(tmp_path_factory.mktemp("control")) as process:
        yield process
