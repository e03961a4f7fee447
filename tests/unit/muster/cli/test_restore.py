"""`muster restore`."""

import pytest

from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.damaged_table import BEFORE, BEGIN, damaged, run
from tests.unit.muster.sample_stack import CONTROL_TABLE


def test_each_command_says_which_is_the_next(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)

    lines = [
        on_twin.main(line, capsys)[1]
        for line in (
            BEGIN,
            f"{BEGIN} --start",
            "restore compare one",
            "restore apply one",
            "restore apply one --write",
            "restore list",
            "restore clean one",
        )
    ]

    expected = [
        "not started: give --start",
        "next: muster restore compare one",
        "next: muster restore apply one",
        "2 items to write; nothing written: give --write",
        "and then clean one",
        BEFORE,
        "nothing deleted: give --write",
    ]
    assert [words in text for words, text in zip(expected, lines, strict=True)] == [True] * 7


def test_after_every_item_is_back_the_next_command_is_clean(
    on_twin: CommandLine, capsys: Capture
) -> None:
    damaged(on_twin)
    run(on_twin, f"{BEGIN} --start", capsys)
    run(on_twin, "restore compare one", capsys)
    run(on_twin, "restore apply one --write", capsys)

    _, printed, _ = on_twin.main("restore compare one", capsys)

    assert "next: muster restore clean one" in printed


def test_without_start_or_write_nothing_is_changed(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)
    run(on_twin, BEGIN, capsys)
    assert not on_twin.aws.made("RestoreTableToPointInTime")
    run(on_twin, f"{BEGIN} --start", capsys)
    run(on_twin, "restore compare one", capsys)

    run(on_twin, "restore apply one", capsys)
    run(on_twin, "restore clean one", capsys)

    assert not on_twin.aws.made("PutItem") + on_twin.aws.made("DeleteTable")


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("restore begin items --before 1m", 3, "the latest time that can be restored now"),
        ("restore begin items --before 2h", 3, "the earliest"),
        ("restore begin items --before noon", 2, "--before"),
        ("restore begin items --before 20m --name A/B", 2, "--name"),
        ("restore begin items --before 20m --region ap-south-1", 2, "ap-south-1"),
        (f"restore begin {CONTROL_TABLE} --before 20m", 3, "health switches"),
        ("restore begin others --before 20m", 2, "not a service"),
        ("restore compare nothing", 2, "no restore nothing"),
        ("restore apply nothing", 2, "no restore nothing"),
    ],
)
def test_what_cannot_be_restored_is_refused_before_anything_is_made(
    on_twin: CommandLine, capsys: Capture, line: str, code: int, words: str
) -> None:
    damaged(on_twin)

    ended, _, errors = on_twin.main(line, capsys)

    assert (ended, words in errors) == (code, True), errors
    assert not on_twin.aws.made("RestoreTableToPointInTime")
    assert not (on_twin.folder / ".muster").exists()
