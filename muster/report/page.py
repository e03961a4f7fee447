"""report.html: one page that needs nothing else.

Decides the page's frame: style sheet, patterns and the little script are in it, and it loads
nothing. It reads the same without the script.
"""

from pathlib import Path

from muster.report import sections
from muster.report.charts.legend import pattern_definitions
from muster.report.html import Markup, element, join_markup, trusted_markup
from muster.report.model import DrillReport

FOLDER = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""A page that a mail or a wiki shows must not be able to load or send anything."""


def render_page(report: DrillReport) -> str:
    """The whole page as text."""
    parts = list(sections.each(report))
    body = element(
        "body",
        pattern_definitions(),
        sections.head(report),
        element(
            "nav",
            element(
                "ul",
                *(element("li", element("a", title, href=f"#{id_}")) for id_, title, _ in parts),
            ),
            aria_label="Sections",
        ),
        element(
            "main",
            sections.verdict(report),
            sections.tiles(report),
            element("p", report.plan.why, class_="soft"),
            *(_section(id_, title, content) for id_, title, content in parts),
        ),
        _footer(report),
        element("script", trusted_markup(_text("hover.js"))),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(report), body, lang='en')}\n"


def _head(report: DrillReport) -> Markup:
    title = f"{report.verdict.headline}: {report.plan.scenario}, {report.run}"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", trusted_markup(_text("style.css"))),
    )


def _section(id_: str, title: str, content: Markup) -> Markup:
    return element(
        "section",
        element("h2", title, id=id_),
        content,
        aria_labelledby=id_,
        class_=id_,
    )


def _footer(report: DrillReport) -> Markup:
    made = f"Made by muster {report.origin.version} from the run's own records."
    return element(
        "footer",
        element("p", join_markup([made, " report.json beside it says the same to programs."])),
    )


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
