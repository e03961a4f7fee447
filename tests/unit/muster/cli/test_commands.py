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


def switched(where: CommandLine, status: str, left_s: float) -> None:
    """Set the switch of us-west-2 behind the tool's back."""
    until = where.aws.clock.now() + left_s
    switch = SwitchSetting(status="fail", by="ops", why="drill 12", until_epoch_s=until)
    item = {**switch_to_item(OREGON, switch), "status": {"S": status}}
    for table in where.aws.tables.values():
        table[f"health#{OREGON}"] = item


def test_status_shows_each_region_in_a_line(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.dials[OREGON] = 50.0
    on_twin.aws.metrics = {
        ("NewFlowCount", FRANKFURT): 180.0,
        ("NewFlowCount", OREGON): 60.0,
        ("ReplicationLatency", FRANKFURT): 850.0,
    }
    switched(on_twin, "fail", 580)

    code, said, _ = on_twin.main("status", capsys)

    lines = {line.split()[0]: line.split() for line in said.splitlines() if line}
    assert code == 0
    assert said.startswith("the twin at http://127.0.0.1:4599, account 123456789012\n")
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
    assert "! us-west-2: health switch at fail, set by ops (drill 12)" in said


async def test_status_fits_into_80_columns(on_twin: CommandLine) -> None:
    on_twin.aws.dials[OREGON] = 99.5
    switched(on_twin, "fail", 580)
    on_twin.aws.metrics = {("ReplicationLatency", OREGON): 3_500_000.0}
    deployment = on_twin.context().open_deployment()
    paper = io.StringIO()
    view = await deployment.telemetry().view()

    print_status(
        deployment.place,
        deployment.stack,
        view,
        on_twin.aws.clock.now(),
        Console(file=paper, width=80),
    )

    assert all(len(line) <= 80 for line in paper.getvalue().splitlines())
    assert "…" not in paper.getvalue()


def test_status_says_what_could_not_be_read(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    code, said, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "accelerator ?" in said
    assert "? (100)" in said
    assert "? us-west-2: accelerator, dials, endpoint health could not be read" in said


def test_status_leaves_its_lines_whole_for_a_pipe(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"globalaccelerator"}

    _, said, _ = on_twin.main("status", capsys)

    assert (
        "! Global Accelerator's API (us-west-2 only) can't be reached: no dial can be turned."
        " `muster health REGION fail` still empties a Region\n"
    ) in said
    assert not any(line.endswith(" ") for line in said.splitlines())


def test_status_as_json_has_everything(on_aws: CommandLine, capsys: Capture) -> None:
    on_aws.aws.dials[OREGON] = 50.0

    _, said, _ = on_aws.main("status --json", capsys)

    document = json.loads(said)
    assert document["target"] == {"kind": "aws", "endpoint_url": None, "account": "123456789012"}
    assert document["regions"][OREGON]["dial"] == 50
    assert document["regions"][OREGON]["declared_dial"] == 100
    assert document["regions"][OREGON]["replication_lag_s"] is None
    assert "pulumi up" in document["warnings"][0]
    assert document["problems"] == []


def test_dial_says_what_it_did_and_what_to_know(on_twin: CommandLine, capsys: Capture) -> None:
    _, turned, _ = on_twin.main("dial us-west-2 50%", capsys)
    _, again, _ = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert turned.startswith("us-west-2: dial 100 % -> 50 %, deployed\n! the stack declares 100 %")
    assert again.startswith("us-west-2: the dial is at 50 % already\n")


def test_dial_queues_only_when_told(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.busy_until_s = on_twin.aws.clock.monotonic() + 5

    refused, _, errors = on_twin.main("dial us-west-2 50", capsys)
    queued, _, _ = on_twin.main("dial us-west-2 50 --queue", capsys)

    assert (refused, queued) == (3, 0)
    assert "(--queue)" in errors


def test_health_ends_by_itself_unless_told_otherwise(on_twin: CommandLine, capsys: Capture) -> None:
    now = on_twin.aws.clock.now()

    ends = []
    for span in ("", "--for 10m", "--for forever"):
        on_twin.main(f"health us-west-2 fail {span}", capsys)
        item = on_twin.aws.tables[OREGON][f"health#{OREGON}"]
        ends.append(float(item["until"]["N"]) - now if "until" in item else None)

    assert ends == [pytest.approx(3600, abs=10), pytest.approx(600, abs=10), None]


def test_health_auto_has_no_end(on_twin: CommandLine, capsys: Capture) -> None:
    _, said, _ = on_twin.main("health us-west-2 auto", capsys)

    assert "until" not in on_twin.aws.tables[OREGON][f"health#{OREGON}"]
    assert said == "us-west-2: health switch at auto\n"


def test_health_says_what_followed(on_twin: CommandLine, capsys: Capture) -> None:
    _, said, _ = on_twin.main("health us-west-2 fail --reason drill --invoke", capsys)

    item = on_twin.aws.tables[OREGON][f"health#{OREGON}"]
    until = float(item["until"]["N"])
    assert item["why"] == {"S": "drill"}
    assert item["by"]["S"].startswith("me@")
    assert said.splitlines() == [
        "us-west-2: health switch at fail",
        "  the function answers 503: health: 503",
        "  the load balancer's target is unhealthy",
        f"  it ends by itself at {format_moment(until, on_twin.aws.clock.now())}",
    ]
    assert said.endswith(" (in 1:00 h)\n")


def test_a_switch_that_was_written_and_not_seen_is_said_to_stay(
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


def test_health_without_waiting_asks_for_no_target(on_twin: CommandLine, capsys: Capture) -> None:
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
SAID = "! network-slow of us-west-2 (delay_ms 200) stands, 9:40 min left\n"


def test_status_says_what_is_broken_on_purpose(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    code, said, _ = on_twin.main("status", capsys)
    document = json.loads(on_twin.main("status --json", capsys)[1])

    assert code == 0
    assert SAID in said
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


def test_status_says_when_nobody_tells_what_is_broken(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {"twin"}

    code, said, _ = on_twin.main("status", capsys)

    assert code == 1
    assert "? the twin: faults could not be read: ConnectionRefusedError" in said


def test_faults_are_listed_with_where_they_work(on_aws: CommandLine, capsys: Capture) -> None:
    code, said, _ = on_aws.main("fault list", capsys)

    assert code == 0
    assert "throttle           the Region's function may not run (AWS and twin)\n" in said
    assert said.endswith("\non AWS, account 123456789012\nno fault is active\n")


def test_faults_are_listed_beside_those_that_stand(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.twin_faults = [SLOW]

    code, said, _ = on_twin.main("fault list", capsys)
    document = json.loads(on_twin.main("fault list --json", capsys)[1])

    assert code == 0
    assert said.endswith(f"account 123456789012\n{SAID}")
    assert document["kinds"]["network-cut"] == "the Region can't be reached (twin)"
    assert [one["kind"] for one in document["standing"]] == ["network-slow"]
    assert document["unread"] == document["problems"] == []


def test_a_list_of_faults_that_is_not_whole_says_so(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {"twin"}

    code, said, _ = on_twin.main("fault list", capsys)

    assert code == 1
    assert "? the twin: faults could not be read" in said
    assert "nothing is broken" not in said


def test_a_fault_says_how_it_is_put_back(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.reserved[OREGON] = 20

    _, injected, _ = on_twin.main("fault inject throttle us-west-2", capsys)
    _, cleared, _ = on_twin.main("fault clear throttle us-west-2", capsys)

    assert "`muster fault clear throttle us-west-2` clears it" in injected
    assert cleared == "throttle us-west-2: cleared\n"
    assert on_twin.aws.reserved[OREGON] == 20


def test_a_fault_that_ends_by_itself_says_when(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, said, _ = on_twin.main("fault inject network-cut us-west-2 --for 5m", capsys)

    now = on_twin.aws.clock.now()
    assert code == 0
    assert f"it ends by itself at {format_moment(now + 300, now)}, and `muster fault clear" in said


def test_a_fault_of_every_region_takes_none(on_twin: CommandLine, capsys: Capture) -> None:
    write_twin_program(on_twin.folder, "exit 0")
    on_twin.environ = {"TWIN_HOME": str(on_twin.folder), "PATH": "/usr/bin:/bin"}

    code, _, errors = on_twin.main("fault inject control-stop us-west-2", capsys)
    whole, said, _ = on_twin.main("fault inject control-stop", capsys)

    assert (code, whole) == (2, 0)
    assert "control-stop takes no Region: it is of all of them" in errors
    assert "control-stop: injected" in said


def test_a_throttle_has_no_end_to_tell(on_twin: CommandLine, capsys: Capture) -> None:
    _, said, notes = on_twin.main("fault inject throttle us-west-2 --for 5m", capsys)

    assert "ends by itself" not in said
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
def test_a_length_of_time_that_makes_no_sense_is_refused(
    on_twin: CommandLine, capsys: Capture, line: str
) -> None:
    code, _, errors = on_twin.main(line, capsys)

    assert code == 2
    assert "is less than" in errors
    assert on_twin.aws.made("PutItem") == []
