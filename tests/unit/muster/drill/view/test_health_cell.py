"""A Region's health in a word and a colour."""

from typing import get_args

import pytest

from muster.drill.view.health_cell import door_health_cell, health_cell, record_cell, switch_cell
from muster.model import SwitchSetting, SwitchStatus
from muster.terminal import BAD, GOOD, WARNING
from tests.unit.muster.drill.builders import AWAY, build_record_view, build_region_view


@pytest.mark.parametrize(
    ("endpoint", "target", "word", "style"),
    [
        ("HEALTHY", "healthy", "healthy", GOOD),
        ("UNHEALTHY", "unhealthy", "unhealthy", BAD),
        ("INITIAL", "initial", "initial", WARNING),
        (None, None, "?", WARNING),
        ("HEALTHY", "unhealthy", "target unhealthy", BAD),
        ("UNHEALTHY", "healthy", "endpoint unhealthy", BAD),
        ("HEALTHY", "initial", "target initial", WARNING),
        (None, "unhealthy", "target unhealthy", BAD),
        ("HEALTHY", None, "endpoint healthy", WARNING),
    ],
)
def test_green_is_known_to_be_healthy_and_red_is_known_to_be_not(
    endpoint: str | None, target: str | None, word: str, style: str
) -> None:
    seen = build_region_view(AWAY, endpoint=endpoint, target=target)

    assert health_cell(seen) == (word, style)


def test_a_survivor_whose_accelerator_does_not_answer_is_not_red() -> None:
    """The API of Global Accelerator is in us-west-2, and goes with it."""
    assert health_cell(build_region_view(AWAY, endpoint=None)) == ("target healthy", WARNING)


def test_a_short_word_keeps_what_is_known() -> None:
    gone, alone = (
        build_region_view(AWAY, endpoint=endpoint, target="healthy")
        for endpoint in ("UNHEALTHY", None)
    )

    assert health_cell(gone, short=True) == ("unhealthy", BAD)
    assert health_cell(alone, short=True) == ("healthy ?", WARNING)
    assert health_cell(build_region_view(AWAY), short=True) == ("healthy", GOOD)
    assert health_cell(None, short=True) == ("?", WARNING)


def test_a_region_that_was_not_read_is_unknown() -> None:
    assert health_cell(None) == ("?", WARNING)
    assert switch_cell(None) == ("?", WARNING)
    assert switch_cell(build_region_view(AWAY, switch=None)) == ("?", WARNING)
    assert record_cell(None) == ("?", WARNING)


def test_the_dns_door_goes_by_its_record() -> None:
    sick = build_record_view(AWAY, healthy_checkers=0)

    assert door_health_cell("dns", build_region_view(AWAY), sick) == ("unhealthy", BAD)
    assert door_health_cell("dns", None, build_record_view(AWAY)) == ("healthy", GOOD)
    assert door_health_cell("accelerator", build_region_view(AWAY), sick) == ("healthy", GOOD)


@pytest.mark.parametrize("status", get_args(SwitchStatus))
def test_only_a_switch_that_is_set_has_a_colour(status: SwitchStatus) -> None:
    word, style = switch_cell(build_region_view(AWAY, switch=SwitchSetting(status=status)))

    assert word == status
    assert bool(style) == (status != "auto")
