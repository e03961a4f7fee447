"""The `twin` command: its arguments, its errors, and its end."""

import asyncio
import os
from pathlib import Path

import pytest

from muster.aws.threads import run_in_thread
from muster.errors import CommandFailed, FaultUnavailable
from muster.levers import Fault
from muster.levers.twin_command import TwinCommand, clear_arguments, inject_arguments
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


async def test_the_twin_is_asked_once_whose_it_is() -> None:
    twin = FakeTwin()
    command = TwinCommand(ENDPOINT, {}, twin)

    await command("control", "stop")
    await command("control", "start")

    assert (twin.checked, twin.ran) == (1, ["control stop", "control start"])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind="throttle", region=OREGON), "throttle: `twin` has no such fault"),
        (Fault(kind="network-cut"), "network-cut: name the Region that it is for"),
    ],
)
def test_a_fault_that_is_no_command_of_the_twin_is_an_error(fault: Fault, error: str) -> None:
    for arguments in (inject_arguments, clear_arguments):
        with pytest.raises(FaultUnavailable, match=error):
            arguments(fault)


def test_a_parameter_that_is_no_number_is_an_error() -> None:
    fault = Fault(kind="network-slow", region=OREGON, parameters={"delay_ms": "long"})

    with pytest.raises(FaultUnavailable, match="delay_ms is 'long'; it must be a number"):
        inject_arguments(fault)


def test_a_slow_network_has_a_delay_if_none_is_given() -> None:
    arguments = inject_arguments(Fault(kind="network-slow", region=OREGON))

    assert arguments == ["network", "slow", OREGON, "--delay-ms", "200"]


async def test_the_command_is_found_on_path_where_its_home_has_none(tmp_path: Path) -> None:
    write_twin_program(tmp_path, "echo found")
    environ = {"TWIN_HOME": str(tmp_path / "none"), "PATH": f"{tmp_path}/bin:/usr/bin:/bin"}

    assert await TwinCommand(ENDPOINT, environ)("region", "kill", "x") == "found\n"


async def test_a_command_that_does_not_end_is_killed_and_reported(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")  # nobody ever opens it
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "twin"
    program.write_text(f"#!/bin/sh\nread go < {tmp_path / 'gate'}\n")
    program.chmod(0o755)
    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(tmp_path)}, within_s=0.05)

    with pytest.raises(CommandFailed, match=r"`twin status --json` failed: no end within 0\.05 s"):
        await twin("region", "kill", "x")


async def test_an_interrupt_of_the_terminal_does_not_reach_the_command(tmp_path: Path) -> None:
    write_twin_program(tmp_path, "cut -d ' ' -f 6 /proc/$$/stat")
    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})

    session = int(await twin("region", "kill", "x"))

    assert session != os.getsid(0)


async def test_an_error_that_is_no_text_is_reported_nevertheless(tmp_path: Path) -> None:
    write_twin_program(tmp_path, r"printf 'twin: \377' >&2; exit 1")
    twin = TwinCommand(ENDPOINT, {"TWIN_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})

    with pytest.raises(CommandFailed, match="failed: \ufffd"):
        await twin("region", "kill", "x")


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
    assert str(caught.value).endswith(f"exit code {code}")


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
