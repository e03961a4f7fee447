"""`muster dial`."""

import pytest

from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine


def test_dial_prints_the_change_and_its_warnings(on_twin: CommandLine, capsys: Capture) -> None:
    _, turned, _ = on_twin.main("dial us-west-2 50%", capsys)
    _, again, _ = on_twin.main("dial us-west-2 50 --no-wait", capsys)
    _, waited, _ = on_twin.main("dial us-west-2 50", capsys)

    assert turned.startswith("us-west-2: dial 100 % -> 50 %, deployed\n! the stack declares 100 %")
    assert again.startswith("us-west-2: the dial is at 50 % already\n")
    assert waited.startswith("us-west-2: the dial is at 50 % already, and deployed\n")


def test_a_region_that_the_stack_lacks_is_refused_before_anything_is_asked(
    on_twin: CommandLine, capsys: Capture
) -> None:
    code, _, errors = on_twin.main("dial us-west-1 50", capsys)

    assert code == 2
    assert "us-west-1" in errors
    assert on_twin.aws.calls == []


def test_dial_waits_for_an_earlier_change_only_with_queue(
    on_twin: CommandLine, capsys: Capture
) -> None:
    on_twin.aws.busy_until_s = on_twin.aws.clock.monotonic() + 5

    refused, _, errors = on_twin.main("dial us-west-2 50", capsys)
    queued, _, _ = on_twin.main("dial us-west-2 50 --queue", capsys)

    assert (refused, queued) == (3, 0)
    assert "(--queue)" in errors


def test_dial_without_waiting_says_that_the_change_was_only_sent(
    on_twin: CommandLine, capsys: Capture
) -> None:
    _, output, _ = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert output.startswith("us-west-2: dial 100 % -> 50 %, sent, not waited for\n")
    assert on_twin.aws.clock.monotonic() < on_twin.aws.busy_until_s


@pytest.mark.parametrize("percent", ["-5", "-50%", "-0.5"])
def test_a_negative_percentage_is_told_the_range(
    on_twin: CommandLine, capsys: Capture, percent: str
) -> None:
    code, _, errors = on_twin.main(f"dial us-west-2 {percent} --no-wait", capsys)

    assert code == 2
    assert errors.endswith(
        f"Invalid value for 'PERCENT': '{percent}' is not a percentage from 0 to 100\n"
    )
    assert on_twin.aws.calls == []


@pytest.mark.parametrize(
    ("option", "words"),
    [("--no-wat", "'--no-wait'"), ("--no-wat", "No such option '--no-wat'"), ("-q", "option '-q'")],
)
def test_an_unknown_option_beside_a_percentage_is_told_as_one(
    on_twin: CommandLine, capsys: Capture, option: str, words: str
) -> None:
    code, _, errors = on_twin.main(f"dial us-west-2 50 {option}", capsys)

    assert code == 2
    assert words in errors
