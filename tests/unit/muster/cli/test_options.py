"""Options that several commands share."""

import click
import pytest

from muster.cli.options import NUMBER, PERCENT, SHARE, DurationType, ParsedType
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine


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


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (PERCENT, "50%", 50.0),
        (SHARE, "2%", 0.02),
        (NUMBER, "7", 7.0),
        (DurationType(), "2m", 120.0),
        (DurationType(1.0), "1s", 1.0),
    ],
)
def test_a_value_is_read_by_the_parser_of_its_option(
    kind: ParsedType, text: str, value: float
) -> None:
    assert kind.convert(text, None, None) == value
    assert kind.convert(value, None, None) == value  # as a default


def test_a_wrong_value_is_refused_with_the_rule_of_its_parser() -> None:
    with pytest.raises(click.BadParameter, match="'300' is not a percentage from 0 to 100"):
        PERCENT.convert("300", None, None)
    with pytest.raises(click.BadParameter, match="'soon' is not a length of time"):
        DurationType().convert("soon", None, None)
    with pytest.raises(click.BadParameter, match="'900ms' is less than 1 s"):
        DurationType(1.0).convert("900ms", None, None)
