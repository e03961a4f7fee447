"""Records of changes by hand."""

from pathlib import Path

import pytest

from muster import codec
from muster.aws.clients import AwsClients
from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import SetDial, SetSwitch
from muster.errors import AccountError
from muster.hand.record import (
    EARLIER,
    ITEM_ID,
    RECORD_FILE,
    HandChange,
    HandRecord,
    recorded_texts,
)
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import FRANKFURT, OREGON, make_stack

FORCED = GuardVerdict(guard="dial-step", ruling="ok", reason="a turn of 100", forced=True)


def make_change(**more: object) -> HandChange:
    fields: dict[str, object] = {
        "at": 1_800_000_000.0,
        "by": "ann@desk",
        "host": "desk",
        "do": SetDial(region=OREGON, percent=0.0),
        "words": "dial of us-west-2 to 0 %",
        "forced": (FORCED,),
        "outcome": "done",
        **more,
    }
    return HandChange(**fields)  # type: ignore[arg-type]  # free-form fields of a test


def make_record(runs: Path, aws: FakeAws, notes: list[str]) -> HandRecord:
    return HandRecord(runs, aws.clients(), make_stack(), notes.append)


async def test_each_change_is_a_line_and_the_newest_ones_are_in_the_control_table(
    tmp_path: Path,
) -> None:
    aws, notes = FakeAws(), list[str]()
    record = make_record(tmp_path / "runs", aws, notes)
    first, second = make_change(), make_change(do=SetSwitch(region=OREGON, status="fail"))

    await record.write(first)
    await record.write(second)

    lines = (tmp_path / "runs" / RECORD_FILE).read_text().splitlines()
    assert [codec.loads(HandChange, line) for line in lines] == [first, second]
    item = aws.tables[FRANKFURT][ITEM_ID]
    assert codec.loads(HandChange, item["change"]["S"]) == second
    assert [codec.loads(HandChange, text) for text in recorded_texts(item)] == [second, first]
    assert notes == []


def test_records_are_where_other_versions_of_the_tool_look_for_them() -> None:
    assert (RECORD_FILE, ITEM_ID) == ("hand-changes.jsonl", "hand#last")


def test_a_record_of_an_older_tool_has_no_end() -> None:
    older = codec.dumps(make_change(ended_at=7.0)).replace('"ended_at":7.0,', "")

    assert "ended_at" not in older
    assert codec.loads(HandChange, older).ended_at == 0.0


async def test_the_control_table_keeps_the_last_ten_changes(tmp_path: Path) -> None:
    aws, notes = FakeAws(), list[str]()
    record = make_record(tmp_path, aws, notes)

    for second in range(EARLIER + 3):
        await record.write(make_change(at=float(second)))

    texts = recorded_texts(aws.tables[FRANKFURT][ITEM_ID])
    ages = [codec.loads(HandChange, text).at for text in texts]
    assert ages == list(range(EARLIER + 2, 1, -1))
    assert notes == []


async def test_another_region_takes_the_item_when_home_does_not_answer(tmp_path: Path) -> None:
    aws, notes = FakeAws(down={FRANKFURT}, replicates=False), list[str]()

    await make_record(tmp_path, aws, notes).write(make_change())

    assert ITEM_ID in aws.tables[OREGON]
    assert notes == []


async def test_another_region_is_not_asked_when_home_refuses_the_item(tmp_path: Path) -> None:
    aws, notes = FakeAws(), list[str]()
    aws.fail("PutItem", FakeFailure("AccessDeniedException"))

    await make_record(tmp_path, aws, notes).write(make_change())

    assert [call.region for call in aws.made("PutItem")] == [FRANKFURT]
    (note,) = notes
    assert "AccessDeniedException" in note


@pytest.mark.parametrize("kept", ["file", "table"])
async def test_what_can_not_be_recorded_is_a_note(tmp_path: Path, kept: str) -> None:
    aws, notes = FakeAws(), list[str]()
    if kept == "file":
        aws.down = {"dynamodb"}
    runs = tmp_path if kept == "file" else tmp_path / "no-folder"
    (tmp_path / "no-folder").write_text("in the way")

    await make_record(runs, aws, notes).write(make_change())

    (note,) = notes
    assert note.startswith("the change is not recorded")
    assert (ITEM_ID in aws.tables[FRANKFURT], (tmp_path / RECORD_FILE).exists()) == (
        (kept == "table", kept == "file")
    )


class SignedOutClients(AwsClients):
    """Clients whose credentials have ended since the change was made."""

    async def call(self, *_arguments: object, **_given: object) -> object:
        raise AccountError("the credentials have expired")


async def test_ended_credentials_cost_the_item_and_not_the_change(tmp_path: Path) -> None:
    notes = list[str]()

    await HandRecord(tmp_path, SignedOutClients(), make_stack(), notes.append).write(make_change())

    (note,) = notes
    assert note.endswith("the credentials have expired")
    assert (tmp_path / RECORD_FILE).exists()
