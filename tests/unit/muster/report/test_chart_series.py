"""The data of the charts: where they come from, and into which bins they fall."""

from dataclasses import replace

import pytest

from muster.measure import Cohort, RequestKind
from muster.report.build import build_report
from muster.report.chart_series import MOST_BINS, bin_width_s
from muster.report.charts.figures import chart_figures
from muster.report.document import build_document
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.report.sample_runs import (
    evacuation,
    region_loss,
    three_region_loss,
    with_samples,
)
from tests.unit.muster.sample_builders import acknowledged_write, answered_sample, make_sighting


def test_dials_come_from_the_snapshots_else_from_the_journal() -> None:
    with_snapshots = build_report(evacuation()).series
    without = build_report(replace(evacuation(), views=())).series

    assert with_snapshots.dials_seen
    assert not without.dials_seen
    for series in (with_snapshots, without):
        assert [percent for _, percent in series.dials[AWAY]][:5] == [100, 75, 50, 25, 0]
    assert without.health == {}


def test_a_lost_region_is_shown_as_unhealthy() -> None:
    health = build_report(region_loss()).series.health

    assert [span.state for span in health[HOME]] == ["healthy"]
    assert [span.state for span in health[AWAY]] == ["healthy", "unhealthy", "healthy"]


def test_nothing_is_shown_of_the_time_after_the_end_of_a_run() -> None:
    """Its last snapshot is closer to its end than a snapshot holds, or even after it."""
    run = evacuation()
    last = run.views[-1]
    late = replace(last, at_s=last.at_s + 600.0)

    report = build_report(replace(run, views=(*run.views, late)))

    end_s = report.series.end_s
    assert all(span.end_s <= end_s for spans in report.series.health.values() for span in spans)
    assert all(at_s <= end_s for points in report.series.dials.values() for at_s, _ in points)
    tables = [figure.table for figure in chart_figures(report) if figure.table]
    changes = [table for table in tables if table.until_s == end_s]
    assert changes
    assert all(at_s < end_s for table in changes for at_s, _ in table.rows)


def test_a_fault_is_shown_while_the_snapshots_have_it() -> None:
    report = build_report(region_loss())
    name = f"region-kill of {AWAY}"

    (span,) = report.series.faults[name]
    (in_document,) = build_document(report)["faults"]

    assert report.cause_s is not None
    assert report.return_s is not None
    assert span.start_s == pytest.approx(report.cause_s, abs=3)
    assert span.end_s == pytest.approx(report.return_s, abs=3)
    assert in_document == {
        "fault": name,
        "start_s": pytest.approx(span.start_s),
        "end_s": pytest.approx(span.end_s),
    }


def test_without_an_active_fault_there_is_no_span_of_one() -> None:
    assert build_document(build_report(evacuation()))["faults"] == []


def test_snapshots_of_an_older_version_show_no_fault() -> None:
    run = region_loss()
    old = tuple(replace(one, view=replace(one.view, faults=None)) for one in run.views)

    assert build_report(replace(run, views=old)).series.faults == {}


def test_errors_of_all_kinds_add_up_to_the_failed_requests() -> None:
    report = build_report(region_loss())

    counted = sum(sum(counts) for counts in report.series.errors.values())
    assert report.summary is not None
    assert counted == report.summary.failed


def test_after_the_last_failure_the_errors_are_zero() -> None:
    series = build_report(region_loss()).series

    last_s = series.errors_from_s + series.width_s * len(next(iter(series.errors.values())))
    assert last_s >= series.probed_s[1]
    assert all(counts[-1] == 0 for counts in series.errors.values())


def test_a_second_write_of_an_item_is_no_arrival_of_the_first_one() -> None:
    """The reading through the accelerator finds the item, and does not say which write it is."""
    run = region_loss()
    samples = run.probe_runs[0].samples
    at_s = samples[-1].scheduled_s + 1.0
    again = [
        acknowledged_write("muster-x-twice", at_s, AWAY),
        acknowledged_write("muster-x-twice", at_s + 1.0, HOME, again=True),
        answered_sample(
            at_s + 2.0,
            HOME,
            step=RequestKind.READ_LATER,
            item="muster-x-twice",
            cohort=Cohort.WRITE_READ,
        ),
    ]
    sightings = [
        make_sighting("muster-x-twice", at_s + 3.0, region, "present", writer=HOME)
        for region in (HOME, AWAY)
    ]
    audited = replace(run, sightings=(*run.sightings, *sightings))

    lag = build_report(with_samples(audited, (*samples, *again))).series.lag

    assert lag[AWAY][-1].never == 1
    # The second write has no lag: its item is not read again until the end.
    assert lag[HOME][-1].at_s < lag[AWAY][-1].at_s


def test_bins_add_up_to_the_good_answers() -> None:
    report = build_report(region_loss())

    assert report.summary is not None
    new = sum(u.requests - u.failed for u in report.summary.unavailability)
    assert sum(one.good for one in report.series.new) == new


@pytest.mark.parametrize("length_s", [1, 30, 600, 86_400, 7 * 86_400])
@pytest.mark.parametrize("rate", [0, 0.1, 50, 2000])
def test_there_are_few_bins_however_long_a_run_is(length_s: float, rate: float) -> None:
    width_s = bin_width_s(length_s, rate)

    assert length_s / width_s <= MOST_BINS


def test_the_lag_in_the_chart_is_the_slowest_regions() -> None:
    two, three = (build_report(run()).series.lag[AWAY] for run in (region_loss, three_region_loss))

    assert sum(one.most_s or 0.0 for one in three) > sum(one.most_s or 0.0 for one in two)
