"""The frame of a chart: its name, and the labels of its marks."""

from itertools import pairwise

from hypothesis import given

from muster.report.charts.frame import (
    LARGEST_SHIFT,
    ChartContext,
    ChartFrame,
    mark_half_width,
    place_mark_labels,
)
from muster.report.charts.scales import WIDTH, time_scale
from muster.report.model import MarkKind, TimelineEvent
from tests.unit.muster.report.charts.strategies import MARKS, NAME, SPAN

X = time_scale(SPAN)


def mark(at_s: float, label: str, kind: MarkKind) -> TimelineEvent:
    return TimelineEvent(at_s=at_s, label=label, words="", kind=kind)


@given(marks=MARKS)
def test_labels_of_marks_do_not_overlap(marks: list[TimelineEvent]) -> None:
    placed = place_mark_labels(marks, X)

    ends = [(at - mark_half_width(one), at + mark_half_width(one)) for one, at in placed]
    assert all(left[1] <= right[0] + 0.2 for left, right in pairwise(ends))
    assert all(low >= -0.2 and high <= WIDTH + 0.2 for low, high in ends)


def test_a_stop_right_behind_the_cause_is_named_beside_its_line() -> None:
    marks = [mark(100, "m1 cause", "cause"), mark(105, "stop", "stop"), mark(106, "r1", "step")]

    placed = {one.label: at for one, at in place_mark_labels(marks, X)}

    assert set(placed) == {"m1 cause", "stop"}
    assert X(105) < placed["stop"] <= X(105) + LARGEST_SHIFT


def test_the_cause_is_named_before_a_step() -> None:
    marks = [mark(99, "m1", "step"), mark(100, "m2 cause", "cause")]

    placed = place_mark_labels(marks, X)

    assert [one.label for one, _ in placed] == ["m2 cause"]


def test_a_mark_without_room_for_its_label_has_a_name_all_the_same() -> None:
    at_s = SPAN.start_s + 1
    marks = (mark(at_s, "on-call paged", "step"), mark(at_s, "m4 approved", "step"))
    (labelled,) = {one.label for one, _ in place_mark_labels(marks, X)}

    svg = ChartFrame(context=ChartContext(span=SPAN, marks=marks), height=50).draw(NAME)

    (other,) = {"on-call paged", "m4 approved"} - {labelled}
    assert f"{other}</title></line>" in svg


def test_a_chart_says_what_it_is() -> None:
    svg = ChartFrame(context=ChartContext(span=SPAN), height=50).draw(NAME)

    assert '<title id="c-t">A &lt;chart&gt; &amp; more</title>' in svg
    assert '<desc id="c-d">' in svg
    assert 'aria-labelledby="c-t c-d"' in svg
