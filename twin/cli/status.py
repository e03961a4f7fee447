"""`twin status`."""

import json
from dataclasses import replace

import click

from twin import codec
from twin.cli.judgement import warnings
from twin.cli.report import gather
from twin.instance import Instance


@click.command(short_help="Show processes, Regions, health, dials, connections, replication.")
@click.option("--json", "as_json", is_flag=True, help="The same for programs, in a stable form.")
@click.pass_context
def status(context: click.Context, as_json: bool) -> None:
    """Show processes, Regions, health, dials, connections, replication.

    The exit code is 0 when the twin runs, 1 when it does not. --json writes the fields of
    twin.cli.report.Report.
    """
    instance: Instance = context.obj
    report = gather(instance)
    report = replace(report, warnings=warnings(report))
    if as_json:
        click.echo(json.dumps(json.loads(codec.dumps(report)), indent=2))
    else:
        from twin.cli.render import show  # noqa: PLC0415 - rich is slow to import, --json needs none

        show(report)
    context.exit(0 if report.running else 1)
