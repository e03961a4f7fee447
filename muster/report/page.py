"""report.html: renders the templates with a report.

Every text is escaped by the templates' environment; only the style sheet, the script and the drawn
charts are markup already. A name that a template does not know is an error.
"""

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import format_target
from muster.formatting import format_clock, format_duration
from muster.report.charts.figures import chart_figures
from muster.report.charts.scales import format_number
from muster.report.door_rows import DOOR_COLUMNS, compare_doors, door_rows
from muster.report.formatting import DASH, format_count, format_length, format_utc
from muster.report.metric_rows import (
    DEFINITIONS,
    format_fates,
    format_lags,
    key_metrics,
    longest_outages,
    metric_groups,
    share_columns,
    share_rows,
)
from muster.report.model import DrillReport

TEMPLATES = Path(__file__).parent / "templates"
_TEMPLATE_FUNCTIONS = (
    chart_figures,
    compare_doors,
    describe_instruction,
    door_rows,
    format_clock,
    format_count,
    format_duration,
    format_fates,
    format_lags,
    format_length,
    format_number,
    format_target,
    format_utc,
    key_metrics,
    longest_outages,
    metric_groups,
    share_columns,
    share_rows,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INLINE = re.compile(r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\[(?P<link>[^\]]+)\]\([^)]*\)")


def render_page(report: DrillReport) -> str:
    """The whole page as text."""
    template = _environment().get_template("report.html.j2")
    return render_template(
        template, report=report, style=own_text("style.css"), script=own_text("hover.js")
    )


def render_template(template: Template, **values: object) -> str:
    """The template's text, without the control characters that a value may hold."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", template.render(**values))


def render_markdown(text: str) -> Markup:
    """A line of Markdown: `code`, **strong**, and links by their words alone."""
    return Markup(_INLINE.sub(_inline, str(escape(text))))  # noqa: S704 - escaped, then marked up


def _inline(match: re.Match[str]) -> str:
    kind, text = match.lastgroup, match[match.lastindex or 0]
    return text if kind == "link" else f"<{kind}>{text}</{kind}>"


@cache
def _environment() -> Environment:
    environment = template_environment(TEMPLATES)
    environment.globals |= {one.__name__: one for one in _TEMPLATE_FUNCTIONS}
    environment.globals |= {"DASH": DASH, "definitions": DEFINITIONS, "DOOR_COLUMNS": DOOR_COLUMNS}
    return environment


def template_environment(*folders: Path) -> Environment:
    """Templates in these folders, whose values are escaped, and whose names must be known."""
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["markdown"] = render_markdown
    return environment


def own_text(name: str, folder: Path = TEMPLATES) -> Markup:
    """A style sheet or script of ours, which is not escaped."""
    return Markup((folder / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file
