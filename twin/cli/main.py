"""The command line: which commands there are, and how an error becomes a line and an exit code.

Exit codes: 0 done (`twin status`: it is running), 1 a clear error (`twin status`: not running),
2 the command line is wrong, 70 an error of the twin's own, with its traceback in a log, 130 Ctrl-C.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from twin.errors import TwinError, UsageError
from twin.runtime.instance import Instance, find_instance

COMMANDS = {
    "up": "twin.cli.lifecycle_commands:up",
    "down": "twin.cli.lifecycle_commands:down",
    "status": "twin.cli.inspection_commands:status",
    "places": "twin.cli.inspection_commands:places",
    "region": "twin.cli.fault_commands:region",
    "control": "twin.cli.fault_commands:control",
    "edge": "twin.cli.fault_commands:edge",
    "replication": "twin.cli.fault_commands:replication",
    "network": "twin.cli.fault_commands:network",
    "logs": "twin.cli.inspection_commands:logs",
}
OWN_ERROR = 70
INTERRUPTED = 130


class LazyGroup(click.Group):
    """Imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are mostly used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or None for an unknown one."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """AWS on one machine: several Regions, an accelerator, and ways to lose them."""
    if ctx.obj is None:
        ctx.obj = find_instance(os.environ, Path.cwd())


def main(arguments: Sequence[str], instance: Instance | None = None) -> int:
    """Run a command line; its exit code."""
    try:
        code = cli.main(list(arguments), prog_name="twin", standalone_mode=False, obj=instance)
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; what is still buffered must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except TwinError as exc:
        click.echo(f"twin: {exc}", err=True)
        return 2 if isinstance(exc, UsageError) else 1
    except Exception as exc:  # noqa: BLE001 - the process edge: logged with its traceback
        return _own_error(exc, instance)
    return code if isinstance(code, int) else 0


def _own_error(exc: Exception, instance: Instance | None) -> int:
    home = instance.home if instance else Path(os.environ.get("TWIN_HOME") or ".twin")
    log = home / "logs" / "cli.log"
    click.echo(f"twin: this should not happen: {type(exc).__name__}: {exc}", err=True)
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a") as opened:
            opened.write(f"twin {' '.join(sys.argv[1:])}\n{traceback.format_exc()}\n")
        click.echo(f"  traceback: {log.absolute()}", err=True)
    except OSError:
        traceback.print_exc()
    return OWN_ERROR
