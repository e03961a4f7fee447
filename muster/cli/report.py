"""`muster report`: one run as a page and as JSON, or several runs side by side.

Made from the runs' folders alone.
"""

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muster.ci.files import CiFiles, write_file
from muster.cli.context import CommandContext
from muster.cli.drills.scenario_command import complete_scenario_name
from muster.cli.options import (
    EXIT_PARTLY_READ,
    ci_options,
    make_request,
    runs_argument,
    take_ci_files,
)
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.errors import CommandFailed

if TYPE_CHECKING:
    from muster.trend.comparison import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """What the command line asks for."""

    runs: tuple[str, ...]
    compare: bool
    trend: str | None
    show: bool
    as_json: bool
    out: Path | None
    ci_files: CiFiles

    def check(self) -> None:
        """Raises UsageError for options that exclude each other."""
        if self.show and self.as_json:
            raise click.UsageError(
                "--open shows the page, and --json writes none; choose one of them"
            )
        if self.trend == "":
            raise click.UsageError(
                "--trend needs the name of a SCENARIO, as in --trend region-loss; `muster drill"
                " list` shows them"
            )
        if self.trend is not None and (self.compare or self.runs):
            raise click.UsageError("--trend takes all runs of its scenario; name no RUN beside it")
        if self.compare and len(self.runs) < 2:
            raise click.UsageError(
                "--compare needs two RUNs or more; `muster drill history` lists them"
            )
        if len(self.runs) > 1 and not self.compare:
            raise click.UsageError(
                "a report is of one RUN; --compare puts several ones side by side"
            )
        if self.ci_files.wanted and (self.compare or self.trend is not None):
            raise click.UsageError(
                "--junit and --markdown are of one run: leave them out, or --compare and --trend"
            )


@click.command()
@runs_argument
@click.option("--compare", is_flag=True, help="Put two or more RUNs side by side.")
@click.option(
    "--trend",
    metavar="SCENARIO",
    is_flag=False,
    flag_value="",
    shell_complete=complete_scenario_name,
    help="The numbers of all runs of a scenario over time.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; write no page.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page (with --json: the JSON) to this file instead.",
)
@ci_options
@click.pass_obj
def report(context: CommandContext, /, **options: object) -> int:
    """Make the report of RUN: its name, the start of its name, or its folder; default: the newest.

    Writes report.html and report.json into the run's folder. The page needs no other file, and can
    be mailed and printed. The report of an interrupted or running drill covers what happened so
    far.

    \b
    muster report --compare RUN RUN...    several runs side by side
    muster report --trend SCENARIO        all runs of a scenario, oldest first

    These write comparison.html or trend-SCENARIO.html, and the same as JSON, into the folder of
    runs. A run that can't be read is named, and makes exit code 1.
    """
    ci_files = take_ci_files(options)
    request = make_request(ReportRequest, {**options, "ci_files": ci_files})
    request.check()
    folders = RunFolders(context.read_settings().runs)
    if request.compare or request.trend is not None:
        return _report_several(folders, request)
    _report_one(folders.find(next(iter(request.runs), None)), request)
    return 0


def _report_one(folder: RunFolder, request: ReportRequest) -> None:
    from muster import report as reports  # noqa: PLC0415 - help and completion need none of it

    loaded = reports.load_report(folder)
    request.ci_files.write(loaded)
    if request.as_json:
        _print_json(reports.format_json(reports.build_document(loaded)), request.out)
        return
    click.echo(reports.format_verdict(loaded.verdict), err=True)
    page = request.out or folder.path / reports.HTML_FILE
    write_file(page, reports.render_page(loaded))
    if request.out is None:
        text = reports.format_json(reports.build_document(loaded))
        write_file(folder.path / reports.JSON_FILE, text)
    click.echo(page)
    _show(page, request)


def _report_several(folders: RunFolders, request: ReportRequest) -> int:
    from muster.report import format_json  # noqa: PLC0415 - as above
    from muster.trend import run_selection  # noqa: PLC0415 - as above
    from muster.trend.document import build_trend_document  # noqa: PLC0415 - as above
    from muster.trend.page import render_trend_page  # noqa: PLC0415 - as above

    if request.trend is not None:
        name = f"trend-{request.trend}"
        comparison = run_selection.trend_of_scenario(folders, request.trend)
    else:
        name = "comparison"
        comparison = run_selection.compare_named_runs(folders, request.runs)
    text = format_json(build_trend_document(comparison))
    if request.as_json:
        _print_json(text, request.out)
    else:
        page = request.out or folders.folder / f"{name}.html"
        write_file(page, render_trend_page(comparison))
        if request.out is None:
            write_file(folders.folder / f"{name}.json", text)
        click.echo(page)
        _show(page, request)
    return _tell_unread(comparison)


def _tell_unread(comparison: "Comparison") -> int:
    for one in comparison.unreadable:
        click.echo(f"! {one.run} is left out: {one.why}", err=True)
    return EXIT_PARTLY_READ if comparison.unreadable else 0


def _show(page: Path, request: ReportRequest) -> None:
    if request.show and not webbrowser.open(page.absolute().as_uri()):
        raise CommandFailed(f"open {page}", "no browser was found; open the file by hand")


def _print_json(text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    write_file(out, text)
    click.echo(out)
