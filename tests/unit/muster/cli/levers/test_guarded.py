"""What every change by hand goes through."""

import asyncio

import pytest

from muster import codec
from muster.cli.levers.guarded import guarded_change
from muster.cli.options import Consent
from muster.drill.plan.instructions import SetSwitch
from muster.hand.record import ITEM_ID, RECORD_FILE, HandChange
from tests.unit.muster.cli.builders import SLOW, Capture, changing_calls, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import (
    FRANKFURT,
    OREGON,
    group_arn,
    make_dns_outputs,
    make_region_outputs,
)

CHANGES = (
    "dial us-west-2 50 --no-wait",
    "health us-west-2 fail --no-wait",
    "fault inject throttle us-west-2",
    "fault clear throttle us-west-2",
    "dns invert us-west-2 on",
    "dns weight us-west-2 50 --no-wait",
)
KILLED = {**SLOW, "name": "region-kill", "until_s": None, "left_s": None, "delay_ms": None}
"""us-west-2 is gone, in the answer of the twin's endpoint."""


def recorded(where: CommandLine) -> list[HandChange]:
    lines = (where.folder / ".muster" / RECORD_FILE).read_text().splitlines()
    return [codec.loads(HandChange, line) for line in lines]


@pytest.fixture
def two_doors(on_twin: CommandLine) -> CommandLine:
    on_twin.changes = {"dns": make_dns_outputs()}
    return on_twin


