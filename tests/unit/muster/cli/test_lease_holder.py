"""The holder of a stack's lease, and changes by hand while a drill holds it."""

import asyncio

import pytest

from muster.cli.lease_holder import make_lease_holder
from tests.unit.muster.cli.builders import Capture, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import make_dns_outputs


async def test_without_a_drill_the_lease_is_free(on_twin: CommandLine) -> None:
    status = await make_lease_holder(on_twin.context().open_deployment()).status("")

    assert status.state == "free"


def test_another_operators_lease_is_held(on_twin: CommandLine) -> None:
    hold_lease(on_twin)

    async def read() -> str:
        status = await make_lease_holder(on_twin.context().open_deployment()).status("")
        return f"{status.state} {status.words}"

    assert asyncio.run(read()).startswith("held r1 by ops on laptop")


CHANGES = (
    "dial us-west-2 50 --no-wait",
    "health us-west-2 fail --no-wait",
    "fault inject throttle us-west-2",
    "fault clear throttle us-west-2",
    "dns invert us-west-2 on",
)
CHANGING = ("Put", "Update", "Delete", "Start", "Stop")


def changing_calls(where: CommandLine) -> list[str]:
    return [call.operation for call in where.aws.calls if call.operation.startswith(CHANGING)]


@pytest.mark.parametrize("line", CHANGES)
def test_a_change_by_hand_is_refused_while_a_drill_is_under_way(
    on_twin: CommandLine, line: str, capsys: Capture
) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}
    hold_lease(on_twin)
    on_twin.aws.calls.clear()

    code, _, errors = on_twin.main(line, capsys)

    assert code == 3
    assert "a drill is under way: r1 by ops on laptop" in errors
    assert changing_calls(on_twin) == []


@pytest.mark.parametrize("line", [line for line in CHANGES if "clear" not in line])
def test_a_change_by_hand_during_a_drill_can_be_meant(
    on_twin: CommandLine, line: str, capsys: Capture
) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}
    hold_lease(on_twin)
    on_twin.aws.calls.clear()

    code, _, errors = on_twin.main(f"{line} --during-drill", capsys)

    assert code == 0, errors
    assert "a drill is under way: r1 by ops on laptop" in errors
    assert changing_calls(on_twin) != []


def test_a_lease_that_was_left_behind_stops_nobody(on_twin: CommandLine, capsys: Capture) -> None:
    hold_lease(on_twin, left_s=-5.0)

    code, _, errors = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert code == 0
    assert "a drill was left unfinished: r1 by ops on laptop (expired)" in errors


def test_a_lease_that_can_not_be_read_stops_nobody(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"dynamodb"}

    code, _, errors = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert code == 0
    assert "whether a drill is under way is not known" in errors
