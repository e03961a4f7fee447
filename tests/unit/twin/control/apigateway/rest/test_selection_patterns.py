"""Which selection patterns are matched."""

import time

import pytest

from twin.control.apigateway.rest.selection_patterns import is_quick_pattern, matches_status


@pytest.mark.parametrize(
    "pattern", ["200", "2..", r"4\d{2}", "(4|5)..", "(?:4|5)+0*4", r"(\n|.)+", ".*", "[45]00|200"]
)
def test_usual_patterns_are_matched(pattern: str) -> None:
    assert is_quick_pattern(pattern)
    assert matches_status(pattern, "404") == (pattern not in ("200", "2..", "[45]00|200"))


@pytest.mark.parametrize(
    "pattern",
    [
        "(" * 60 + r"\d*" + ")*" * 60 + "x",
        r"(\d+)+x",
        r"((\d*))*x",
        "(|)" * 42 + "x",
        "()?" * 40 + "x",
        "(4||4)*",
        "(" * 5000,
        r"\d*" * 60,
    ],
)
def test_a_pattern_that_may_take_long_is_not_tried(pattern: str) -> None:
    started = time.process_time()

    assert not matches_status(pattern, "404")

    assert not is_quick_pattern(pattern)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("piece", [r"\d*", ".?", "(4|4|4|4|4|4|4|4)+", "(.*|.*|.*|.*|.*|.*)"])
def test_the_longest_patterns_are_quick(piece: str) -> None:
    pattern = piece * min(3 if "(" in piece else 128, 127 // len(piece)) + "x"
    assert is_quick_pattern(pattern)
    started = time.process_time()

    assert not matches_status(pattern, "404")

    assert time.process_time() - started < 1.0
