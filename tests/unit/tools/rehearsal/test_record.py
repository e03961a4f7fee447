"""The record of a rehearsal."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.tools.rehearsal.builders import EMPTY
from tools.rehearsal.plan import RehearsalError
from tools.rehearsal.record import (
    StepRecord,
    compare_records,
    hide_account,
    read_record,
    write_record,
)

DEPLOY = StepRecord(
    name="deploy", command="pulumi up", exit_code=0, seconds=61.5, text="created", ok=True
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    record = EMPTY.with_step(replace(DEPLOY, exit_code=255, ok=False)).with_step(DEPLOY)
    write_record(tmp_path / "r.json", record)

    assert read_record(tmp_path / "r.json") == record
    assert record.steps == (DEPLOY,)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"steps": [1]}'])
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "r.json").write_text(text)

    with pytest.raises(RehearsalError, match="no record of a rehearsal"):
        read_record(tmp_path / "r.json")


def test_account_ids_and_keys_are_hidden() -> None:
    assert hide_account("arn:aws:iam::123456789012:user/a AKIAIOSFODNN7EXAMPLE") == (
        "arn:aws:iam::ACCOUNT:user/a KEY"
    )


def test_two_records_are_shown_side_by_side() -> None:
    aws = EMPTY.with_step(DEPLOY).with_step(replace(DEPLOY, name="destroy", exit_code=None))
    twin = replace(EMPTY, target="twin").with_step(replace(DEPLOY, seconds=20.0))

    head, deploy, destroy = compare_records(twin, aws)

    assert head.split() == ["step", "twin", "aws"]
    assert deploy.split() == ["deploy", "20.0", "s,", "exit", "0", "61.5", "s,", "exit", "0"]
    assert "ended" in destroy
