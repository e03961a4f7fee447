"""The command line: which commands there are, and how an error becomes a line and an exit code.

Exit codes: 0 done, and of a drill targets met; 1 failed, targets missed, or not all could be read;
2 the command line, a setting or the target is wrong; 3 refused; 4 a drill stopped and was rolled
back; 5 its rollback is incomplete; 70 an error of the tool's own; 130 Ctrl-C.
"""

import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from muster.cli.context import CommandContext
from muster.cli.lazy import LazyCommand, LazyGroup
from muster.errors import MusterError

PROGRAM = "muster"
EXIT_INTERNAL_ERROR = 70
EXIT_INTERRUPTED = 130
COMMANDS = {
    "status": LazyCommand("muster.cli.status:status", "What the system looks like now."),
    "dial": LazyCommand("muster.cli.dial:dial", "Turn a Region's traffic dial."),
    "health": LazyCommand("muster.cli.health:health", "Set a Region's health switch."),
    "fault": LazyCommand("muster.cli.fault:fault", "Inject faults and clear them."),
    "probe": LazyCommand("muster.cli.probe:probe", "Send requests and measure the answers."),
    "drill": LazyCommand("muster.cli.drill:drill", "Plan, run and roll back failover drills."),
    "report": LazyCommand("muster.cli.report:report", "The report of a drill."),
    "completion": LazyCommand("muster.cli.completion:completion", "Completion for your shell."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--config", metavar="FILE", help="Settings file; muster.yaml of this folder if none.")
@click.option("--outputs", metavar="FILE", help="JSON file of the stack's outputs.")
@click.option("--stack", metavar="NAME", help="Pulumi stack to ask for its outputs.")
@click.option("--endpoint-url", metavar="URL", help="Where AWS's API is, such as a twin's.")
@click.option("--profile", metavar="NAME", help="Profile of the AWS credentials.")
@click.option("--by", metavar="NAME", help="Who acts; written into health switches.")
@click.option("--timeout-s", metavar="SECONDS", help="Bound of one reading of AWS's API.")
@click.option("--alarms", metavar="LIST", help="Alarms to watch: REGION:NAME,...")
@click.option("--runs", metavar="FOLDER", help="Folder for the records of drills.")
@click.pass_context
def cli(ctx: click.Context, /, **flags: str | None) -> None:
    """Failover drills for a service in several Regions: look, move traffic, break, measure.

    Settings come from these options, then from MUSTER_* variables, then from muster.yaml.
    """
    given = ctx.obj or CommandContext.from_process()
    ctx.obj = given.with_flags(flags)


def main(arguments: Sequence[str], context: CommandContext | None = None) -> int:
    """Run a command line; its exit code."""
    try:
        code = cli.main(list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=context)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; what is still buffered must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MusterError as exc:
        click.echo(f"{PROGRAM}: {exc}", err=True)
        return exc.exit_code
    except Exception as exc:  # noqa: BLE001 - the process edge: logged with its traceback
        return _own_error(exc)
    return code if isinstance(code, int) else 0


def _own_error(exc: Exception) -> int:
    click.echo(f"{PROGRAM}: this should not happen: {type(exc).__name__}: {exc}", err=True)
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="muster-", suffix=".log", delete=False
        ) as opened:
            opened.write(f"{PROGRAM} {' '.join(sys.argv[1:])}\n{traceback.format_exc()}")
        click.echo(f"  traceback: {Path(opened.name)}", err=True)
    except OSError:
        traceback.print_exc()
    return EXIT_INTERNAL_ERROR
