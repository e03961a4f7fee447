"""Completion scripts, and what they offer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.muster.cli.command_line import CommandLine

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(
    on_aws: CommandLine, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output, _ = on_aws.main(f"completion {shell}", capsys)

    assert code == 0
    assert f"_MUSTER_COMPLETE={shell}_complete" in output


def complete(line: str, incomplete: str, folder: Path) -> list[str]:
    """The words that bash would offer."""
    done = subprocess.run(
        [sys.executable, "-m", "muster"],
        env={
            "_MUSTER_COMPLETE": "bash_complete",
            "COMP_WORDS": f"{line} {incomplete}",
            "COMP_CWORD": str(len(line.split())),
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [offer.partition(",")[2] for offer in done.stdout.split()]


def test_commands_and_regions_are_completed(on_aws: CommandLine) -> None:
    on_aws.context()
    file = on_aws.folder / "out.json"

    assert complete("muster", "d", on_aws.folder) == ["doctor", "dial", "dns", "drill"]
    assert complete(f"muster --outputs {file} dial", "us", on_aws.folder) == ["us-west-2"]
    assert complete("muster dial", "us", on_aws.folder) == []
