"""Which charts a report has, and how they look alike."""

from muster.report.build import build_report
from muster.report.charts.figures import chart_figures
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.report.sample_runs import evacuation, region_loss, three_region_loss


def test_a_chart_of_faults_is_there_only_with_an_active_fault() -> None:
    with_fault, without = (
        [figure.name.id for figure in chart_figures(build_report(run()))]
        for run in (region_loss, evacuation)
    )

    assert with_fault.count("faults") == 1
    assert "faults" not in without


def test_a_region_looks_the_same_in_every_chart() -> None:
    """Only two of the three Regions have answered or written."""
    figures = chart_figures(build_report(three_region_loss()))
    legends = {figure.name.id: figure.legend for figure in figures}

    for chart in ("requests", "kept", "dials", "lag"):
        looks = {entry.label: entry.style[1:] for entry in legends[chart]}
        assert looks.get(HOME) == "0"
        assert looks.get(AWAY) == "2"
