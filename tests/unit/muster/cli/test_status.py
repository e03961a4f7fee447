"""`muster status`: its exit code, its JSON document, and what it lists."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace

from common.drill_lease import ITEM_ID, DrillProgress
from muster.cli.status import StatusReader
from muster.levers.twin_command import TwinCommand
from tests.unit.muster.cli.builders import ACTIVE, SLOW, Capture, hold_lease
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import ENDPOINT, FRANKFURT, OREGON, make_dns_outputs
from tests.virtual_time import EPOCH


def test_status_lists_what_could_not_be_read(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    code, output, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "accelerator ?" in output
    assert "? (100)" in output
    assert "? us-west-2: accelerator, dials, endpoint health could not be read" in output


def test_a_misspelt_limit_is_refused_by_a_command_that_needs_no_limits(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.environ = {"MUSTER_LIMITS": "dial_stp=5"}

    code, output, errors = on_twin.main("status", capsys)

    assert (code, output) == (2, "")
    assert errors.startswith("muster: limits.dial_stp is 5.0 (from MUSTER_LIMITS); it must be one")
    assert errors.endswith("; did you mean dial_step?\n")
    assert not on_twin.aws.calls


def test_status_as_json_has_everything(on_aws: CommandLine, capsys: Capture) -> None:
    on_aws.aws.dials[OREGON] = 50.0

    _, output, _ = on_aws.main("status --json", capsys)

    document = json.loads(output)
    assert document["target"] == {"kind": "aws", "endpoint_url": None, "account": "123456789012"}
    assert document["regions"][OREGON]["dial"] == 50
    assert document["regions"][OREGON]["declared_dial"] == 100
    assert document["regions"][OREGON]["replication_lag_s"] is None
    assert "pulumi up" in document["warnings"][0]
    assert document["problems"] == []


def test_status_lists_active_faults(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    code, output, _ = on_twin.main("status", capsys)
    document = json.loads(on_twin.main("status --json", capsys)[1])

    assert code == 0
    assert ACTIVE in output
    assert document["faults"] == [
        {
            "kind": "network-slow",
            "region": OREGON,
            "parameters": {"delay_ms": 200.0},
            "until_epoch_s": 1_800_000_580.0,
            "since_epoch_s": 1_800_000_000.0,
            "by": "",
        }
    ]
    assert document["faults_unread"] == []


def test_status_says_when_active_faults_can_not_be_read(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"twin"}

    code, output, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "? the twin: faults could not be read: ConnectionRefusedError" in output


def test_a_twin_that_is_gone_is_one_line_and_no_account_is_named(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"twin", FRANKFURT, OREGON, "globalaccelerator", "cloudwatch"}

    code, output, _ = on_twin.main("status", capsys)

    told = [line for line in output.splitlines() if line.startswith(("!", "?"))]
    assert code == 1
    assert output.startswith(f"the twin at {ENDPOINT}\n")
    assert told == [f"? nothing listens at {ENDPOINT}: `make up` starts the twin"]


async def test_a_watched_status_finds_the_places_of_clients_once(on_twin: CommandLine) -> None:
    on_twin.changes = {"dns": make_dns_outputs()}
    commands: list[str] = []

    async def run_twin(arguments: Sequence[str]) -> str:
        commands.append(arguments[0])
        return json.dumps([] if arguments[0] == "places" else {"endpoint_url": ENDPOINT})

    deployment = on_twin.context().open_deployment()
    deployment = replace(deployment, twin=TwinCommand(ENDPOINT, {}, run_twin))
    reader = StatusReader(deployment, deployment.telemetry())

    for _ in range(3):
        found = await reader.read()

        assert found.door is not None
        assert (found.door.problem, found.door.checkers.keys()) == ("", found.view.regions.keys())

    assert commands == ["status", "places"]


async def test_status_says_why_the_places_of_clients_are_not_known(on_twin: CommandLine) -> None:
    on_twin.changes, on_twin.environ = {"dns": make_dns_outputs()}, {"PATH": ""}
    deployment = on_twin.context().open_deployment()

    door = (await StatusReader(deployment, deployment.telemetry()).read()).door

    assert door is not None
    assert "there is no `twin` command" in door.problem
    assert len(door.checkers) == 2
    assert door.answers == ()


def test_status_names_the_drill_that_is_under_way(on_twin: CommandLine, capsys: Capture) -> None:
    hold_lease(on_twin)

    code, output, _ = on_twin.main("status", capsys)
    drill = json.loads(on_twin.main("status --json", capsys)[1])["drill"]

    assert code == 0
    assert (
        "! a drill is under way: r1 by ops on laptop"
        " (its lease expires in 60 s unless it is renewed); "
    ) in " ".join(output.split())
    assert (drill["state"], drill["run"], drill["by"]) == ("held", "r1", "ops")


def test_status_says_since_when_a_drill_is_under_way_and_at_which_step(
    on_twin: CommandLine, capsys: Capture
) -> None:
    progress = DrillProgress(started_at=EPOCH, phase="method", step="m2", does="hold")
    hold_lease(on_twin, progress=progress)

    output = " ".join(on_twin.main("status", capsys)[1].split())
    drill = json.loads(on_twin.main("status --json", capsys)[1])["drill"]

    since = time.strftime("%H:%M:%S", time.localtime(EPOCH))
    assert f"r1 (step m2: hold) by ops on laptop since {since} (its lease" in output
    assert (drill["since"], drill["phase"], drill["step"], drill["does"]) == (
        EPOCH,
        "method",
        "m2",
        "hold",
    )


def test_status_names_a_drill_that_was_left_unfinished(
    on_twin: CommandLine, capsys: Capture
) -> None:
    hold_lease(on_twin, left_s=-5.0)

    _, output, _ = on_twin.main("status", capsys)

    assert "! a drill was left unfinished: r1 by ops on laptop (its lease has expired); " in output
    assert "muster drill rollback" in " ".join(output.split())


def test_status_says_nothing_of_a_drill_when_there_is_none(
    on_twin: CommandLine, capsys: Capture
) -> None:
    assert "drill" not in on_twin.main("status", capsys)[1]
    assert json.loads(on_twin.main("status --json", capsys)[1])["drill"] is None


def test_status_says_that_it_can_not_know_of_a_drill(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"dynamodb"}

    code, output, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "? whether a drill is under way could not be read" in output


def test_status_fails_when_only_the_lease_can_not_be_read(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.tables[FRANKFURT][ITEM_ID] = {"lease": {"S": "?"}}

    code, output, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "? whether a drill is under way could not be read" in output
    assert output.count("could not be read") == 1
