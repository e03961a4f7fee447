"""Variables of `make up` that can't be meant are refused before anything is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from common.command.exit_codes import ExitCode
from tools.local import make_variables
from tools.local.make_variables import MakeVariables, WrongVariable, main, parse_variables
from twin.cli.lifecycle_commands import AUTO
from twin.errors import SettingsError
from twin.runtime.instance import MAX_INSTANCE
from twin.settings import TwinSettings, check_settings

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("SPEED", text) for text in ("fast", "0", "-1", "nan", "inf", "1001", "1,5")),
        *(("INSTANCE", text) for text in ("20", "-1", "one", "Auto", "1.0")),
        *(("ENFORCE_IAM", text) for text in ("2", "yes", "true")),
        ("DURING_DRILL", "yes"),
        ("DELETE_REGIONS", "us-west-2"),
        ("DELETE_TABLES", "all"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(
    name: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([f"{name}={value}"]) == ExitCode.WRONG_USAGE

    assert capsys.readouterr().err.startswith(f"error: {name}={value}: must be ")


def test_what_is_not_given_stays_open() -> None:
    names = ("INSTANCE", "SPEED", "ENFORCE_IAM", "DURING_DRILL", "DELETE_REGIONS", "DELETE_TABLES")

    assert parse_variables(dict.fromkeys(names, "")) == parse_variables({}) == MakeVariables()
    given = {"INSTANCE": "auto", "SPEED": "20", "ENFORCE_IAM": "0", "DURING_DRILL": "1"}
    given |= {"DELETE_REGIONS": "1", "DELETE_TABLES": "1"}
    assert parse_variables(given) == MakeVariables(
        instance="auto",
        speed=20.0,
        enforce_iam=False,
        during_drill=True,
        delete_regions=True,
        delete_tables=True,
    )


def test_its_limits_are_those_of_the_twin() -> None:
    assert (make_variables.AUTO, make_variables.MAX_INSTANCE) == (AUTO, MAX_INSTANCE)
    check_settings(TwinSettings(speed=make_variables.MAX_SPEED))
    with pytest.raises(SettingsError):
        check_settings(TwinSettings(speed=make_variables.MAX_SPEED + 1))
    with pytest.raises(WrongVariable):
        parse_variables({"SPEED": f"{make_variables.MAX_SPEED + 1}"})
    assert make_variables.EXIT_WRONG_USAGE == ExitCode.WRONG_USAGE


def test_it_runs_without_anything_installed() -> None:
    """`-I -S`: the standard library alone."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tools.local.make_variables"

    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True)
