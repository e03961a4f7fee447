"""What the rollout's command line refuses before it updates anything."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from muster.deployment import Deployment
from tests.unit.muster.cli.builders import hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tools.rollout.__main__ import main


@pytest.fixture
def where(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path, twin=True)


def roll_out(where: CommandLine, *options: str) -> Result:
    def open_stack(_name: str) -> Deployment:
        return where.context().open_deployment()

    return CliRunner().invoke(main, ["--stack", "local", *options], obj=open_stack)


def test_it_is_refused_while_a_drill_is_under_way(where: CommandLine) -> None:
    hold_lease(where)

    result = roll_out(where)

    assert result.exit_code == 3
    assert result.stderr.startswith("error: a drill is under way: r1 ")
    assert "watch it: `muster drill watch`" in result.stderr
    assert result.stdout == ""


def test_a_wrong_region_is_told_before_anything_is_asked(where: CommandLine) -> None:
    hold_lease(where)

    result = roll_out(where, "--first", "mars-1")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "no Region of the stack: mars-1" in result.stderr
