"""The picture of a run, at the sizes that terminals have."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from muster.drill.journal.events import StepStarted
from muster.drill.observation.probe_window import CohortObservation, Observation
from muster.drill.observation.replication_tracker import ReplicationLags
from muster.drill.plan.model import DrillPlan
from muster.drill.view.live_view import RUN_HINT
from muster.drill.view.screen import Screen
from muster.measure.samples import Cohort
from muster.report.run_reader import RunRecords
from tests.unit.muster.drill.builders import (
    AWAY,
    HOME,
    build_plan,
    build_record_view,
    build_region_view,
    build_two_door_view,
    build_view,
)
from tests.unit.muster.drill.view.builders import OBSERVED
from tests.unit.muster.drill.view.screens import (
    SIZES,
    Size,
    coloured_words,
    draw,
    draw_svg,
    screen_at,
)
from tests.unit.muster.report.sample_runs import evacuation, region_loss, three_region_loss

FAR = "ap-southeast-1"
MOMENTS = (0.2, 1.0, 19.0, 30.0, 60.0, 100.0, 400.0)
RUNS: Mapping[str, RunRecords] = {
    "region-loss": region_loss(),
    "evacuate": evacuation(),
    "three-regions": three_region_loss(),
}
at_each_size = pytest.mark.parametrize("size", SIZES, ids=str)
of_each_run = pytest.mark.parametrize("name", RUNS)


def moment(**more: object) -> Screen:
    """A screen in the middle of an evacuation; `more` replaces some fields."""
    return replace(screen_at(evacuation(), 60.0), **more)  # type: ignore[arg-type]  # free-form


def evacuation_plan() -> DrillPlan:
    return moment().plan


def region_row(rows: Sequence[str], region: str) -> str:
    """The row of the Regions' table."""
    return next(row for row in rows if row[2:].startswith(region))


@at_each_size
@of_each_run
def test_a_picture_fits_its_terminal_at_every_moment(name: str, size: Size) -> None:
    for seconds in MOMENTS:
        rows = draw(screen_at(RUNS[name], seconds), size)

        assert len(rows) <= size.rows
        assert {len(row) for row in rows} == {size.columns}


@at_each_size
def test_a_picture_uses_the_height_and_the_width_that_there_are(size: Size) -> None:
    timeline = tuple((float(n), f"event {n}") for n in range(100))

    rows = draw(moment(timeline=timeline), size)

    assert len(rows) == size.rows
    assert "event 99" in rows[-2]
    assert sum("event " in row for row in rows) == size.rows - 11
    bar = region_row(rows, HOME).count("█")
    assert bar == {80: 10, 100: 30, 200: 60}[size.columns]


def at_every_moment() -> Iterator[Screen]:
    """An evacuation with lags, dials, shares and health words of every length."""
    screen = moment()
    for lag_s, number, observers in product(
        (None, 0.012, 0.99, 1.0, 42.0),
        (0, 5000),
        (("HEALTHY", "healthy"), ("UNHEALTHY", "healthy"), (None, "unhealthy"), (None, None)),
    ):
        endpoint, target = observers
        away = build_region_view(AWAY, endpoint=endpoint, target=target, dial=float(number % 101))
        lags = {HOME: {AWAY: lag_s}}
        shares = {HOME: 10, AWAY: number}
        yield replace(
            screen,
            observation=replace(OBSERVED, lags_s=lags, good_by_region=shares),
            view=build_view(build_region_view(HOME), away),
        )


@pytest.mark.parametrize("columns", [40, 56, 80, 100, 200])
def test_columns_stay_where_they_are_from_picture_to_picture(columns: int) -> None:
    headings, rows_of_timeline = set(), set()
    for screen in at_every_moment():
        rows = draw(screen, Size(columns, 30))
        headings.add(region_row(rows, "Region"))
        rows_of_timeline.add(next(n for n, row in enumerate(rows) if "dial of us-west" in row))
        assert {len(row) for row in rows} == {columns}

    assert len(headings) == 1
    assert len(rows_of_timeline) == 1


