"""The policy for restores allows what they call, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from muster.cli.main import main
from tests.unit import policy_checks
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import FakeCall, Item
from tests.unit.muster.restore.fake_tables import FakeTables
from tests.unit.muster.sample_stack import ACCOUNT, CONTROL_TABLE, make_stack
from tests.unit.policy_checks import RecordedCall

ROOT = Path(__file__).resolve().parents[4]
POLICY = ROOT / "docs/iam/restore.json"
TABLE = make_stack().table
STATEMENTS: list[dict[str, Any]] = json.loads(POLICY.read_text())["Statement"]
BY_DYNAMODB = {"dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:UpdateItem"}
"""Needed on the new table beside what the tool calls:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html"""
LINES = (
    "restore begin items --before 20m --after 10m --name one --start --yes",
    "restore compare one",
    "restore apply one --write --delete-added --yes",
    "restore clean one --write --yes",
)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[FakeCall]:
    """A restore that writes an item and deletes another one."""
    where = CommandLine(tmp_path_factory.mktemp("iam"))
    now_s = where.aws.clock.now()
    good: dict[str, Item] = {"a": {"item_id": {"S": "a"}}}
    bad: dict[str, Item] = {"b": {"item_id": {"S": "b"}}}
    history = [(now_s - 3600, good), (now_s - 900, bad)]
    where.aws.parts.append(FakeTables(where.aws.clock, {TABLE: dict(bad)}, {TABLE: history}))
    assert [main(line.split(), where.context()) for line in LINES] == [0] * len(LINES)
    return where.aws.calls


def refused(statements: list[dict[str, Any]], calls: list[FakeCall]) -> list[str]:
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    names = {"CONTROL_TABLE": CONTROL_TABLE, "TABLE": TABLE, "ACCOUNT": ACCOUNT}
    document = json.loads(re.sub("|".join(names), lambda word: names[word[0]], text))
    return policy_checks.find_refused(
        document,
        [
            RecordedCall(
                who="operator",
                region=call.region,
                service=call.service,
                operation=call.operation,
                parameters=call.given,
            )
            for call in calls
        ],
    )


def test_a_restore_may_do_all_that_it_does(calls: list[FakeCall]) -> None:
    assert refused(STATEMENTS, calls) == []


@pytest.mark.parametrize("index", range(len(STATEMENTS)))
def test_without_one_of_its_statements_a_call_is_refused(calls: list[FakeCall], index: int) -> None:
    assert refused([s for i, s in enumerate(STATEMENTS) if i != index], calls) != []


def test_no_action_is_allowed_that_nothing_needs(calls: list[FakeCall]) -> None:
    called = {f"{call.service}:{call.operation}" for call in calls} - {"sts:GetCallerIdentity"}
    allowed = {
        action
        for statement in STATEMENTS
        for action in (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
    }

    assert allowed == called | BY_DYNAMODB
    assert "*" not in {statement["Resource"] for statement in STATEMENTS}


def test_only_restored_tables_can_be_deleted() -> None:
    """A policy for emergencies must not be a way to lose the live table."""
    (resource,) = {
        statement["Resource"]
        for statement in STATEMENTS
        if "dynamodb:DeleteTable" in statement["Action"]
    }

    assert resource.endswith(":table/TABLE-restore-*")


def test_the_page_names_every_statement() -> None:
    page = (ROOT / "docs/drills/restore.md").read_text()

    assert all(f"`{statement['Sid']}`" in page for statement in STATEMENTS)
