"""The command line of the rehearsal: `run`, `clean-up`, `left` and `compare`."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import click

from common.clock import SystemClock
from common.files.atomic_file import write_atomically
from tools.rehearsal.leftovers import LeftoverSearch
from tools.rehearsal.plan import (
    RehearsalError,
    RehearsalStep,
    Subject,
    parse_subject,
    plan_clean_up,
    plan_rehearsal,
)
from tools.rehearsal.record import RehearsalRecord, compare_records, read_record
from tools.rehearsal.runner import Rehearsal, run_command

COST = """This spends money in the account of your AWS credentials, until `destroy` has ended: an
accelerator by the hour and GB, a load balancer by the hour in each of {regions} Regions, DynamoDB
and Lambda by use, GetMetricData by the metric; for some hours. AWS's price pages have the amounts.
Then stack {stack} is destroyed: its addresses and all its data are lost."""
EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
HOUR_S = 3600.0

stack_option = click.option("--stack", required=True, help="Its file is Pulumi.STACK.yaml.")
record_option = click.option("--record", required=True, type=click.Path(path_type=Path))
region_option = click.option("--extra-region", default="ap-northeast-1", show_default=True)
yes_option = click.option("--yes", is_flag=True, help="Spend money without asking.")
hours_option = click.option("--within-hours", default=6.0, show_default=True)


@click.group()
def cli() -> None:
    """Walk a stack through its whole life, and write down times and texts."""


@cli.command()
@stack_option
@record_option
@region_option
@yes_option
@hours_option
@click.option("--short", is_flag=True, help="Without update, extra Region and drills.")
def run(
    stack: str, record: Path, extra_region: str, yes: bool, within_hours: float, short: bool
) -> None:
    """Run all steps; with a record that exists, those that are left."""
    begun, subject = _begin(record, stack, extra_region)
    _ask(subject, yes=yes)
    _walk(record, begun, plan_rehearsal(subject, short=short), within_hours * HOUR_S)


@cli.command("clean-up")
@stack_option
@record_option
@region_option
@yes_option
@hours_option
def clean_up(stack: str, record: Path, extra_region: str, yes: bool, within_hours: float) -> None:
    """Roll back a drill and destroy the stack, wherever the rehearsal stood."""
    begun, subject = _begin(record, stack, extra_region)
    _ask(subject, yes=yes)
    plan = plan_clean_up(subject)
    names = {step.name for step in plan}
    again = replace(begun, steps=tuple(one for one in begun.steps if one.name not in names))
    _walk(record, again, plan, within_hours * HOUR_S)


@cli.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
def compare(first: Path, second: Path) -> None:
    """Two records side by side, such as a twin's and AWS's."""
    for line in compare_records(read_record(first), read_record(second)):
        click.echo(line)


@cli.command()
@stack_option
@region_option
@click.option("--within-s", default=120.0, show_default=True, help="Look again for so long.")
def left(stack: str, extra_region: str, within_s: float) -> None:
    """Look for what is left of a stack in its Regions, by name; changes nothing."""
    text = _read_stack_file(stack)
    # An interrupted rehearsal has left the extra Region in the file.
    subject = replace(parse_subject(stack, text, extra_region=""), extra_region=extra_region)
    session: Any = boto3.Session()
    search = LeftoverSearch(
        subject=subject,
        make_client=lambda service, region: session.client(service, region_name=region),
        clock=SystemClock(),
    )
    lines = search.run(within_s)
    for line in lines:
        click.echo(line)
    if lines:
        raise RehearsalError(f"of stack {stack} left, or not known: {len(lines)}")
    click.echo(f"nothing of stack {stack} is left in {', '.join(search.subject.all_regions)}")


def _begin(path: Path, stack: str, extra_region: str) -> tuple[RehearsalRecord, Subject]:
    """The record to go on with. Raises RehearsalError."""
    if path.exists():
        begun = read_record(path)
        if begun.stack != stack:
            raise RehearsalError(f"{path} is of stack {begun.stack}; name another record")
        return begun, parse_subject(stack, begun.stack_file, extra_region)
    text = _read_stack_file(stack)
    subject = parse_subject(stack, text, extra_region)
    target = "twin" if subject.is_twin else "aws"
    return RehearsalRecord(stack=stack, target=target, stack_file=text), subject


def _read_stack_file(stack: str) -> str:
    """Raises RehearsalError."""
    try:
        return _stack_file(stack).read_text()
    except (OSError, UnicodeDecodeError) as exc:
        raise RehearsalError(
            f"{exc}; run it in the checkout, with a stack that has a file"
        ) from exc


def _stack_file(stack: str) -> Path:
    return Path(f"Pulumi.{stack}.yaml")


def _ask(subject: Subject, *, yes: bool) -> None:
    """Ask before money is spent. Raises RehearsalError."""
    if subject.is_twin or yes:
        return
    click.echo(COST.format(regions=len(subject.regions) + 1, stack=subject.stack), err=True)
    if not sys.stdin.isatty():
        raise RehearsalError("there is no terminal to ask at; give --yes")
    if click.prompt("Type the stack's name to go ahead", err=True) != subject.stack:
        raise RehearsalError("not confirmed; nothing was done")


def _walk(
    path: Path, record: RehearsalRecord, plan: Sequence[RehearsalStep], within_s: float
) -> None:
    environ = own_environment(os.environ)
    rehearsal = Rehearsal(
        path=path,
        run=lambda step: run_command(step, Path.cwd(), environ),
        clock=SystemClock(),
        say=lambda line: click.echo(line, err=True),
        within_s=within_s,
    )
    rehearsal.go_on(record, tuple(plan))
    write_atomically(_stack_file(record.stack), record.stack_file)
    click.echo(f"done; nothing of the stack is left, and {path} has times and texts", err=True)


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of the commands: no colours, no prompts of pagers."""
    return {**environ, "NO_COLOR": "1", "AWS_PAGER": ""}


def main(arguments: Sequence[str]) -> int:
    """Run the command line; its exit code."""
    left = "the same command goes on; `clean-up` with the same options destroys the stack"
    try:
        cli.main(arguments, prog_name="python -m tools.rehearsal", standalone_mode=False)
    except click.exceptions.Exit as exc:
        return exc.exit_code
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (RehearsalError, OSError) as exc:
        click.echo(f"{exc}\n({left})", err=True)
        return EXIT_FAILED
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"interrupted; {left}", err=True)
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
