"""Single numbers, with what limits them."""

from dataclasses import replace

from muster.measure import Movement
from muster.report.build import build_report
from muster.report.formatting import DASH
from muster.report.metric_rows import key_metrics, metric_groups
from tests.unit.muster.report.sample_runs import (
    evacuation,
    region_loss,
)


def test_without_stragglers_the_last_answer_is_a_dash_with_the_reason() -> None:
    groups = {group.title: group.rows for group in metric_groups(build_report(region_loss()))}
    rows = {row.label: row for row in groups["Kept connections that stayed behind"]}

    assert rows["Connections"].value == "0"
    last = rows["Last one after the cause"]
    assert (last.value, last.remark) == (DASH, "none stayed")


def test_an_rto_says_how_exact_it_is() -> None:
    with_outage, without = (
        next(key_metrics(build_report(records))) for records in (region_loss(), evacuation())
    )

    assert (with_outage.value, with_outage.remark) == ("14.1 s", "14 s of it are certain")
    assert (without.value, without.remark) == ("0 s", "shorter than 35 ms is not seen")


def test_a_time_judged_on_few_requests_says_so() -> None:
    remarks = {row.label: row.remark for row in key_metrics(build_report(region_loss()))}

    assert remarks["Time to evacuate"] == ""
    assert remarks["Time to return"] == "judged on 258 requests only"


def test_without_a_move_there_are_no_times_among_the_key_metrics() -> None:
    report = build_report(region_loss())
    assert report.summary is not None
    assert report.summary.movement is not None
    no_move = replace(report.summary.movement, detect_s=None, evacuated=None, returned=None)
    no_return = replace(report.summary.movement, returned=None)

    def remarks(movement: Movement) -> dict[str, str]:
        summary = replace(report.summary, movement=movement) if report.summary else None
        return {row.label: row.remark for row in key_metrics(replace(report, summary=summary))}

    assert list(remarks(no_move)) == ["RTO", "RPO", "RPO, items", "Failed requests"]
    assert remarks(no_return)["Time to return"] == "not seen on 20 requests on end"