def test_columns_of_three_regions_stay_where_they_are_when_one_can_not_be_read() -> None:
    headings = set()
    for lag_s in (0.012, None):
        lags: ReplicationLags = {AWAY: {HOME: 1.0, FAR: lag_s}, HOME: {AWAY: 0.4, FAR: lag_s}}
        plan = replace(evacuation_plan(), regions=(HOME, FAR, AWAY))
        screen = moment(plan=plan, observation=replace(OBSERVED, lags_s=lags), steps=())
        headings |= {(n, region_row(draw(screen, Size(n, 30)), "Region")) for n in (80, 140, 200)}

    assert len(headings) == 3


@of_each_run
def test_a_terminal_of_a_phones_size_shows_shares_health_and_what_is_left(name: str) -> None:
    for seconds in MOMENTS:
        screen = screen_at(RUNS[name], seconds)
        rows = draw(screen, Size(40, 30))

        assert not any("…" in row for row in rows)
        assert rows[0].startswith("╭─ ")
        assert (" left" in rows[0]) == bool(screen.progress.left_s)
        for region in screen.plan.regions:
            _, share, health = re.split("  +", region_row(rows, region).strip("│ "))
            assert share == "?" or share.endswith(" %")
            assert health in ("healthy", "unhealthy", "initial", "healthy ?", "?")


@at_each_size
def test_steps_have_names_and_no_ids(size: Size) -> None:
    ids = {step.id for step in evacuation_plan().steps}

    words = " ".join(draw(screen_at(evacuation(), 80.0), size)).replace(":", " ").split()

    assert not ids & set(words)


@at_each_size
def test_the_headline_says_what_is_left_of_the_step_and_of_the_run(size: Size) -> None:
    rows = draw(screen_at(evacuation(), 80.0), size)

    assert "80 s, about 1:43 min left" in rows[0]
    assert "method  step 11 of 18: hold for 60 s" in rows[1]
    assert "48 s of 60 s left" in rows[2]


@pytest.mark.parametrize("rows", [10, 12, 15])
def test_a_low_terminal_shows_the_latest_event_in_place_of_figures(rows: int) -> None:
    cohorts = {cohort: CohortObservation(requests=20, failed=2) for cohort in Cohort}
    observation = replace(OBSERVED, cohorts=cohorts)

    drawn = draw(moment(observation=observation, timeline=((1.0, "newest"),)), Size(40, rows))

    assert len(drawn) == rows
    assert "newest" in drawn[-2]
    assert region_row(drawn, AWAY)


def test_a_low_terminal_shows_the_whole_reason_of_a_stop_and_the_hint() -> None:
    reason = "region-kill of us-west-2, which this drill had injected, was ended, by ann@desk"
    timeline = ((1.0, "phase: method"), (58.0, f"stopped, and rolled back: {reason}"))

    drawn = draw(moment(timeline=timeline, hint=RUN_HINT), Size(40, 15))

    words = " ".join(" ".join(row.strip("│ ") for row in drawn).split())
    assert len(drawn) == 15
    assert f"58.0 stopped, and rolled back: {reason}" in words
    assert RUN_HINT in drawn[-1]


def test_an_event_that_is_higher_than_the_terminal_is_shown_by_its_end() -> None:
    timeline = ((1.0, "phase: method"), (58.0, f"stopped: {'because of ' * 60}this"))

    drawn = draw(moment(timeline=timeline), Size(40, 15))

    assert len(drawn) == 15
    assert "this" in drawn[-2]


def test_what_lasts_longer_than_expected_is_told_at_every_width() -> None:
    """Of the region-loss's last step, which waits until the Region has its clients back."""
    records = region_loss()
    last = next(
        line
        for line in records.lines
        if isinstance(line.event, StepStarted) and line.event.step == "m7"
    )
    began_s = last.at_s - records.lines[0].at_s
    cut = replace(records, lines=records.lines[: records.lines.index(last) + 1])

    in_time = "\n".join(draw(screen_at(cut, began_s + 34.0), SIZES[0]))
    late = "\n".join(draw(screen_at(cut, began_s + 36.0), SIZES[0]))
    narrow = draw(screen_at(cut, began_s + 36.0), Size(40, 24))

    assert "about 6 s left" in in_time
    assert "34 s so far, at most" in in_time
    assert "at least 5 s left" in late
    assert "36 s so far, longer than expected, at most 2:24 min left" in late
    assert [row.strip("│ ") for row in narrow[3:5]] == [
        "36 s so far, longer than expected,",
        "at most 2:24 min left",
    ]


