"""The policy in docs/ allows what the tool calls, and nothing else."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from muster.drill.entries import FoundState, Touched
from muster.drill.lease import ControlTable, Lease
from muster.probe.tables import TableReader
from tests.unit.muster.cli.surroundings import Surroundings
from tests.unit.muster.deployed import CONTROL_TABLE, OREGON, a_stack
from tests.unit.muster.fake_aws import FakeAws

ROOT = Path(__file__).resolve().parents[3]
PREFIXES = {"elbv2": "elasticloadbalancing"}
RENAMED = {"lambda:Invoke": "lambda:InvokeFunction"}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
FREE = {"sts:GetCallerIdentity"}
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
SERVICES = (
    "cloudwatch",
    "dynamodb",
    "elbv2",
    "fis",
    "globalaccelerator",
    "lambda",
    "sts",
)
LINES = (
    "--alarms us-west-2:errors status",
    "dial us-west-2 50 --yes",
    "health us-west-2 fail --invoke --yes",
    "fault inject throttle us-west-2 --yes",
    "fault clear throttle us-west-2 --yes",
    "fault inject replication-pause us-west-2 --yes",
    "fault clear replication-pause us-west-2 --yes",
)


def action(service: str, operation: str) -> str:
    """A call as IAM names it."""
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return RENAMED.get(name, name)


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    policy = json.loads((ROOT / "docs/iam-policy.json").read_text())
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def allowed(statements: list[dict[str, Any]]) -> set[str]:
    return {name for statement in statements for name in as_list(statement["Action"])}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


async def exercise(aws: FakeAws) -> None:
    """Everything that calls AWS without the command line."""
    lease = Lease(
        run="r",
        scenario="s",
        by="me",
        host="h",
        until=aws.clock.now() + 60,
        found=FoundState(),
        touched=Touched(),
    )
    held = ControlTable(aws.clients(), CONTROL_TABLE)
    assert await held.write(OREGON, lease, over=None)
    assert await held.read(OREGON) == lease
    assert await held.remove(OREGON, "r")
    client = aws.clients().client("dynamodb", OREGON)
    await TableReader({OREGON: client}, a_stack().table)(OREGON, "item")


def test_what_is_called_is_allowed_and_nothing_else(
    tmp_path: Path, statements: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    templates = {"replication_pause_templates": {OREGON: "EXT1"}}
    where = Surroundings(tmp_path, changes=templates)

    ended = [where.main(line, capsys)[0] for line in LINES]
    asyncio.run(exercise(where.aws))

    called = {action(call.service, call.operation) for call in where.aws.calls}
    assert ended == [1, *[0] * (len(LINES) - 1)]  # the alarm that is asked for is not there
    assert called - FREE == allowed(statements)


def operations() -> dict[str, str]:
    """boto3's name of each operation that the tool's services have -> the service."""
    found: dict[str, str] = {}
    for service in SERVICES:
        for name in botocore.session.get_session().get_service_model(service).operation_names:
            found.setdefault(xform_name(name), action(service, name))
    return found


def words(source: Path) -> Iterator[str]:
    """Every text and every attribute in a source file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute):
            yield node.attr


def test_no_source_names_an_operation_that_the_policy_lacks(
    statements: list[dict[str, Any]],
) -> None:
    known = operations()
    named = {
        known[word]
        for source in (ROOT / "muster").rglob("*.py")
        for word in words(source)
        if word in known
    }

    assert named - FREE == allowed(statements)


def test_no_statement_is_wider_than_it_must_be(statements: list[dict[str, Any]]) -> None:
    """Resources `*` only where AWS knows none.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    everywhere = [s["Sid"] for s in statements if "*" in as_list(s["Resource"])]

    assert everywhere == ["LookWhereAwsKnowsNoResources", "FindExperiments"]
    assert not [name for name in allowed(statements) if "*" in name]


def test_the_page_names_every_statement_and_every_action(
    statements: list[dict[str, Any]],
) -> None:
    page = (ROOT / "docs/iam.md").read_text()
    in_code = set(re.findall(r"`([^`]+)`", page))

    assert {statement["Sid"] for statement in statements} <= in_code
    assert allowed(statements) <= in_code
