"""What the commands print: status, dial, health, fault."""

import io
import json

import pytest
from rich.console import Console

from muster.cli.status_table import print_status
from muster.formatting import format_moment
from muster.levers.health_switch import switch_to_item
from muster.model import SwitchSetting
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.levers.builders import write_twin_program
from tests.unit.muster.sample_stack import FRANKFURT, OREGON

Capture = pytest.CaptureFixture[str]


def set_switch(command_line: CommandLine, status: str, left_s: float) -> None:
    """Set the switch of us-west-2 without the tool."""
    until = command_line.aws.clock.now() + left_s
    switch = SwitchSetting(status="fail", by="ops", why="drill 12", until_epoch_s=until)
    item = {**switch_to_item(OREGON, switch), "status": {"S": status}}
    for table in command_line.aws.tables.values():
        table[f"health#{OREGON}"] = item


def test_status_has_a_row_for_each_region(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.dials[OREGON] = 50.0
    on_twin.aws.metrics = {
        ("NewFlowCount", FRANKFURT): 180.0,
        ("NewFlowCount", OREGON): 60.0,
        ("ReplicationLatency", FRANKFURT): 850.0,
    }
    set_switch(on_twin, "fail", 580)

    code, output, _ = on_twin.main("status", capsys)

    lines = {line.split()[0]: line.split() for line in output.splitlines() if line}
    assert code == 0
    assert output.startswith("the twin at http://127.0.0.1:4599, account 123456789012\n")
    assert lines[FRANKFURT][1:] == [
        "100",
        "%",
        "HEALTHY",
        "healthy",
        "auto",
        "75",
        "%",
        "0.85",
        "s",
    ]
    assert lines[OREGON][1:] == (
        ["50", "%", "(100)", "UNHEALTHY", "unhealthy", "fail", "9:40", "min", "25", "%", "-"]
    )
    assert "! us-west-2: health switch at fail, set by ops (drill 12)" in output


async def test_status_fits_into_80_columns(on_twin: CommandLine) -> None:
    on_twin.aws.dials[OREGON] = 99.5
    set_switch(on_twin, "fail", 580)
    on_twin.aws.metrics = {("ReplicationLatency", OREGON): 3_500_000.0}
    deployment = on_twin.context().open_deployment()
    buffer = io.StringIO()
    view = await deployment.telemetry().view()

    print_status(
        deployment.location,
        deployment.stack,
        view,
        on_twin.aws.clock.now(),
        Console(file=buffer, width=80),
    )

    assert all(len(line) <= 80 for line in buffer.getvalue().splitlines())
    assert "…" not in buffer.getvalue()


def test_status_lists_what_could_not_be_read(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    code, output, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "accelerator ?" in output
    assert "? (100)" in output
    assert "? us-west-2: accelerator, dials, endpoint health could not be read" in output


def test_status_is_not_wrapped_for_a_pipe(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    _, output, _ = on_twin.main("status", capsys)

    assert (
        "! Global Accelerator's API (us-west-2 only) can't be reached: no dial can be turned."
        " `muster health REGION fail` still empties a Region\n"
    ) in output
    assert not any(line.endswith(" ") for line in output.splitlines())


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


def test_dial_prints_the_change_and_its_warnings(on_twin: CommandLine, capsys: Capture) -> None:
    _, turned, _ = on_twin.main("dial us-west-2 50%", capsys)
    _, again, _ = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert turned.startswith("us-west-2: dial 100 % -> 50 %, deployed\n! the stack declares 100 %")
    assert again.startswith("us-west-2: the dial is at 50 % already\n")


def test_dial_waits_for_an_earlier_change_only_with_queue(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.busy_until_s = on_twin.aws.clock.monotonic() + 5

    refused, _, errors = on_twin.main("dial us-west-2 50", capsys)
    queued, _, _ = on_twin.main("dial us-west-2 50 --queue", capsys)

    assert (refused, queued) == (3, 0)
    assert "(--queue)" in errors


def test_a_health_switch_ends_by_itself_unless_forever(
    on_twin: CommandLine, capsys: Capture
) -> None:
    now = on_twin.aws.clock.now()

    ends = []
    for span in ("", "--for 10m", "--for forever"):
        on_twin.main(f"health us-west-2 fail {span}", capsys)
        item = on_twin.aws.tables[OREGON][f"health#{OREGON}"]
        ends.append(float(item["until"]["N"]) - now if "until" in item else None)

    assert ends == [pytest.approx(3600, abs=10), pytest.approx(600, abs=10), None]


def test_health_auto_has_no_end(on_twin: CommandLine, capsys: Capture) -> None:
    _, output, _ = on_twin.main("health us-west-2 auto", capsys)

    assert "until" not in on_twin.aws.tables[OREGON][f"health#{OREGON}"]
    assert output == "us-west-2: health switch at auto\n"


def test_health_prints_the_answer_the_target_and_the_end(
    on_twin: CommandLine, capsys: Capture
) -> None:
    _, output, _ = on_twin.main("health us-west-2 fail --reason drill --invoke", capsys)

    item = on_twin.aws.tables[OREGON][f"health#{OREGON}"]
    until = float(item["until"]["N"])
    assert item["why"] == {"S": "drill"}
    assert item["by"]["S"].startswith("me@")
    assert output.splitlines() == [
        "us-west-2: health switch at fail",
        "  the function answers 503: health: 503",
        "  the load balancer's target is unhealthy",
        f"  it ends at {format_moment(until, on_twin.aws.clock.now())}",
    ]
    assert output.endswith(" (in 1:00 h)\n")


def test_a_timeout_of_health_says_that_the_written_switch_stays(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {OREGON}

    code, _, errors = on_twin.main("health us-west-2 fail --within 3s", capsys)

    assert code == 1
    assert (
        "the switch is written and takes effect as soon as it is replicated to us-west-2" in errors
    )
    assert "`muster health us-west-2 auto` undoes it" in errors
    assert errors.splitlines()[-1].startswith("muster: switch of us-west-2, written through")


def test_health_without_waiting_reads_no_target(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.main("health us-west-2 fail --no-wait", capsys)

    assert on_twin.aws.made("DescribeTargetHealth") == []


SLOW: dict[str, object] = {
    "name": "network-slow",
    "role": "region/us-west-2",
    "region": OREGON,
    "since_s": 1_800_000_000.0,
    "until_s": 1_800_000_580.0,
    "left_s": 580.0,
    "delay_ms": 200.0,
}
ACTIVE = "! network-slow of us-west-2 (delay_ms 200) is active, 9:40 min left\n"


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


def test_fault_list_names_each_kind_and_where_it_works(
    on_aws: CommandLine, capsys: Capture
) -> None:
    code, output, _ = on_aws.main("fault list", capsys)

    assert code == 0
    assert "throttle           the Region's function may not run (AWS and twin)\n" in output
    assert output.endswith("\non AWS, account 123456789012\nno fault is active\n")


def test_fault_list_names_active_faults(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    code, output, _ = on_twin.main("fault list", capsys)
    document = json.loads(on_twin.main("fault list --json", capsys)[1])

    assert code == 0
    assert output.endswith(f"account 123456789012\n{ACTIVE}")
    assert document["kinds"]["network-cut"] == "the Region can't be reached (twin)"
    assert [one["kind"] for one in document["standing"]] == ["network-slow"]
    assert document["unread"] == document["problems"] == []


def test_an_incomplete_fault_list_does_not_say_that_none_is_active(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"twin"}

    code, output, _ = on_twin.main("fault list", capsys)

    assert code == 1
    assert "? the twin: faults could not be read" in output
    assert "no fault is active" not in output


def test_inject_says_how_to_clear_the_fault(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.reserved[OREGON] = 20

    _, injected, _ = on_twin.main("fault inject throttle us-west-2", capsys)
    _, cleared, _ = on_twin.main("fault clear throttle us-west-2", capsys)

    assert "`muster fault clear throttle us-west-2` clears it" in injected
    assert cleared == "throttle us-west-2: cleared\n"
    assert on_twin.aws.reserved[OREGON] == 20


def test_inject_says_when_a_fault_ends_by_itself(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, output, _ = on_twin.main("fault inject network-cut us-west-2 --for 5m", capsys)

    now = on_twin.aws.clock.now()
    assert code == 0
    assert f"it ends at {format_moment(now + 300, now)}, and `muster fault clear" in output


def test_a_global_fault_takes_no_region(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, _, errors = on_twin.main("fault inject control-stop us-west-2", capsys)
    whole, output, _ = on_twin.main("fault inject control-stop", capsys)

    assert (code, whole) == (2, 0)
    assert "control-stop takes no Region: it is of all of them" in errors
    assert "control-stop: injected" in output


def test_inject_names_no_end_for_a_throttle(on_twin: CommandLine, capsys: Capture) -> None:
    _, output, notes = on_twin.main("fault inject throttle us-west-2 --for 5m", capsys)

    assert "it ends at" not in output
    assert "has no end of its own here" in notes


@pytest.mark.parametrize(
    "line",
    [
        "status --watch 0",
        "health us-west-2 fail --for 0s",
        "fault inject throttle us-west-2 --for 500ms",
        "probe --for 0",
    ],
)
def test_a_duration_below_the_minimum_is_refused(
    on_twin: CommandLine, capsys: Capture, line: str
) -> None:
    code, _, errors = on_twin.main(line, capsys)

    assert code == 2
    assert "is less than" in errors
    assert on_twin.aws.made("PutItem") == []