@at_each_size
@of_each_run
def test_a_run_that_has_ended_counts_no_time_any_more(name: str, size: Size) -> None:
    rows = draw(screen_at(RUNS[name], 400.0), size)

    assert "closing  has ended" in rows[1]
    assert "so far" not in rows[2]
    assert " left" not in rows[0]


@at_each_size
@of_each_run
def test_a_word_never_changes_its_colour(name: str, size: Size) -> None:
    """Green is good, red is bad, yellow is unknown or waits; the word alone says the same."""
    colours: dict[str, set[str]] = {}
    for seconds in MOMENTS:
        for word, colour in coloured_words(screen_at(RUNS[name], seconds), size):
            colours.setdefault(word, set()).add(colour)

    assert colours["healthy"] == {"green"}
    assert colours.get("?", {"yellow"}) == {"yellow"}
    assert all(len(found) == 1 for found in colours.values())
    green = [word for word, found in colours.items() if found == {"green"}]
    assert not [word for word in green if "?" in word or "unhealthy" in word]
    assert all(any(one.isalnum() or one == "?" for one in word) for word in colours)


def test_a_survivor_is_not_red_while_the_accelerator_does_not_answer() -> None:
    survivor = build_region_view(HOME, endpoint=None)
    dead = build_region_view(AWAY, endpoint=None, target=None)

    found = dict(coloured_words(moment(view=build_view(survivor, dead)), SIZES[0]))

    assert found["target healthy"] == "yellow"
    assert found["?"] == "yellow"


@at_each_size
def test_a_picture_marks_what_is_unknown(size: Size) -> None:
    screen = moment(observation=Observation(), view=None)

    text = "\n".join(draw(screen, size))

    assert "errors ?" in text
    assert ("errors", "green") not in set(coloured_words(screen, size))
    assert region_row(draw(screen, size), HOME).split()[3:7] == ["?"] * 4


def test_a_wide_terminal_lists_the_steps_the_targets_and_what_to_watch() -> None:
    text = " ".join("\n".join(draw(screen_at(evacuation(), 80.0), Size(200, 50))).split())

    assert "dial of us-west-2 to 25 % done 1.9 s" in text
    assert "hold for 60 s now" in text
    assert "dial of us-west-2 to 100 % about 5 s" in text
    assert "targets: RTO at most 5 s" in text
    assert "stops when error-rate above 5 % for 5 s" in text
    assert "watch: Shares should follow the dial" in text


def test_steps_that_are_too_many_for_the_rows_show_the_one_that_runs() -> None:
    rows = draw(screen_at(evacuation(), 80.0), Size(200, 12))

    assert len(rows) == 12
    assert any("now" in row.split() for row in rows)


def test_with_three_regions_the_picture_names_the_slowest_and_the_unreadable_direction() -> None:
    lags: ReplicationLags = {AWAY: {HOME: 0.5, FAR: 9.0}, HOME: {AWAY: 0.4, FAR: None}}
    plan = replace(evacuation_plan(), regions=(HOME, FAR, AWAY))
    screen = moment(plan=plan, observation=replace(OBSERVED, lags_s=lags), steps=())

    wide = "\n".join(draw(screen, Size(140, 30)))
    narrow = draw(screen, Size(80, 24))

    assert "9 s to ap-southeast-1" in wide
    assert "0.4 s to us-west-2, ? to ap-southeast-1" in wide
    assert region_row(narrow, AWAY).split()[-3:] == ["9", "s", "│"]
    assert region_row(narrow, HOME).split()[-2:] == ["?", "│"]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("number", "rows"), [(2, 24), (3, 24), (8, 24), (2, 11)])
