"""`muster restore`: bring items back that a bad write deleted or overwrote."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import click

from common.command.wording import count_of
from muster.cli.context import CommandContext
from muster.cli.options import (
    DurationType,
    complete_region,
    json_option,
    make_request,
    yes_option,
)

UNITS = click.FloatRange(min=0.1)
MEANINGS = {
    "deleted": "gone; are brought back",
    "overwritten": "have another content; the earlier one is brought back",
    "added": "were not there before; --delete-added deletes them",
    "back": "are as before already",
    "newer": "were written after the bad write; they stay",
    "expired": "gone, and past their time to live; they stay away",
}


@click.group()
def restore() -> None:
    """Bring items back that a bad write deleted or overwrote in every Region.

    \b
    begin     restores the table from before (and after) the bad write to new ones
    compare   reads them and the live table, and counts what is to be done
    apply     writes back what the bad write changed; later writes stay
    clean     deletes the restored tables
    list      shows the restores that this folder knows

    Each can be interrupted and called again. docs/drills/restore.md has the runbook.
    """


@restore.command("begin")
@click.argument("table")
@click.option("--before", required=True, metavar="TIME", help="Before the bad write began.")
@click.option("--after", metavar="TIME", help="After it ended; tells newer writes from it.")
@click.option(
    "--region",
    metavar="REGION",
    shell_complete=complete_region,
    help="Where to restore; default: the home Region.",
)
@click.option("--name", metavar="NAME", help="Name of the restore; default: the present time.")
@click.option("--start", is_flag=True, help="Start it; otherwise only show what would be done.")
@yes_option
@json_option
@click.pass_obj
def begin(context: CommandContext, /, yes: bool, as_json: bool, **options: object) -> None:
    """Restore TABLE to new tables.

    TABLE may be the name of the service that it belongs to.
    TIME is 2026-11-21T10:02:07Z with any offset, or how long ago: 15m. Times are those at which the
    Region stored a write; a write of another Region arrives there up to some seconds later.
    """
    from muster.cli.restore_run import BeginRequest, begin_restore  # noqa: PLC0415 - not for help

    request = make_request(BeginRequest, options)
    _print(asyncio.run(begin_restore(context, request, yes=yes)), as_json=as_json)


@restore.command("compare")
@click.argument("name")
@click.option(
    "--units-per-s",
    type=UNITS,
    default=200.0,
    show_default=True,
    metavar="NUMBER",
    help="Read capacity to use.",
)
@click.option(
    "--within",
    "within_s",
    type=DurationType(),
    default="2h",
    show_default=True,
    help="How long to wait for the restored tables.",
)
@json_option
@click.pass_obj
def compare(
    context: CommandContext, /, name: str, units_per_s: float, within_s: float, as_json: bool
) -> None:
    """Compare the restored tables of NAME with the live one.

    Changes no item. Waits for the restored tables, reads all three at a bounded rate into a file of
    this machine that only you may read, and counts what the bad write changed.
    """
    from muster.cli.restore_run import compare_restore  # noqa: PLC0415 - not for help

    found = compare_restore(context, name, units_per_s=units_per_s, within_s=within_s)
    _print(found, as_json=as_json)


@restore.command("apply")
@click.argument("name")
@click.option("--write", is_flag=True, help="Write; otherwise only say how many items would be.")
@click.option(
    "--units-per-s",
    type=UNITS,
    default=50.0,
    show_default=True,
    metavar="NUMBER",
    help="Write capacity to use.",
)
@click.option(
    "--at-most",
    metavar="NUMBER",
    type=click.IntRange(min=1),
    default=10_000,
    show_default=True,
    help="Refuse to write more items.",
)
@click.option("--delete-added", is_flag=True, help="Delete the items that the bad write added.")
@yes_option
@json_option
@click.pass_obj
def apply(
    context: CommandContext,
    /,
    name: str,
    write: bool,
    yes: bool,
    as_json: bool,
    **options: object,
) -> None:
    """Bring back the items that were compared, in restore NAME.

    Each item is read again, and written only if it is still as the bad write left it. Refused while
    a replica is not ACTIVE, while a drill runs, and for more items than --at-most.
    """
    from muster.cli.restore_run import apply_restore  # noqa: PLC0415 - not for help
    from muster.restore.steps import ApplyLimits  # noqa: PLC0415

    limits = make_request(ApplyLimits, options)
    _print(apply_restore(context, name, limits, write=write, yes=yes), as_json=as_json)


@restore.command("clean")
@click.argument("name")
@click.option("--write", is_flag=True, help="Delete; otherwise only say what would be deleted.")
@yes_option
@json_option
@click.pass_obj
def clean(context: CommandContext, /, name: str, write: bool, yes: bool, as_json: bool) -> None:
    """Delete the restored tables of NAME, and local copies of items.

    A table that was not restored from the live one is left alone. The journal stays.
    """
    from muster.cli.restore_run import clean_restore  # noqa: PLC0415 - not for help

    _print(clean_restore(context, name, write=write, yes=yes), as_json=as_json)


@restore.command("list")
@json_option
@click.pass_obj
def list_restores(context: CommandContext, /, as_json: bool) -> None:
    """Show the restores in the folder of runs, the oldest first.

    Calls nothing.
    """
    from muster.cli.restore_run import list_documents  # noqa: PLC0415 - not for help

    documents = list_documents(context)
    if as_json:
        click.echo(json.dumps(documents, indent=2))
        return
    for document in documents:
        tables = ", ".join(sorted(document["tables"].values())) or "no restored table left"
        click.echo(f"{document['name']}: {document['table']}, {tables}")


def _print(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(document, indent=2))
        return
    for line in _lines(document):
        click.echo(line)


def _after_compare(findings: Mapping[str, int]) -> str:
    """The command that is next: nothing is left to apply where every damaged item is back."""
    is_damaged = any(findings[key] for key in ("deleted", "overwritten", "added"))
    return "apply" if is_damaged else "clean"


def _lines(document: Mapping[str, Any]) -> list[str]:
    """What a command has done, and the next one."""
    name = document["name"]
    lines = [f"restore {name}: {document['table']} in {document['region']}"]
    if "restores" in document:
        lines += [f"  {one['table']} as of {one['at']}" for one in document["restores"].values()]
        done = document["started"]
        lines.append(
            f"started; next: muster restore compare {name}" if done else "not started: give --start"
        )
    if "findings" in document:
        lines += [f"  {n:>8} {key}: {MEANINGS[key]}" for key, n in document["findings"].items()]
        lines.append(f"next: muster restore {_after_compare(document['findings'])} {name}")
    if "outcomes" in document:
        if document["applied"]:
            lines += [f"  {n:>8} {key}" for key, n in document["outcomes"].items()]
            lines.append(f"next: muster restore compare {name}, and then clean {name}")
        else:
            items = count_of(document["to_write"], "item")
            lines.append(f"  {items} to write; nothing written: give --write")
    if "deleted" in document:
        lines += [f"  {table}" for table in document["tables"]]
        lines.append("deleted" if document["deleted"] else "nothing deleted: give --write")
    return lines
