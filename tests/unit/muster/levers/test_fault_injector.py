"""Faults: how each is injected and cleared."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import get_args

import pytest

from muster.aws.threads import run_in_thread
from muster.errors import CallFailed, CommandFailed, FaultUnavailable, UnknownRegion
from muster.levers import Fault, FaultKind, describe_fault
from muster.levers.twin_command import TwinCommand
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import NotifiedLines, make_levers, write_twin_program
from tests.unit.muster.sample_stack import ENDPOINT, FRANKFURT, OREGON


@dataclass
class FakeTwin:
    """The `twin` program; keeps its command lines."""

    endpoint_url: str = ENDPOINT
    ran: list[str] = field(default_factory=list)

    async def __call__(self, arguments: Sequence[str]) -> str:
        if arguments[0] == "status":
            return json.dumps({"endpoint_url": self.endpoint_url})
        self.ran.append(" ".join(arguments))
        return ""


def test_a_fault_is_described_with_its_own_parameters_and_its_end() -> None:
    slow: dict[str, float | str] = {"delay_ms": 200.0, "concurrency": 1.0, "for_s": 90.0}

    text = describe_fault(Fault(kind="network-slow", region=OREGON, parameters=slow))

    assert text == f"network-slow of {OREGON} (delay_ms 200, for 90 s)"


THROTTLE = Fault(kind="throttle", region=OREGON)
PAUSE = Fault(kind="replication-pause", region=OREGON)


@pytest.mark.parametrize("reserved", [None, 0, 50])
async def test_a_throttled_function_gets_back_what_it_had(reserved: int | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: reserved})

    await make_levers(aws).inject(THROTTLE)
    throttled = aws.reserved[OREGON]
    await make_levers(aws).inject(THROTTLE)  # on another machine, say
    await make_levers(aws).clear(THROTTLE)

    assert throttled == 0
    assert aws.reserved[OREGON] == reserved
    assert aws.reserved[FRANKFURT] is None
    assert aws.tables[OREGON] == {}


async def test_a_function_that_is_being_deployed_is_throttled_after_that() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html"""
    aws = FakeAws()
    aws.fail("PutFunctionConcurrency", FakeFailure("ResourceConflictException", status=409))

    await make_levers(aws).inject(THROTTLE)

    assert aws.reserved[OREGON] == 0


async def test_the_state_before_is_recorded_before_anything_is_changed() -> None:
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: 50})
    aws.fail("PutFunctionConcurrency", FakeFailure("AccessDeniedException"))

    with pytest.raises(CallFailed):
        await make_levers(aws).inject(THROTTLE)

    assert aws.tables[OREGON]["fault#throttle#us-west-2"]["reserved"] == {"N": "50"}


async def test_clearing_a_throttle_that_nobody_injected_changes_nothing() -> None:
    aws, notified = FakeAws(reserved={FRANKFURT: None, OREGON: 7}), NotifiedLines()

    await make_levers(aws, notified=notified).clear(THROTTLE)

    assert aws.reserved[OREGON] == 7
    assert "nothing to restore" in notified


async def test_replication_is_paused_by_an_experiment_and_once_only() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    aws = FakeAws()

    await make_levers(aws).inject(PAUSE)
    await make_levers(aws).inject(PAUSE)

    (call,) = aws.made("StartExperiment")
    assert call.given["experimentTemplateId"] == "EXT1"
    assert call.region == OREGON
    assert aws.experiments == {"EXP0": "running"}


async def test_clearing_stops_the_experiment() -> None:
    aws = FakeAws(experiments={"EXP7": "running", "EXP6": "completed"})

    await make_levers(aws).clear(PAUSE)
    await make_levers(aws).clear(PAUSE)

    assert aws.experiments == {"EXP7": "stopped", "EXP6": "completed"}
    assert len(aws.made("StopExperiment")) == 1


async def test_a_throttled_stop_is_retried() -> None:
    aws = FakeAws(experiments={"EXP7": "running"})
    aws.fail("StopExperiment", *(FakeFailure("ThrottlingException") for _ in range(5)))

    await make_levers(aws).clear(PAUSE)

    assert aws.experiments == {"EXP7": "stopped"}


async def test_an_experiment_that_fails_is_reported_with_its_reason() -> None:
    with pytest.raises(CallFailed, match="failed: because"):
        await make_levers(FakeAws(experiment_fails=True)).inject(PAUSE)


async def test_the_error_for_a_missing_template_says_where_to_name_one() -> None:
    with pytest.raises(FaultUnavailable, match="muster:fault_injection"):
        await make_levers(FakeAws()).inject(Fault(kind="replication-pause", region=FRANKFURT))


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


async def test_a_throttle_is_the_same_on_the_twin() -> None:
    aws, twin = FakeAws(), FakeTwin()

    await make_levers(aws, twin=twin).inject(THROTTLE)

    assert aws.reserved[OREGON] == 0
    assert twin.ran == []


@pytest.mark.parametrize("kind", sorted({*get_args(FaultKind)} - {"throttle", "replication-pause"}))
async def test_on_aws_the_faults_of_a_twin_are_refused(kind: FaultKind) -> None:
    with pytest.raises(FaultUnavailable, match="needs a twin, but the stack is on AWS"):
        await make_levers(FakeAws()).inject(Fault(kind=kind, region=OREGON))


async def test_the_command_of_another_twin_is_not_used() -> None:
    twin = FakeTwin(endpoint_url="http://127.0.0.1:4566")

    with pytest.raises(FaultUnavailable, match=r"is of the twin at http://127.0.0.1:4566"):
        await make_levers(FakeAws(), twin=twin).inject(Fault(kind="region-kill", region=OREGON))

    assert twin.ran == []


async def test_the_error_for_a_missing_twin_command_says_what_to_do() -> None:
    with pytest.raises(FaultUnavailable, match=r"`source \.twin/env`"):
        await TwinCommand(ENDPOINT, {"PATH": "/nowhere"})("status")


@pytest.mark.parametrize("region", [None, "mars-1"])
async def test_a_fault_needs_a_region_of_the_stack(region: str | None) -> None:
    levers = make_levers(FakeAws(), twin=FakeTwin())

    with pytest.raises((FaultUnavailable, UnknownRegion)):
        await levers.inject(Fault(kind="region-kill", region=region))


async def test_a_duration_without_effect_is_reported() -> None:
    notified = NotifiedLines()

    await make_levers(FakeAws(), notified=notified).inject(
        Fault(kind="throttle", region=OREGON, parameters={"for_s": 30.0})
    )

    assert "has no end of its own" in notified


async def test_a_failed_command_is_reported_with_its_error_output(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("home")
    write_twin_program(home, "echo 'twin: no such Region' >&2; exit 1")

    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(home), "PATH": "/usr/bin:/bin"})

    with pytest.raises(CommandFailed, match="`twin region kill x` failed: no such Region"):
        await twin("region", "kill", "x")


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
