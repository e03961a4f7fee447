"""The page of several runs, in the style and with the macros of a run's report."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment

from common.command.build_version import build_version
from muster import __version__
from muster.report.formatting import DASH, format_utc
from muster.report.page import TEMPLATES, own_text, render_template, template_environment
from muster.trend.chart import line_styles, trend_figures
from muster.trend.comparison import Comparison, setting_changes
from muster.trend.run_facts import NUMBER_LABELS, NumberName, RunFacts, format_run_number

TREND_TEMPLATES = Path(__file__).parent / "templates"
MOST_COLUMNS = 4
"""Runs whose settings are shown side by side; of more the changes from run to run are."""
NUMBER_DEFINITIONS: dict[NumberName, str] = {
    "rto_s": "the longest outage at the vantage point that was hit worst",
    "rpo_s": "the age at the loss of the oldest acknowledged write that was missing",
    "detect_s": (
        "from the cause to the first request of a vantage point near the Region that another one"
        " answered"
    ),
    "failed_share": "failed requests as a share of the requests that count",
}


def render_trend_page(comparison: Comparison) -> str:
    """The whole page as text."""
    template = _environment().get_template("trend.html.j2")
    style = own_text("style.css") + own_text("trend.css", TREND_TEMPLATES)
    return render_template(template, comparison=comparison, style=style)


def format_day(epoch_s: float) -> str:
    """A date in UTC."""
    return format_utc(epoch_s)[:10]


def number_columns() -> dict[str, str]:
    """Titles and classes of the table of numbers."""
    return {
        "Run": "id",
        "Region": "id",
        "Verdict": "",
        **dict.fromkeys(NUMBER_LABELS.values(), "num"),
    }


def number_cells(run: RunFacts) -> list[str]:
    """A row of the table of numbers."""
    cells = [_format_cell(name, run) for name in NUMBER_LABELS]
    return [run.run, run.subject or DASH, run.headline, *cells]


def setting_columns(runs: Sequence[RunFacts]) -> dict[str, str]:
    """Titles and classes of the table of settings: a column for each run."""
    names = [one.run for one in runs]
    titles = [name if names.count(name) == 1 else f"{n}: {name}" for n, name in enumerate(names, 1)]
    return {"Setting": "", **dict.fromkeys(titles, "wide")}


def _format_cell(name: NumberName, run: RunFacts) -> str:
    number = run.numbers[name]
    text = format_run_number(name, number)
    if not text:
        return DASH
    return f"({text})" if number.doubt else text


@cache
def _environment() -> Environment:
    environment = template_environment(TREND_TEMPLATES, TEMPLATES)
    functions = (
        format_day,
        line_styles,
        number_cells,
        number_columns,
        setting_changes,
        setting_columns,
        trend_figures,
    )
    environment.globals |= {one.__name__: one for one in functions}
    environment.globals |= {
        "MOST_COLUMNS": MOST_COLUMNS,
        "NUMBER_LABELS": NUMBER_LABELS,
        "definitions": NUMBER_DEFINITIONS,
        "version": build_version("muster", __version__),
    }
    return environment
