"""The `twin` command: its arguments, its errors, and its end."""

import asyncio
import os

import pytest

from muster.aws.threads import run_in_thread
from muster.errors import CommandFailed, FaultUnavailable
from muster.levers import Fault
from muster.levers.twin_command import TwinCommand
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.levers.builders import PAUSE, FakeTwin, make_levers, write_twin_program
from tests.unit.muster.sample_stack import ENDPOINT, OREGON


@pytest.mark.parametrize(
    ("fault", "injected", "cleared"),
    [
        (Fault(kind="region-kill", region=OREGON), "region kill us-west-2", "region start"),
        (Fault(kind="region-freeze", region=OREGON), "region freeze us-west-2", "region thaw"),
        (Fault(kind="control-stop"), "control stop", "control start"),
        (PAUSE, "replication pause us-west-2", "replication resume"),
        (
            Fault(kind="network-cut", region=OREGON, parameters={"for_s": 30.0}),
            "network cut us-west-2 --for 30",
            "network heal",
        ),
        (
            Fault(kind="network-slow", region=OREGON, parameters={"delay_ms": "250"}),
            "network slow us-west-2 --delay-ms 250",
            "network heal",
        ),
    ],
)
async def test_the_faults_of_a_twin_are_commands_of_it(
    fault: Fault, injected: str, cleared: str
) -> None:
    twin = FakeTwin()

    await make_levers(FakeAws(), twin=twin).inject(fault)
    await make_levers(FakeAws(), twin=twin).clear(fault)

    region = f" {fault.region}" if fault.region else ""
    assert twin.ran == [injected, f"{cleared}{region}"]


async def test_the_command_of_another_twin_is_not_used() -> None:
    twin = FakeTwin(endpoint_url="http://127.0.0.1:4566")

    with pytest.raises(FaultUnavailable, match=r"is of the twin at http://127.0.0.1:4566"):
        await make_levers(FakeAws(), twin=twin).inject(Fault(kind="region-kill", region=OREGON))

    assert twin.ran == []


async def test_the_error_for_a_missing_twin_command_says_what_to_do() -> None:
    with pytest.raises(FaultUnavailable, match=r"`source \.twin/env`"):
        await TwinCommand(ENDPOINT, {"PATH": "/nowhere"})("status")


async def test_a_failed_command_is_reported_with_its_error_output(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("home")
    write_twin_program(home, "echo 'twin: no such Region' >&2; exit 1")

    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(home), "PATH": "/usr/bin:/bin"})

    with pytest.raises(CommandFailed, match="`twin region kill x` failed: no such Region"):
        await twin("region", "kill", "x")


@pytest.mark.parametrize(("code", "permanent"), [(1, False), (2, True), (3, False)])
async def test_a_wrong_name_is_wrong_the_next_time_too(
    tmp_path_factory: pytest.TempPathFactory, code: int, permanent: bool
) -> None:
    home = tmp_path_factory.mktemp("home")
    write_twin_program(home, f"exit {code}")
    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(home), "PATH": "/usr/bin:/bin"})

    with pytest.raises(CommandFailed) as caught:
        await twin("region", "kill", "x")

    assert caught.value.permanent is permanent


async def test_the_twin_is_told_that_a_change_during_a_drill_is_meant(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("home")
    write_twin_program(home, 'echo "during drill: $TWIN_DURING_DRILL"')

    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(home), "PATH": "/usr/bin:/bin"})

    assert await twin("region", "kill", "x") == "during drill: 1\n"


async def test_a_cancelled_command_has_ended_when_its_caller_goes_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("home")
    gate, arrived = home / "gate", home / "arrived"
    os.mkfifo(gate)
    write_twin_program(home, f"read go < {gate}; touch {arrived}")
    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(home), "PATH": "/usr/bin:/bin"})
    kill = asyncio.ensure_future(twin("region", "kill", "x"))
    opened = await run_in_thread(lambda: gate.open("w"))  # back when the program reads

    kill.cancel()
    done, _ = await asyncio.wait({kill}, timeout=0.05)
    assert not done
    opened.close()

    with pytest.raises(asyncio.CancelledError):
        await kill
    assert arrived.exists()
