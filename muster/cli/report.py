"""`muster report`: the report of a run as a page and as JSON, from its folder alone."""

import os
import webbrowser
from pathlib import Path

import click

from common.atomic_file import write_atomically
from muster.cli.context import CommandContext
from muster.cli.options import run_argument
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.errors import CommandFailed


@click.command()
@run_argument
@click.option("--open", "show", is_flag=True, help="Open the page in a browser.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; write no page.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page (with --json: the JSON) to this file instead.",
)
@click.pass_obj
def report(
    context: CommandContext, /, run: str | None, show: bool, as_json: bool, out: Path | None
) -> None:
    """Make the report of RUN: its name, the start of its name, or its folder; default: the newest.

    Writes report.html and report.json into the run's folder. The page needs no other file, and can
    be mailed and printed. The report of an interrupted or running drill covers what happened so
    far.
    """
    if show and as_json:
        raise click.UsageError("--open shows the page, and --json writes none; choose one of them")
    folder = RunFolders(context.read_settings().runs).find(run)
    if as_json:
        _print_json(folder, out)
        return
    page = _write_page(folder, out)
    if show and not webbrowser.open(page.absolute().as_uri()):
        raise CommandFailed(f"open {page}", "no browser was found; open the file by hand")


def _print_json(folder: RunFolder, out: Path | None) -> None:
    from muster import report as reports  # noqa: PLC0415 - help and completion need none of it

    text = reports.format_json(reports.build_document(reports.load_report(folder)))
    if out is None:
        click.echo(text, nl=False)
        return
    _write(out, text)
    click.echo(out)


def _write_page(folder: RunFolder, out: Path | None) -> Path:
    from muster import report as reports  # noqa: PLC0415 - as above

    loaded = reports.load_report(folder)
    click.echo(reports.format_verdict(loaded.verdict), err=True)
    page = out or folder.path / reports.HTML_FILE
    _write(page, reports.render_page(loaded))
    if out is None:
        text = reports.format_json(reports.build_document(loaded))
        _write(folder.path / reports.JSON_FILE, text)
    click.echo(page)
    return page


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text, sync=os.fsync)
    except OSError as exc:
        raise CommandFailed(f"write {path}", exc.strerror or str(exc)) from exc
