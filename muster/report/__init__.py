"""Reports of drills: one self-contained page, and the same as JSON.

    report = load_report(RunFolders(settings.runs).find(None))
    render_page(report)       # HTML
    build_document(report)    # a JSON object in the form of report.schema.json

    run_reader             the folder of a run -> its records
    build                  records -> the report as a value (model), with the help of
                           time_axis, timeline, verdict, chart_series
    document, schema       the report -> report.json, and its JSON schema
    page, templates        the report -> report.html, with the help of
                           metric_rows, definitions, charts

A report is computed from a run's folder alone, so that equal folders give equal reports.
The report of an interrupted run contains what is known, and why the rest is missing.
"""

from muster.drill.journal.run_folders import RunFolder
from muster.report.build import build_report
from muster.report.document import build_document, format_json
from muster.report.model import DrillReport
from muster.report.page import render_page
from muster.report.run_reader import read_run_folder
from muster.report.verdict import format_verdict

HTML_FILE, JSON_FILE = "report.html", "report.json"

__all__ = [
    "HTML_FILE",
    "JSON_FILE",
    "DrillReport",
    "build_document",
    "format_json",
    "format_verdict",
    "load_report",
    "render_page",
]


def load_report(folder: RunFolder) -> DrillReport:
    """Raises InvalidJournal."""
    return build_report(read_run_folder(folder))
