"""`muster restore`."""

import asyncio
import json
from typing import Any

import pytest

from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.run.lease import DynamoDBLeaseTable, Lease
from muster.restore.moments import format_utc
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import Item
from tests.unit.muster.restore.fake_tables import FakeTables
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, make_stack

TABLE = make_stack().table
BEFORE = f"{TABLE}-restore-one-before"
AFTER = f"{TABLE}-restore-one-after"


def item(key: str, name: str) -> Item:
    return {"item_id": {"S": key}, "name": {"S": name}}


def damaged(where: CommandLine) -> FakeTables:
    """An item was deleted and another one overwritten, between 20 and 10 minutes ago."""
    now_s = where.aws.clock.now()
    good = {"a": item("a", "good"), "b": item("b", "good"), "c": item("c", "good")}
    bad = {"b": item("b", "bad"), "c": item("c", "good")}
    tables = FakeTables(
        clock=where.aws.clock,
        tables={TABLE: dict(bad)},
        histories={TABLE: [(now_s - 3600, good), (now_s - 900, bad)]},
    )
    where.aws.parts.append(tables)
    return tables


BEGIN = "restore begin items --before 20m --after 10m --name one"


def run(where: CommandLine, line: str, capsys: Capture) -> dict[str, Any]:
    code, output, errors = where.main(f"{line} --json", capsys)
    assert code == 0, errors
    document: dict[str, Any] = json.loads(output)
    return document


def hold_lease(where: CommandLine) -> None:
    """Another operator's drill runs."""
    lease = Lease(
        run="r1",
        scenario="evacuate",
        by="ops",
        host="laptop",
        until=where.aws.clock.now() + 60,
        found=DrillBaseline(),
        touched=DrillChanges(),
    )
    leases = DynamoDBLeaseTable(where.aws.clients(), CONTROL_TABLE)
    assert asyncio.run(leases.write(FRANKFURT, lease, over=None))


def test_a_restore_from_begin_to_clean(on_twin: CommandLine, capsys: Capture) -> None:
    tables = damaged(on_twin)

    begun = run(on_twin, f"{BEGIN} --start", capsys)
    compared = run(on_twin, "restore compare one", capsys)
    dry = run(on_twin, "restore apply one", capsys)
    before = dict(tables.tables[TABLE])
    applied = run(on_twin, "restore apply one --write", capsys)
    cleaned = run(on_twin, "restore clean one --write", capsys)

    now_s = on_twin.aws.clock.now()
    assert begun["restores"]["before"]["table"] == BEFORE
    assert begun["restores"]["before"]["at"] <= format_utc(now_s - 1200)
    assert compared["findings"] == {
        "deleted": 1,
        "overwritten": 1,
        "added": 0,
        "back": 0,
        "newer": 0,
        "expired": 0,
    }
    assert (dry["to_write"], dry["applied"]) == (2, False)
    assert before["b"] == item("b", "bad")
    assert applied["outcomes"] == {"written": 2, "back": 0, "newer": 0, "too-long": 0}
    assert {key: one["name"]["S"] for key, one in tables.tables[TABLE].items()} == {
        "a": "good",
        "b": "good",
        "c": "good",
    }
    assert cleaned["tables"] == [AFTER, BEFORE]
    assert list(tables.tables) == [TABLE]


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


def test_without_start_or_write_nothing_is_changed(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)
    run(on_twin, BEGIN, capsys)
    assert not on_twin.aws.made("RestoreTableToPointInTime")
    run(on_twin, f"{BEGIN} --start", capsys)
    run(on_twin, "restore compare one", capsys)

    run(on_twin, "restore apply one", capsys)
    run(on_twin, "restore clean one", capsys)

    assert not on_twin.aws.made("PutItem") + on_twin.aws.made("DeleteTable")


def test_aws_is_changed_only_after_a_confirmation(on_aws: CommandLine, capsys: Capture) -> None:
    damaged(on_aws)

    code, _, errors = on_aws.main(f"{BEGIN} --start", capsys)

    assert code == 2
    assert "give --yes" in errors
    assert not on_aws.aws.made("RestoreTableToPointInTime")
    assert on_aws.main(f"{BEGIN} --start --yes", capsys)[0] == 0


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("restore begin items --before 1m", 3, "the latest time that can be restored now"),
        ("restore begin items --before 2h", 3, "the earliest"),
        ("restore begin items --before noon", 2, "--before"),
        ("restore begin items --before 20m --name A/B", 2, "--name"),
        ("restore begin items --before 20m --region ap-south-1", 2, "ap-south-1"),
        (f"restore begin {CONTROL_TABLE} --before 20m", 3, "health switches"),
        ("restore begin others --before 20m", 3, "not a service"),
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


def test_nothing_is_written_while_a_drill_runs(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)
    run(on_twin, f"{BEGIN} --start", capsys)
    run(on_twin, "restore compare one", capsys)
    hold_lease(on_twin)

    code, _, errors = on_twin.main("restore apply one --write", capsys)

    assert code == 3
    assert "a drill is running" in errors
    assert [call.given["TableName"] for call in on_twin.aws.made("PutItem")] == [CONTROL_TABLE]


def test_nothing_is_written_while_a_replica_is_not_active(
    on_twin: CommandLine, capsys: Capture
) -> None:
    tables = damaged(on_twin)
    run(on_twin, f"{BEGIN} --start", capsys)
    run(on_twin, "restore compare one", capsys)
    tables.replicas = [{"RegionName": OREGON, "ReplicaStatus": "REGION_DISABLED"}]

    code, _, errors = on_twin.main("restore apply one --write", capsys)

    assert (code, "us-west-2 is REGION_DISABLED" in errors) == (3, True)


def test_a_restore_of_another_account_is_left_alone(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)
    run(on_twin, f"{BEGIN} --start", capsys)
    journal = on_twin.folder / ".muster/restores/one/journal.jsonl"
    journal.write_text(journal.read_text().replace("123456789012", "210987654321"))

    code, _, errors = on_twin.main("restore clean one --write", capsys)

    assert (code, "not of this stack" in errors) == (3, True)


def test_reading_and_writing_keep_to_their_rates(on_twin: CommandLine, capsys: Capture) -> None:
    damaged(on_twin)
    run(on_twin, f"{BEGIN} --start", capsys)
    clock = on_twin.aws.clock

    began_s = clock.monotonic()
    run(on_twin, "restore compare one --units-per-s 0.1", capsys)
    read_s = clock.monotonic() - began_s
    run(on_twin, "restore apply one --write --units-per-s 0.1", capsys)
    written_s = clock.monotonic() - began_s - read_s

    assert read_s == pytest.approx(5 * 4)  # seven pages, three of them last ones, at half a unit
    assert written_s == pytest.approx(2 * 10)
