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


def test_the_help_of_a_parameter_has_its_choices(on_aws: CommandLine, capsys: Capture) -> None:
    _, output, _ = on_aws.main("drill run region-loss --help", capsys)

    assert "One of region-kill, region-freeze, network-cut, throttle. [default:" in " ".join(
        output.split()
    )


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


def test_the_parameters_of_a_scenario_are_completed(tmp_path: Path) -> None:
    assert complete("muster drill run evacuate", "--ho", tmp_path) == ["--hold"]
    assert complete("muster drill plan region-loss", "--fau", tmp_path) == ["--fault"]
    assert complete("muster drill run", "--ho", tmp_path) == []


def test_values_of_parameters_are_completed(on_aws: CommandLine) -> None:
    """Choices, and the Regions of the outputs; a duration has nothing to offer."""
    on_aws.context()
    run = f"muster --outputs {on_aws.folder}/out.json drill run"

    assert complete(f"{run} evacuate --region", "us", on_aws.folder) == ["us-west-2"]
    assert complete("muster drill run region-loss --fault", "region", on_aws.folder) == [
        "region-kill",
        "region-freeze",
    ]
    assert complete("muster drill run evacuate --hold", "", on_aws.folder) == []


def test_dials_are_completed_region_by_region(on_aws: CommandLine) -> None:
    on_aws.context()
    run = f"muster --outputs {on_aws.folder}/out.json drill run shift --dials"

    assert complete(run, "", on_aws.folder) == ["eu-central-1=", "us-west-2="]
    assert complete(run, "us-west-2=30,", on_aws.folder) == ["us-west-2=30,eu-central-1="]
    assert complete(run, "us-west-2=30", on_aws.folder) == []


def test_an_own_scenario_s_parameters_are_completed(tmp_path: Path) -> None:
    shipped = Path(__file__).parents[5] / "muster/scenarios/shift.yaml"

    assert complete(f"muster drill run {shipped}", "--dia", tmp_path) == ["--dials"]
    assert complete("muster drill run nosuch", "--dia", tmp_path) == []
