"""The holder of a stack's lease."""

import asyncio
import threading
from typing import Any

import pytest

from muster.cli.lease_holder import make_lease_holder, read_drill, refuse_during_drill
from muster.errors import DrillUnderWay
from tests.unit.muster.cli.builders import hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.fake_aws import FakeCall


async def test_without_a_drill_the_lease_is_free(on_twin: CommandLine) -> None:
    status = await make_lease_holder(on_twin.context().open_deployment()).status("")

    assert status.state == "free"


def test_another_operators_lease_is_held(on_twin: CommandLine) -> None:
    hold_lease(on_twin)

    async def read() -> str:
        status = await make_lease_holder(on_twin.context().open_deployment()).status("")
        return f"{status.state} {status.words}"

    assert asyncio.run(read()).startswith("held r1 by ops on laptop")


def test_a_restore_is_refused_while_a_drill_is_under_way(on_twin: CommandLine) -> None:
    deployment = on_twin.context().open_deployment()
    asyncio.run(refuse_during_drill(deployment))
    hold_lease(on_twin)

    with pytest.raises(DrillUnderWay, match=r"a drill is under way: r1 .*`muster drill watch`"):
        asyncio.run(refuse_during_drill(deployment))


class SilentTables:
    """Tables that answer when the test is over."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def answer(self, call: FakeCall) -> dict[str, Any] | None:
        if call.service == "dynamodb":
            self.over.wait(60)
        return None


async def test_a_change_by_hand_waits_for_the_lease_within_the_time_out_alone(
    on_twin: CommandLine,
) -> None:
    silent = SilentTables()
    on_twin.aws.parts.append(silent)
    on_twin.environ = {"MUSTER_TIMEOUT_S": "0.5"}

    try:
        drill = await read_drill(on_twin.context().open_deployment())
    finally:
        silent.over.set()

    assert (drill.state, drill.words) == ("unknown", "(no answer within 0.5 s)")
