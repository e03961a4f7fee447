"""The command line: its commands, its options for all commands, and its exit codes.

common.command.exit_codes has the codes.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from common.command.build_version import version_option
from common.command.command_shell import CommandShell, LazyCommand, LazyGroup
from common.command.completion import register_shells
from muster import __version__
from muster.cli.context import CommandContext
from muster.errors import MusterError

COMMANDS = {
    "status": LazyCommand("muster.cli.status:status", "What the system looks like now."),
    "doctor": LazyCommand("muster.cli.doctor:doctor", "What to put right before a drill."),
    "dial": LazyCommand("muster.cli.levers.dial:dial", "Turn a Region's traffic dial."),
    "dns": LazyCommand("muster.cli.levers.dns:dns", "Change records and checks of the DNS door."),
    "health": LazyCommand("muster.cli.levers.health:health", "Set a Region's health switch."),
    "fault": LazyCommand("muster.cli.levers.fault:fault", "Inject faults and clear them."),
    "restore": LazyCommand("muster.cli.restore:restore", "Bring items back after a bad write."),
    "probe": LazyCommand("muster.cli.probe:probe", "Send requests and measure the answers."),
    "drill": LazyCommand(
        "muster.cli.drills.drill:drill", "Plan, run and roll back failover drills."
    ),
    "report": LazyCommand("muster.cli.report:report", "Make the report of a drill."),
    "notify": LazyCommand("muster.cli.notify:notify", "Try who is told about drills."),
    "completion": LazyCommand("muster.cli.completion:completion", "Completion for your shell."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config", metavar="FILE", type=click.Path(), help="Settings file; default: ./muster.yaml."
)
@click.option(
    "--outputs", metavar="FILE", type=click.Path(), help="JSON file of the stack's outputs."
)
@click.option("--stack", metavar="NAME", help="Pulumi stack whose outputs are read.")
@click.option("--endpoint-url", metavar="URL", help="Endpoint of AWS's API, such as a twin's.")
@click.option("--profile", metavar="NAME", help="Profile of the AWS credentials.")
@click.option("--by", metavar="NAME", help="Your name, as written into health switches.")
@click.option("--timeout-s", metavar="SECONDS", help="Time-out of one read call to AWS.")
@click.option("--alarms", metavar="LIST", help="Alarms to watch: REGION:NAME,...")
@click.option(
    "--runs", metavar="FOLDER", type=click.Path(), help="Folder for the records of drills."
)
@version_option("muster", __version__)
@click.pass_context
def cli(ctx: click.Context, /, **flags: str | None) -> None:
    """Failover drills for a service in several Regions: observe, move traffic, inject faults.

    Settings come from these options, then from MUSTER_* variables, then from muster.yaml.
    """
    context = ctx.obj or CommandContext.from_process()
    ctx.obj = context.with_flags(flags)


def main(arguments: Sequence[str], context: CommandContext | None = None) -> int:
    """Run a command line; its exit code."""
    register_shells()
    shell = CommandShell(
        program="muster",
        command=cli,
        error=MusterError,
        exit_code=lambda error: error.exit_code,
        save_traceback=_save_traceback,
    )
    return shell.run(arguments, context)


def _save_traceback(text: str) -> Path:
    with tempfile.NamedTemporaryFile("w", prefix="muster-", suffix=".log", delete=False) as log:
        log.write(text)
    return Path(log.name)
