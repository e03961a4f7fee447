"""A table of the service that a bad write has damaged, and `muster restore` on it."""

import json
from typing import Any

from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import Item
from tests.unit.muster.restore.fake_tables import FakeTables
from tests.unit.muster.sample_stack import make_stack

TABLE = make_stack().table
BEFORE = f"{TABLE}-restore-one-before"
AFTER = f"{TABLE}-restore-one-after"
BEGIN = "restore begin items --before 20m --after 10m --name one"


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


def run(where: CommandLine, line: str, capsys: Capture) -> dict[str, Any]:
    code, output, errors = where.main(f"{line} --json", capsys)
    assert code == 0, errors
    document: dict[str, Any] = json.loads(output)
    return document
