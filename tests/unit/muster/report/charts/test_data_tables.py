"""The table beside a chart has the data of the chart, and no more."""

from dataclasses import replace

from muster.report.build import build_report
from muster.report.charts.data_tables import changes_table, points_table, stack_table
from muster.report.charts.figures import chart_figures
from muster.report.charts.frame import ChartName
from muster.report.charts.plots import BinEdges, StackedChart, StackLayer
from muster.report.formatting import DASH
from tests.unit.muster.report.sample_runs import region_loss


def test_a_state_holds_until_it_changes() -> None:
    columns = {"a": [(0.0, "x"), (9.0, "y"), (12.0, "?")], "b": [(4.0, "z")]}

    table = changes_table(columns, until_s=12.0)

    assert table.rows == ((0.0, ("x", DASH)), (4.0, ("x", "z")), (9.0, ("y", "z")))
    assert table.until_s == 12.0


def test_a_point_of_one_stretch_does_not_hold_in_the_next() -> None:
    table = points_table({"a": [(1.0, "x"), (3.0, "y"), (9.0, "z")], "b": [(3.0, "w")]}, 2.0)

    assert table.rows == (
        (0.0, ("x", DASH)),
        (2.0, ("y", "w")),
        (4.0, (DASH, DASH)),
        (8.0, ("z", DASH)),
        (10.0, (DASH, DASH)),
    )


def test_the_rates_of_a_stack_end_where_measuring_ended() -> None:
    name = ChartName(id="n", title="n", description="n")
    layer = StackLayer(name="good", fill="r0", values=(1.0, 2.0))

    table = stack_table(
        StackedChart(name=name, edges=BinEdges(0.0, 5.0, 1.0, 8.0), layers=(layer,)), ("good",)
    )

    assert table.rows == ((1.0, ("1",)), (5.0, ("2",)))
    assert table.until_s == 8.0


def test_health_is_unknown_after_the_last_snapshot() -> None:
    whole = region_loss()

    report = build_report(replace(whole, views=whole.views[:4]))

    (health,) = (one.table for one in chart_figures(report) if one.name.id == "health")
    assert health is not None
    assert [cells[0] for _, cells in health.rows] == ["healthy", "unknown"]
