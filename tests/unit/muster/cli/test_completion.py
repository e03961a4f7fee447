"""Completion scripts, and what they offer."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from common.files.file_lock import FileLock
from muster.drill.journal.run_folders import RunFolder
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.report.sample_runs import interrupted_evacuation, region_loss
from tests.unit.muster.report.staged_run import write_run_folder

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(
    on_aws: CommandLine, shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output, _ = on_aws.main(f"completion {shell}", capsys)

    assert code == 0
    assert f"_MUSTER_COMPLETE={shell}_complete" in output


BASH = """
eval "$(muster completion bash)"
COMP_LINE="muster drill run region-l" COMP_POINT=25
_muster_completion muster region-l
printf '%s\\n' "${COMPREPLY[@]}"
"""


def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    muster = tmp_path / "muster"
    muster.write_text(f'#!/bin/sh\nexec {sys.executable} -m muster "$@"\n')
    muster.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        ["/bin/bash", "-c", BASH],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["region-loss"]


@pytest.mark.parametrize(
    ("shell", "words", "answer"),
    [
        ("zsh", "muster drill run region-l", "plain\nregion-loss\nLose a Region"),
        ("fish", "muster drill run", "plain,region-loss\tLose a Region"),
    ],
)
def test_zsh_and_fish_are_told_what_each_word_means(
    shell: str, words: str, answer: str, tmp_path: Path
) -> None:
    environ = {
        "_MUSTER_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": "3" if shell == "zsh" else "region-l",
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }

    done = subprocess.run(
        [sys.executable, "-m", "muster"],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert answer in done.stdout


def complete(line: str, incomplete: str, folder: Path) -> list[str]:
    """The words that bash would offer."""
    return [offer.partition(",")[2] for offer in offers(line, incomplete, folder)]


def offers(line: str, incomplete: str, folder: Path) -> list[str]:
    """What bash is told: kind and word."""
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
    return done.stdout.split()


def test_commands_and_regions_are_completed(on_aws: CommandLine) -> None:
    on_aws.context()
    file = on_aws.folder / "out.json"

    assert complete("muster", "d", on_aws.folder) == ["doctor", "dial", "dns", "drill"]
    assert complete(f"muster --outputs {file} dial", "us", on_aws.folder) == ["us-west-2"]
    assert complete("muster dial", "us", on_aws.folder) == []


def test_guards_and_faults_are_completed(tmp_path: Path) -> None:
    assert complete("muster drill rollback --force", "last-healthy-r", tmp_path) == [
        "last-healthy-region",
        "last-healthy-record",
    ]
    assert complete("muster fault inject", "region-", tmp_path) == ["region-kill", "region-freeze"]


def test_only_unfinished_runs_without_a_process_can_be_taken_up_again(tmp_path: Path) -> None:
    over = write_run_folder(region_loss(), tmp_path / ".muster").name
    left = write_run_folder(interrupted_evacuation(), tmp_path / ".muster").name
    under_way = RunFolder(tmp_path / ".muster" / "2026-11-20T10-00-00-evacuate")
    shutil.copytree(tmp_path / ".muster" / left, under_way.path)

    with FileLock.acquire(under_way.journal):
        assert complete("muster drill resume", "2026", tmp_path) == [left]
        assert complete("muster drill rollback", "2026", tmp_path) == [left]
        assert complete("muster drill watch", "2026", tmp_path) == [over, left, under_way.name]
        for command in ("approve", "mark words"):  # a killed run takes marks, too
            offered = complete(f"muster drill {command}", "2026", tmp_path)
            assert offered == [left, under_way.name]


def test_a_scenario_is_completed_as_a_file_where_no_name_begins_so(tmp_path: Path) -> None:
    assert complete("muster drill plan", "region-l", tmp_path) == ["region-loss"]
    assert offers("muster drill plan", "./ha", tmp_path) == ["file,./ha"]
    assert offers("muster report --trend", "./ha", tmp_path) == []
