"""Command lines on AWS and on a twin."""

from pathlib import Path

import pytest

from tests.unit.muster.cli.command_line import CommandLine


@pytest.fixture
def on_aws(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path)


@pytest.fixture
def on_twin(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, twin=True)
