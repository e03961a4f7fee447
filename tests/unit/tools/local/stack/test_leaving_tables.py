"""Tables that `make up` would delete: found, named, and deleted only if that is meant."""

from collections.abc import Sequence

import pytest

from common.command.exit_codes import ExitCode
from tools.local.stack.leaving_regions import DeletionRefused
from tools.local.stack.leaving_tables import (
    LeavingTable,
    find_leaving_tables,
    require_tables_may_leave,
)
from tools.local.stack.stack_config import StackConfig, parse_stack_config

HOME = "eu-central-1"


def config(services: str = "items, hits", home: str = HOME, more: str = "") -> StackConfig:
    lines = f"muster:services: [{services}], muster:regions: [{HOME}, us-west-2]"
    return parse_stack_config(f"config: {{{lines}, muster:home_region: {home}{more}}}")


def deployed(names: Sequence[str]) -> list[dict[str, object]]:
    """Tables as Pulumi records them, and something else."""
    tables: list[dict[str, object]] = [
        {"type": "aws:dynamodb/table:Table", "outputs": {"name": name, "region": HOME}}
        for name in names
    ]
    return [*tables, {"type": "aws:ec2/vpc:Vpc"}]


DEPLOYED = deployed(["muster-local-items", "muster-local-hits", "muster-local-control"])


def leaving(wanted: StackConfig) -> dict[str, str]:
    return {table.name: table.why for table in find_leaving_tables(DEPLOYED, wanted)}


def test_nothing_leaves_while_the_configuration_is_what_is_deployed() -> None:
    assert leaving(config()) == {}
    assert leaving(config("items, hits, bookmarks")) == {}
    assert find_leaving_tables([], config()) == ()


def test_the_table_of_a_service_that_was_taken_out_leaves() -> None:
    assert leaving(config("items")) == {"muster-local-hits": "muster:services"}


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (config(home="us-west-2"), "muster:home_region"),
        (config(more=", muster:name_prefix: other"), "muster:name_prefix"),
    ],
)
def test_every_table_leaves_with_another_home_region_or_name(wanted: StackConfig, why: str) -> None:
    assert leaving(wanted) == dict.fromkeys(
        ("muster-local-control", "muster-local-hits", "muster-local-items"), why
    )


def test_without_a_terminal_the_loss_of_tables_is_refused_with_the_way_out() -> None:
    hits = LeavingTable(name="muster-local-hits", why="muster:services")

    with pytest.raises(DeletionRefused) as refused:
        require_tables_may_leave((hits,), agreed=False, ask=None)

    assert refused.value.exit_code == ExitCode.REFUSED
    assert str(refused.value) == (
        "by muster:services of Pulumi.local.yaml the table muster-local-hits would be deleted in"
        " all Regions, with all items; what is still configured is made anew, empty;"
        " DELETE_TABLES=1 deletes it all the same"
    )


def test_nobody_is_asked_when_no_table_leaves() -> None:
    require_tables_may_leave((), agreed=False, ask=None)
