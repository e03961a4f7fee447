"""What `twin completion` offers."""

import subprocess
import sys
from pathlib import Path

import pytest

from twin.cli.main import main
from twin.runtime.instance import Instance

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(
    instance: Instance, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell], instance) == 0

    assert f"_TWIN_COMPLETE={shell}_complete" in capsys.readouterr().out


def complete(line: str, incomplete: str, home: Path, shell: str = "bash") -> list[str]:
    """The words that a shell would offer."""
    done = subprocess.run(
        [sys.executable, "-m", "twin"],
        env={
            "_TWIN_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": f"{line} {incomplete}",
            "COMP_CWORD": str(len(line.split())) if shell == "bash" else incomplete,
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
            "TWIN_HOME": str(home),
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    offers = filter(None, done.stdout.splitlines())
    return [offer.split(",", 1)[1].partition("\t")[0] for offer in offers]


@pytest.mark.parametrize(
    ("line", "incomplete", "offered"),
    [
        ("twin", "re", ["region", "replication"]),
        ("twin region", "k", ["kill"]),
        ("twin region kill", "us", ["us-west-2"]),
        ("twin network cut", "", ["eu-central-1", "us-west-2"]),
        ("twin replication pause", "eu", ["eu-central-1"]),
        ("twin logs", "e", ["edge", "eu-central-1"]),
        ("twin curl --from", "s", ["Stockholm", r"San\\ Francisco", r"São\\ Paulo"]),
        ("twin up --home-city", "Por", ["Portland"]),
        ("twin up --resolver-city", "tok", ["Tokyo"]),
        ("twin completion", "z", ["zsh"]),
    ],
)
def test_names_are_completed(
    line: str, incomplete: str, offered: list[str], instance: Instance
) -> None:
    for region in ("us-west-2", "eu-central-1"):
        instance.region_state(region).mkdir(parents=True)

    found = complete(line, incomplete, instance.home)

    assert found[: len(offered)] == offered


def test_a_shell_that_quotes_itself_gets_the_bare_name(instance: Instance) -> None:
    assert complete("twin curl --from", "new", instance.home, "fish") == ["New York"]


def test_without_a_home_no_region_is_offered(tmp_path: Path) -> None:
    assert complete("twin region kill", "", tmp_path / "none") == []