def test_many_regions_fit_a_terminal(number: int, rows: int, columns: int) -> None:
    """Nothing is cut off: neither a Region's line nor the newest event."""
    regions = (FAR, HOME, *(f"ap-northeast-{n}" for n in range(6)))[:number]
    observation = replace(
        OBSERVED,
        good_by_region=dict.fromkeys(regions, 10),
        lags_s={regions[1]: {regions[0]: 14.5}},
    )
    screen = moment(
        plan=replace(evacuation_plan(), regions=regions),
        observation=observation,
        view=build_view(*(build_region_view(name) for name in regions)),
        timeline=((1.0, "rollback holds: sick"), (2.0, "rollback incomplete: still sick")),
    )

    drawn = draw(screen, Size(columns, rows))

    assert len(drawn) <= rows
    assert "still sick" in drawn[-2]
    assert not any("…" in row for row in drawn)
    assert all(name in "\n".join(drawn) for name in regions)


def test_a_long_reason_is_shown_to_its_end() -> None:
    why = f"{'us-west-2 is unhealthy now, ' * 5}so no traffic is sent there"

    rows = draw(moment(timeline=((1.0, why),)), Size(80, 40))

    assert why in " ".join(" ".join(rows).replace("│", " ").split())


def test_the_timeline_begins_with_a_whole_event_and_keeps_its_height() -> None:
    wrapped = "run 2026-11-21 on the twin at http://127.0.0.1:4566, in the account 123456789012"
    timeline = [(0.0, wrapped), *((float(n), f"event {n}") for n in range(1, 13))]

    whole, scrolled = (
        [row.strip("│ ") for row in draw(moment(timeline=tuple(timeline[:end])), Size(80, 24))]
        for end in (12, 13)
    )

    assert whole[-14:-12] == [f"0.0  {wrapped[:-13]}", wrapped[-12:]]
    assert scrolled[-14:-12] == ["", "1.0  event 1"]
    assert len(whole) == len(scrolled) == 24


def test_the_dns_door_shows_weights_and_its_clients() -> None:
    plan = build_plan("evacuate-by-weight")
    cohorts = {
        Cohort.DNS_TTL: CohortObservation(requests=20, failed=2),
        Cohort.DNS_JVM: CohortObservation(),
    }
    view = build_two_door_view(build_record_view(AWAY, weight=0))
    screen = moment(plan=plan, observation=replace(OBSERVED, cohorts=cohorts), view=view)

    rows = draw(screen, SIZES[0])

    assert any("weight" in row for row in rows)
    assert region_row(rows, AWAY).split()[5:7] == ["0", "healthy"]
    assert any("through DNS, last 10 s failed:  TTL 10 %  JVM ?" in row for row in rows)


def test_a_dns_policy_without_weights_shows_the_inversion_of_health_checks() -> None:
    records = (
        build_record_view(HOME, weight=None),
        build_record_view(AWAY, weight=None, inverted=True),
    )
    plan = build_plan("evacuate-by-health")
    view = build_two_door_view(*records)
    screen = moment(plan=replace(plan, door="dns"), observation=OBSERVED, view=view)

    rows = draw(screen, SIZES[0])

    assert any("inverted" in row for row in rows)
    assert not any("weight" in row for row in rows)
    assert (region_row(rows, HOME).split()[5], region_row(rows, AWAY).split()[5]) == ("off", "on")


def test_a_terminal_without_other_characters_gets_bars_of_plain_ones() -> None:
    row = region_row(draw(moment(), SIZES[0], ascii_only=True), HOME)

    assert "#" in row
    assert "█" not in row


PICTURE = Path(__file__).resolve().parents[5] / "docs/images/live-view.svg"


def test_the_picture_in_the_documentation_is_of_this_view() -> None:
    """UPDATE_PICTURE=1 draws it anew."""
    drawn = draw_svg(screen_at(evacuation(), 80.0), Size(100, 26))

    if os.environ.get("UPDATE_PICTURE"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(drawn)
    assert PICTURE.read_text() == drawn
    assert "url(" not in drawn.replace("url(#", "")
