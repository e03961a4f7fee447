"""Help and completion of commands that take a scenario."""

from pathlib import Path

import pytest

from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.test_completion import complete


@pytest.mark.parametrize("command", ["run", "plan"])
def test_the_help_of_a_scenario_has_its_parameters(
    on_aws: CommandLine, command: str, capsys: Capture
) -> None:
    code, output, _ = on_aws.main(f"drill {command} evacuate --help", capsys)

    words = " ".join(output.split())
    assert code == 0
    assert "Parameters of evacuate:" in output
    assert "--region REGION" in words
    assert "[required]" in words
    assert "--hold DURATION" in words
    assert "[default: " in words


def test_the_parameters_of_an_own_scenario_s_file_are_shown(
    on_aws: CommandLine, capsys: Capture
) -> None:
    shipped = Path(__file__).parents[5] / "muster/scenarios/shift.yaml"

    _, output, _ = on_aws.main(f"drill run {shipped} --help", capsys)

    assert "Parameters of shift:" in output
    assert "--dials DIALS" in output


@pytest.mark.parametrize("line", ["drill run --help", "drill run nosuch --help"])
def test_without_a_scenario_the_help_is_the_command_s(
    on_aws: CommandLine, line: str, capsys: Capture
) -> None:
    code, output, _ = on_aws.main(line, capsys)

    assert code == 0
    assert "Usage: muster drill run" in output
    assert "Parameters of" not in output


def test_scenarios_are_completed(tmp_path: Path) -> None:
    assert complete("muster drill run", "evacuate-", tmp_path) == [
        "evacuate-by-health",
        "evacuate-by-weight",
    ]
    assert complete("muster drill plan", "region-l", tmp_path) == ["region-loss"]
