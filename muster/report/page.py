"""report.html: one page that needs nothing else.

Decides the page's frame: style sheet, patterns and the little script are in it, and it loads
nothing. It reads the same without the script.
"""

from pathlib import Path

from muster.report import sections
from muster.report.legend import patterns
from muster.report.markup import Markup, el, join, raw
from muster.report.model import Report

FOLDER = Path(__file__).parent
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
"""A page that a mail or a wiki shows must not be able to load or send anything."""


def page(report: Report) -> str:
    """The whole page as text."""
    parts = list(sections.each(report))
    body = el(
        "body",
        patterns(),
        sections.head(report),
        el(
            "nav",
            el("ul", *(el("li", el("a", title, href=f"#{id_}")) for id_, title, _ in parts)),
            aria_label="Sections",
        ),
        el(
            "main",
            sections.verdict(report),
            sections.tiles(report),
            el("p", report.plan.why, class_="soft"),
            *(_section(id_, title, content) for id_, title, content in parts),
        ),
        _footer(report),
        el("script", raw(_text("hover.js"))),
    )
    return f"<!DOCTYPE html>\n{el('html', _head(report), body, lang='en')}\n"


def _head(report: Report) -> Markup:
    title = f"{report.verdict.headline}: {report.plan.scenario}, {report.run}"
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", raw(_text("style.css"))),
    )


def _section(id_: str, title: str, content: Markup) -> Markup:
    return el(
        "section",
        el("h2", title, id=id_),
        content,
        aria_labelledby=id_,
        class_=id_,
    )


def _footer(report: Report) -> Markup:
    made = f"Made by muster {report.origin.version} from the run's own records."
    return el("footer", el("p", join([made, " report.json beside it says the same to programs."])))


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
