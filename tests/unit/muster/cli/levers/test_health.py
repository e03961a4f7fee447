"""`muster health`."""

import pytest

from muster.formatting import format_moment
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import OREGON


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


def test_a_switch_without_an_end_says_that_a_person_ends_it(
    on_twin: CommandLine, capsys: Capture
) -> None:
    _, output, _ = on_twin.main("health us-west-2 pass --for forever", capsys)

    assert output.splitlines() == [
        "us-west-2: health switch at pass",
        "  the load balancer's target is healthy",
        "  it has no end: set it to auto yourself",
    ]


def test_a_switch_back_to_auto_that_was_not_seen_needs_nothing_undone(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {OREGON}

    code, _, errors = on_twin.main("health us-west-2 auto --within 3s", capsys)

    assert code == 1
    assert "undoes it" not in errors


def test_an_endless_switch_is_waited_for_as_long_as_told(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.down = {OREGON}

    code, _, errors = on_twin.main("health us-west-2 fail --for forever --within 3s", capsys)

    assert code == 1
    assert "`muster health us-west-2 auto` undoes it" in errors


def test_a_region_that_the_stack_lacks_is_refused(on_twin: CommandLine, capsys: Capture) -> None:
    code, _, errors = on_twin.main("health us-west-1 fail", capsys)

    assert code == 2
    assert "us-west-1" in errors
    assert on_twin.aws.calls == []


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

    operations = [call.operation for call in on_twin.aws.calls]
    assert "DescribeTargetHealth" in operations  # for the guards
    assert "DescribeTargetHealth" not in operations[operations.index("PutItem") :]


def test_an_ended_switch_has_no_effect_to_wait_for(on_twin: CommandLine, capsys: Capture) -> None:
    on_twin.aws.down = {OREGON}

    code, _, errors = on_twin.main("health us-west-2 fail --for 5s", capsys)

    assert code == 1
    assert "within 0:05" in errors or "5 s" in errors
    assert "the switch has ended before its effect was seen: give --for a longer time" in errors
