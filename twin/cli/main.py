"""The command line: which commands there are, and how an error becomes a line and an exit code.

common.command.exit_codes has the codes.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from common.command.build_version import version_option
from common.command.command_shell import CommandShell, LazyCommand, LazyGroup
from common.command.completion import register_shells
from common.files.private_files import make_new_files_private
from twin import __version__
from twin.errors import TwinError
from twin.runtime.instance import Instance, find_instance

COMMANDS = {
    "up": LazyCommand(
        "twin.cli.lifecycle_commands:up", "Start the twin, or whatever of it is missing."
    ),
    "down": LazyCommand(
        "twin.cli.lifecycle_commands:down", "End all processes and remove the state."
    ),
    "status": LazyCommand(
        "twin.cli.inspection_commands:status",
        "Show processes, Regions, health, dials, connections, replication.",
    ),
    "places": LazyCommand(
        "twin.cli.inspection_commands:places",
        "Cities that clients can come from, with their addresses.",
    ),
    "curl": LazyCommand("twin.cli.curl_command:curl", "Run curl as a client in a city."),
    "region": LazyCommand(
        "twin.cli.fault_commands:region", "Lose a Region, by its name, and get it back."
    ),
    "control": LazyCommand(
        "twin.cli.fault_commands:control", "Stop AWS's control planes; traffic and failover go on."
    ),
    "edge": LazyCommand(
        "twin.cli.fault_commands:edge", "Stop the accelerator's edge; nothing answers without it."
    ),
    "route53": LazyCommand(
        "twin.cli.fault_commands:route53", "Stop Route 53's name servers and health checkers."
    ),
    "cities": LazyCommand(
        "twin.cli.fault_commands:cities",
        "Stop the cities' resolvers and SOCKS entrances, or empty the resolvers' caches.",
    ),
    "replication": LazyCommand(
        "twin.cli.fault_commands:replication",
        "Hold and release what a Region's tables send to others.",
    ),
    "network": LazyCommand(
        "twin.cli.fault_commands:network", "Cut a Region off, or make the way to it slow."
    ),
    "logs": LazyCommand("twin.cli.inspection_commands:logs", "Show the processes' logs."),
    "completion": LazyCommand("twin.cli.completion:completion", "Completion for your shell."),
}


@click.group(
    cls=LazyGroup,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@version_option("twin", __version__)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """AWS on one machine: several Regions, an accelerator, and ways to lose them."""
    if ctx.obj is None:
        ctx.obj = find_instance(os.environ, Path.cwd())


def main(arguments: Sequence[str], instance: Instance | None = None) -> int:
    """Run a command line; its exit code. `instance` overrides the environment's."""
    make_new_files_private()
    register_shells()
    shell = CommandShell(
        program="twin",
        command=cli,
        error=TwinError,
        exit_code=lambda error: error.exit_code,
        save_traceback=lambda text: _save_traceback(instance, text),
    )
    return shell.run(arguments, instance)


def _save_traceback(instance: Instance | None, text: str) -> Path:
    home = instance.home if instance else Path(os.environ.get("TWIN_HOME") or ".twin")
    log = home / "logs" / "cli.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"{text}\n")
    return log.absolute()
