"""`.twin/env` and the launchers, in every installed shell."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.local.shell import twin_variables, write_shell_files
from twin.runtime.instance import Instance

ROOT = Path(__file__).resolve().parents[4]
SHELLS = [name for name in ("sh", "bash", "dash", "zsh", "busybox") if shutil.which(name)]


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    made = Instance(tmp_path / "it's a home", 16)
    write_shell_files(made, ROOT, "eu-central-1")
    return made


def sourced(instance: Instance, program: str, command: str, times: int = 1, **more: str) -> str:
    argv = [program, "sh"] if program == "busybox" else [program]
    source = f'. "{instance.home}/env"; ' * times
    done = subprocess.run(
        [*argv, "-c", f"set -eu; {source}{command}"],
        env={"PATH": "/usr/bin:/bin", "AWS_PROFILE": "real", "AWS_SESSION_TOKEN": "real", **more},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_points_every_tool_at_the_twin(instance: Instance, program: str) -> None:
    lines = sourced(instance, program, "env").splitlines()
    environment = dict(line.split("=", 1) for line in lines)

    for name, value in twin_variables(instance, "eu-central-1").items():
        assert environment[name] == value
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4582"
    assert environment["AWS_REGION"] == "eu-central-1"
    assert environment["AWS_PAGER"] == ""
    assert "AWS_PROFILE" not in environment
    assert "AWS_SESSION_TOKEN" not in environment


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_twice_changes_path_once(instance: Instance, program: str) -> None:
    path = sourced(instance, program, 'echo "$PATH"', times=2).strip()

    assert path.split(":") == [
        f"{instance.home}/bin",
        f"{ROOT}/.venv/bin",
        f"{ROOT}/.tools/bin",
        "/usr/bin",
        "/bin",
    ]


@pytest.mark.parametrize("program", SHELLS)
def test_sourcing_twice_adds_the_twin_to_no_proxy_once(instance: Instance, program: str) -> None:
    both = 'echo "$no_proxy $NO_PROXY"'
    alone = sourced(instance, program, both, times=2)
    beside = sourced(instance, program, both, times=2, NO_PROXY="intra.example")

    here = "127.0.0.1,localhost,127.0.0.0/8"
    assert alone.split() == [here, here]
    assert beside.split() == [f"{here},intra.example"] * 2


def test_the_launcher_works_from_any_folder(instance: Instance) -> None:
    output = sourced(instance, "sh", "twin status || true")

    assert output.startswith("twin 16  http://127.0.0.1:4582")
    assert "nothing runs" in output


def test_a_launcher_uses_its_own_twin_without_the_env_file(instance: Instance) -> None:
    (instance.home / "instance").write_text("16\n")

    done = subprocess.run(
        [instance.home / "bin" / "twin", "status"],
        env={"PATH": "/usr/bin:/bin"},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.startswith("twin 16 ")
    assert done.returncode == 1


def test_the_operators_tool_is_on_path_and_finds_the_twins_outputs(instance: Instance) -> None:
    output = sourced(instance, "sh", 'command -v muster; echo "$MUSTER_OUTPUTS"; muster --help')

    assert output.splitlines()[:2] == [
        f"{instance.home}/bin/muster",
        f"{instance.home}/outputs.json",
    ]
    assert "Usage: muster" in output
