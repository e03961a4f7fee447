"""Reports of drills: one self-contained page, and the same as JSON.

    report = load(Runs(settings.runs).find(None))
    page(report)          # HTML
    document(report)      # a JSON object in the form of report.schema.json

A report is made of what a run's folder holds and of nothing else, so that equal folders give equal
reports. Of a run that was interrupted it says what there is, and why the rest is not.
"""

from muster.drill.runs import RunFolder
from muster.report.build import build
from muster.report.document import document, schema
from muster.report.folder import dumps, read, write
from muster.report.model import Report
from muster.report.page import page
from muster.report.verdict import terminal

HTML, JSON = "report.html", "report.json"

__all__ = [
    "HTML",
    "JSON",
    "Report",
    "document",
    "dumps",
    "load",
    "page",
    "save",
    "schema",
    "terminal",
    "write",
]


def load(folder: RunFolder) -> Report:
    """The report of a run. Raises JournalWrong."""
    return build(read(folder))


def save(report: Report, folder: RunFolder) -> None:
    """Put report.html and report.json into the run's folder. Raises OSError."""
    write(folder.path / HTML, page(report))
    write(folder.path / JSON, dumps(document(report)))
