"""The `twin` command line: its help, and how errors end."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.command_help import find_unclear_helps
from twin.cli.main import COMMANDS, cli, main
from twin.runtime.instance import Instance


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_help(
    command: str, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"], instance) == 0

    assert capsys.readouterr().out.startswith(f"Usage: twin {command}")


def test_a_wrong_command_line_ends_with_2(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["dance"], instance) == 2
    assert "No such command 'dance'" in capsys.readouterr().err
    assert main(["up", "--instance", "many"], instance) == 2
    assert capsys.readouterr().err == "twin: --instance many: neither a number nor auto\n"


@pytest.mark.parametrize("group", [[], ["region"], ["control"], ["replication"], ["network"]])
def test_no_line_of_help_is_cut_at_80_columns(
    group: list[str], instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*group, "--help"], instance) == 0

    _usage, _, rest = capsys.readouterr().out.partition("\n")
    assert "..." not in rest


def test_an_error_of_its_own_is_one_line_and_a_traceback_in_a_log(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.home.mkdir(parents=True)
    (instance.home / "twin.lock").touch()  # makes the folder a twin's
    instance.run_dir.touch()

    assert main(["up"], instance) == 70

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("twin: this should not happen: FileExistsError")
    assert lines[1] == f"  traceback: {instance.logs_dir}/cli.log"
    assert "Traceback" in (instance.logs_dir / "cli.log").read_text()


def test_status_imports_nothing_big() -> None:
    program = (
        "import sys; from twin.cli.main import main; main(['status', '--json']);"
        "print([m for m in ('rich', 'boto3', 'aiohttp', 'moto', 'yaml') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"TWIN_HOME": "/nonexistent"},
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_projects_and_tells_the_build(
    instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Path(__file__).parents[4] / "pyproject.toml"
    version = tomllib.loads(project.read_text())["project"]["version"]

    assert main(["--version"], instance) == 0
    assert re.fullmatch(rf"twin {re.escape(version)}\+[0-9a-f]{{8}}\n", capsys.readouterr().out)


def test_help_fits_into_80_columns_and_names_what_is_meant() -> None:
    assert list(find_unclear_helps(cli, "twin")) == []
