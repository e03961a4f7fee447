"""The holder of a stack's lease."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

import pytest

from muster.cli.lease_holder import make_lease_holder, read_drill, refuse_during_drill
from muster.errors import DrillUnderWay
from tests.unit.muster.cli.builders import hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.left_runs import leave_run
from tests.unit.muster.drill.run.builders import LEASE
from tests.unit.muster.fake_aws import FakeCall
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


async def test_without_a_drill_the_lease_is_free(on_twin: CommandLine) -> None:
    status = await make_lease_holder(on_twin.context().open_deployment()).status("")

    assert status.state == "free"


def test_another_operators_lease_is_held(on_twin: CommandLine) -> None:
    hold_lease(on_twin)

    async def read() -> str:
        status = await make_lease_holder(on_twin.context().open_deployment()).status("")
        return f"{status.state} {status.words}"

    assert asyncio.run(read()).startswith("held r1 by ops on laptop")


@pytest.mark.parametrize(
    ("home", "down", "asked"),
    [
        (FRANKFURT, set[str](), [FRANKFURT]),
        (OREGON, set[str](), [OREGON]),
        (FRANKFURT, {FRANKFURT}, [FRANKFURT, OREGON]),
        (FRANKFURT, {FRANKFURT, OREGON}, [FRANKFURT, OREGON]),
    ],
)
async def test_each_region_is_asked_for_the_lease_until_one_answers_the_home_region_first(
    on_twin: CommandLine, home: str, down: set[str], asked: list[str]
) -> None:
    on_twin.changes = {"home_region": home}
    on_twin.aws.down |= down

    status = await make_lease_holder(on_twin.context().open_deployment()).status("")

    reads = [call.region for call in on_twin.aws.made("GetItem")]
    assert list(dict.fromkeys(reads)) == asked
    assert status.state == ("unknown" if OREGON in down else "free")


async def test_each_process_holds_the_lease_for_itself(on_twin: CommandLine) -> None:
    deployment = on_twin.context().open_deployment()
    first, second = make_lease_holder(deployment), make_lease_holder(deployment)
    lease = replace(LEASE, host="laptop")
    await first.acquire(lease, force=False)

    await second.acquire(lease, force=False)

    assert (await second.status(lease.run)).state == "ours"
    assert (await first.status(lease.run)).state == "held"


def test_the_way_out_of_a_run_that_was_left_here_names_it(on_twin: CommandLine) -> None:
    run = leave_run(on_twin)

    drill = asyncio.run(read_drill(on_twin.context().open_deployment()))

    assert drill.state == "unfinished"
    assert f"`muster drill resume {run}` continues it" in drill.way_out


def test_a_restore_tells_of_a_drill_that_was_left_and_of_a_lease_that_can_not_be_read(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    hold_lease(on_twin, left_s=-5.0)
    asyncio.run(refuse_during_drill(on_twin.context().open_deployment()))
    left = capsys.readouterr().err
    on_twin.aws.down |= {"dynamodb"}
    asyncio.run(refuse_during_drill(on_twin.context().open_deployment()))
    unread = capsys.readouterr().err

    assert "a drill was left unfinished: r1" in left
    assert "whether a drill is under way is not known (" in unread


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
