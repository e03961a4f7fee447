"""What the commands of `muster restore` do to a table."""

import pytest

from muster.restore.moments import format_utc
from tests.unit.muster.cli.builders import Capture, changing_calls, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.damaged_table import AFTER, BEFORE, BEGIN, TABLE, damaged, item, run
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON


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


@pytest.mark.parametrize("region", [FRANKFURT, OREGON])
def test_nothing_is_written_while_a_drill_runs(
    on_twin: CommandLine, capsys: Capture, region: str
) -> None:
    """The lease is in the home Region, wherever the table is restored."""
    damaged(on_twin)
    on_twin.aws.replicates = False
    run(on_twin, f"{BEGIN} --region {region} --start", capsys)
    run(on_twin, "restore compare one", capsys)
    hold_lease(on_twin)

    code, _, errors = on_twin.main("restore apply one --write", capsys)

    assert code == 3
    assert "a drill is under way" in errors
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


CHANGES = (f"{BEGIN} --start", "restore apply one --write", "restore clean one --write")


@pytest.mark.parametrize("line", CHANGES)
def test_credentials_of_another_account_change_nothing(
    on_aws: CommandLine, line: str, capsys: Capture
) -> None:
    prepare_change(on_aws, line, capsys)
    on_aws.aws.account = "210987654321"

    code, _, errors = on_aws.main(f"{line} --yes", capsys)

    assert (code, "of account 210987654321" in errors) == (2, True), errors
    assert changing_calls(on_aws) == []


@pytest.mark.parametrize("line", CHANGES)
def test_aws_is_changed_only_after_a_confirmation(
    on_aws: CommandLine, line: str, capsys: Capture
) -> None:
    prepare_change(on_aws, line, capsys)

    code, _, errors = on_aws.main(line, capsys)

    assert (code, "give --yes" in errors) == (2, True), errors
    assert changing_calls(on_aws) == []


def prepare_change(where: CommandLine, line: str, capsys: Capture) -> None:
    """Do what comes before this step of a restore, and forget its calls."""
    damaged(where)
    if line != CHANGES[0]:
        run(where, f"{CHANGES[0]} --yes", capsys)
        run(where, "restore compare one", capsys)
    where.aws.calls.clear()


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