def test_the_survivor_of_a_dead_region_is_not_switched_off(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.twin_faults = [KILLED]
    on_twin.aws.down = {OREGON, "globalaccelerator"}

    code, _, errors = on_twin.main("health eu-central-1 fail", capsys)

    assert code == 3
    assert changing_calls(on_twin) == []
    assert not (on_twin.folder / ".muster" / RECORD_FILE).exists()
    refusals = [line for line in errors.splitlines() if line.startswith("  guard")]
    assert [line.rpartition(" (")[2] for line in refusals] == [
        "--force standing-fault)",
        "--force last-healthy-region)",
    ]
    assert f"{OREGON} was broken on purpose" in errors


@pytest.mark.parametrize("line", ["dial eu-central-1 50", "dns invert eu-central-1 on"])
def test_without_an_api_the_last_healthy_region_is_not_offered_to_be_emptied(
    two_doors: CommandLine, line: str, capsys: Capture
) -> None:
    two_doors.aws.twin_faults = [KILLED]
    two_doors.aws.down = {OREGON, "globalaccelerator", "route53"}

    code, _, errors = two_doors.main(line, capsys)

    assert code == 1
    assert "muster health" not in errors
    assert "the health switch of eu-central-1 is no way out: region-kill of us-west-2" in errors
    assert "no healthy Region with a dial above 0 could take what eu-central-1" in errors


@pytest.mark.parametrize(
    "line", ["dial us-west-2 50", "dns invert us-west-2 on", "dns weight us-west-2 0"]
)
def test_without_an_api_the_command_is_named_that_empties_the_region(
    two_doors: CommandLine, line: str, capsys: Capture
) -> None:
    two_doors.aws.down = {"globalaccelerator", "route53"}

    code, _, errors = two_doors.main(line, capsys)

    assert code == 1
    assert "`muster health us-west-2 fail` empties the Region without it" in errors


def test_without_an_api_a_dial_that_goes_up_has_no_other_way(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    code, _, errors = on_twin.main("dial us-west-2 100", capsys)

    assert code == 1
    assert "muster health" not in errors


def test_what_is_forced_is_done_and_recorded(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [KILLED]
    on_twin.aws.down = {OREGON, "globalaccelerator"}
    force = "--force standing-fault --force last-healthy-region"

    code, _, errors = on_twin.main(f"health eu-central-1 fail --no-wait {force}", capsys)

    assert code == 0, errors
    assert "guard last-healthy-region overridden: no healthy Region" in errors
    (change,) = recorded(on_twin)
    assert [verdict.guard for verdict in change.forced] == ["standing-fault", "last-healthy-region"]
    assert (change.by.partition("@")[0], change.outcome) == ("me", "done")
    assert change.words == "health switch of eu-central-1 to fail for 1:00 h"
    assert codec.loads(HandChange, on_twin.aws.tables[FRANKFURT][ITEM_ID]["change"]["S"]) == change


def test_what_a_refused_change_would_have_overridden_is_not_told(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.twin_faults = [KILLED]

    code, _, errors = on_twin.main(
        "health eu-central-1 fail --no-wait --force standing-fault", capsys
    )

    assert code == 3
    assert "guard last-healthy-region refuses" in errors
    assert "overridden" not in errors


@pytest.mark.parametrize("line", CHANGES)
def test_credentials_of_another_account_change_nothing(
    two_doors: CommandLine, line: str, capsys: Capture
) -> None:
    two_doors.aws.account = "210987654321"

    code, _, errors = two_doors.main(line, capsys)

    assert (code, "of account 210987654321" in errors) == (2, True)
    assert changing_calls(two_doors) == []


@pytest.mark.parametrize("line", CHANGES)
def test_a_change_is_refused_while_a_drill_is_under_way(
    two_doors: CommandLine, line: str, capsys: Capture
) -> None:
    hold_lease(two_doors)
    two_doors.aws.calls.clear()

    code, _, errors = two_doors.main(line, capsys)

    assert code == 3
    assert "guard lease refuses: a drill is under way: r1 by ops on laptop" in errors
    assert "(--force lease)" in errors
    assert changing_calls(two_doors) == []


@pytest.mark.parametrize("line", [line for line in CHANGES if "clear" not in line])
def test_a_change_during_a_drill_can_be_meant(
    two_doors: CommandLine, line: str, capsys: Capture
) -> None:
    hold_lease(two_doors)
    two_doors.aws.calls.clear()

    code, _, errors = two_doors.main(f"{line} --force lease", capsys)

    assert code == 0, errors
    assert "guard lease overridden: a drill is under way: r1 by ops on laptop" in errors
    assert changing_calls(two_doors) != []
    assert [verdict.guard for verdict in recorded(two_doors)[0].forced] == ["lease"]


def test_a_lease_that_was_left_behind_stops_nobody(on_twin: CommandLine, capsys: Capture) -> None:
    hold_lease(on_twin, left_s=-5.0)

    code, _, errors = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert code == 0
    assert "a drill was left unfinished: r1 by ops on laptop (its lease has expired)" in errors


def test_a_lease_that_can_not_be_read_stops_nobody(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"dynamodb"}

    code, _, errors = on_twin.main("dial us-west-2 100 --no-wait", capsys)

    assert code == 0
    assert "whether a drill is under way is not known" in errors


def test_without_control_planes_the_other_regions_function_is_asked(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"globalaccelerator", "elbv2", "elasticloadbalancing"}

    code, _, errors = on_twin.main("health us-west-2 fail --no-wait", capsys)
    asked = [call.region for call in on_twin.aws.made("Invoke")]
    on_twin.aws.targets[FRANKFURT] = "unhealthy"
    ill, _, _ = on_twin.main("health us-west-2 fail --no-wait", capsys)

    assert (code, ill) == (0, 3), errors
    assert asked == [FRANKFURT]


def test_the_limits_of_the_settings_hold_by_hand_too(on_twin: CommandLine, capsys: Capture) -> None:
    refused, _, errors = on_twin.main("dial us-west-2 0 --no-wait", capsys)
    on_twin.environ = {"MUSTER_LIMITS": "dial_step=100"}
    allowed, _, _ = on_twin.main("dial us-west-2 0 --no-wait", capsys)

    assert (refused, allowed) == (3, 0)
    assert "guard dial-step refuses: from 100 % to 0 % is a turn of 100; at most 50" in errors


def test_a_guard_that_hands_have_not_can_not_be_forced(
    on_twin: CommandLine, capsys: Capture
) -> None:
    code, _, errors = on_twin.main("dial us-west-2 50 --force capacity", capsys)

    assert code == 2
    assert "lease" in errors


def test_the_guards_are_asked_before_the_person(on_aws: CommandLine) -> None:
    on_aws.interactive = True

    refused = on_aws.run("dial us-west-2 0", answer="y\n")
    confirmed = on_aws.run("dial us-west-2 50 --no-wait", answer="n\n")

    assert "Go ahead?" not in refused.output
    assert "Go ahead?" in confirmed.output
    assert changing_calls(on_aws) == []


def test_the_error_of_a_change_is_recorded(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.busy_until_s = on_twin.aws.clock.monotonic() + 5

    code, _, _ = on_twin.main("dial us-west-2 50", capsys)

    assert code == 3
    (change,) = recorded(on_twin)
    assert change.outcome.startswith("accelerator 6178-abad is IN_PROGRESS")


def test_an_interrupted_change_is_recorded_as_one(on_twin: CommandLine) -> None:
    """It may have been made."""
    context = on_twin.context()
    deployment = context.open_deployment()
    do = SetSwitch(region=OREGON, status="fail")
    began = on_twin.aws.clock.now()

    async def interrupt() -> None:
        async with guarded_change(context, deployment, do, Consent(yes=True, forced=())):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupt())

    (change,) = recorded(on_twin)
    assert (change.outcome, change.do) == ("interrupted", do)
    assert began <= change.at <= on_twin.aws.clock.now()


def test_a_fault_beside_another_one_is_refused(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    refused, _, errors = on_twin.main("fault inject throttle us-west-2", capsys)
    forced, _, _ = on_twin.main("fault inject throttle us-west-2 --force standing-fault", capsys)

    assert (refused, forced) == (3, 0)
    assert "network-slow of us-west-2 (delay_ms 200) is active" in errors


def test_old_outputs_are_refused(on_twin: CommandLine, capsys: Capture) -> None:
    old = {**make_region_outputs(OREGON), "endpoint_group_arn": group_arn("old")}
    on_twin.changes = {"regions": {FRANKFURT: make_region_outputs(FRANKFURT), OREGON: old}}

    code, _, errors = on_twin.main("health us-west-2 fail", capsys)

    assert code == 3
    assert "us-west-2 has another endpoint group than in the outputs" in errors
