"""`.twin/bin/pulumi`: the real Pulumi, with the stack file of `local` adapted to the twin.

Pulumi gets a copy of Pulumi.local.yaml that names this folder's twin and fits this machine's ports,
made anew at each call so that an edit takes effect at once. Pulumi has a
`--config-file` option and no environment variable for it, so the option is added to the commands
that read the stack's configuration; every other command line is passed on unchanged. Commands that
change the stack are refused while a drill measures it, unless `--during-drill` is given.
"""

import errno
import hashlib
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click

from common.command.exit_codes import ExitCode
from common.command.wording import count_of
from common.files.atomic_file import write_atomically
from common.files.private_files import make_new_files_private
from tools.local.stack import stack_config
from tools.local.stack.repair import remove_stale_locks
from twin.cli.drill_check import OPTION, require_no_drill
from twin.errors import SettingsError, TwinError
from twin.iam.session_token import read_root_secret
from twin.runtime.https_port import find_https_port
from twin.runtime.instance import Instance, find_instance

ROOT = Path(__file__).resolve().parents[3]
REAL_PULUMI = ROOT / ".tools" / "bin" / "pulumi"
# Commands that read the stack's configuration, with their aliases.
_READ_CONFIG = frozenset(
    {"up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"}
    | {"logs"}
)
_WITHOUT_STATE = frozenset({"", "about", "help", "plugin", "version"})
_BACKEND = "backend"
"""Folder of Pulumi's state in the twin's home."""
_CHANGE_NOTHING = frozenset({"preview", "pre", "logs"})
# Global options that take a value.
_WITH_VALUE = frozenset(
    {"-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing", "--memprofilerate"}
    | {"--otel-traces"}
)


def main(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
    """Replace this process by the real Pulumi; returns only on an error."""
    make_new_files_private()
    try:
        adapted = adapt_arguments(arguments, environ, folder)
        os.execve(REAL_PULUMI, [str(REAL_PULUMI), *adapted], caller_environment(environ))  # noqa: S606 - an argument list
    except TwinError as exc:
        sys.stderr.write(f"pulumi (wrapper of the twin): {exc}\n")
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except OSError as exc:
        sys.stderr.write(f"pulumi (wrapper of the twin): {exc}\n")
    return ExitCode.FAILED


def caller_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without the checkout, which the launcher put on PYTHONPATH."""
    kept = [p for p in environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT)]
    rest = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
    return rest | ({"PYTHONPATH": os.pathsep.join(kept)} if kept else {})


def adapt_arguments(
    arguments: Sequence[str], environ: Mapping[str, str], folder: Path
) -> list[str]:
    """The arguments for the real Pulumi. Raises SettingsError, DrillUnderWay."""
    arguments, during_drill = _without_own_option(arguments)
    command = parse_pulumi_arguments(arguments)
    if command.command not in _WITHOUT_STATE:
        _require_state(environ)
    project = find_project((folder / command.folder).absolute())
    if not command.reads_config() or project is None or project.resolve() != ROOT:
        return list(arguments)
    stack = command.stack or environ.get("PULUMI_STACK", "") or selected_stack(project, environ)
    if stack != stack_config.STACK:
        return list(arguments)
    instance = find_instance(environ, ROOT)
    if command.command not in _CHANGE_NOTHING:
        require_no_drill(instance, during_drill=during_drill)
        _free_stack(instance, environ)
    path = adapted_config_file(instance, find_credentials(instance, environ))
    return with_config_file(arguments, str(path))


def _require_state(environ: Mapping[str, str]) -> None:
    """Raises SettingsError in a shell of a twin that has no stack, as after `make down`."""
    home = Path(environ.get("TWIN_HOME", ""))
    if environ.get("PULUMI_BACKEND_URL") == _backend(home) and not (home / _BACKEND).is_dir():
        raise SettingsError(f"the twin of {home} has no stack; `make up` makes it first")


def _backend(home: Path) -> str:
    return f"file://{home / _BACKEND}"


def _free_stack(instance: Instance, environ: Mapping[str, str]) -> None:
    """Remove the locks of killed Pulumis, and say so."""
    if environ.get("PULUMI_BACKEND_URL") != _backend(instance.home):
        return
    if removed := remove_stale_locks(instance):
        sys.stderr.write(
            f"pulumi (wrapper of the twin): removed {count_of(removed, 'lock')} of a Pulumi that"
            " was killed; `make up` resolves operations that it left unfinished\n"
        )


def _without_own_option(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """The arguments without `--during-drill`, and whether it was among them."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [argument for argument in arguments[:end] if argument != OPTION]
    return [*kept, *arguments[end:]], len(kept) < end


def find_credentials(
    instance: Instance, environ: Mapping[str, str]
) -> stack_config.StackCredentials:
    """Those of a shell for this twin, else the twin's own key."""
    secret = read_root_secret(instance)
    if environ.get("AWS_ENDPOINT_URL") != instance.endpoint_url:
        return stack_config.StackCredentials(access_key=instance.access_key, secret_key=secret)
    return stack_config.StackCredentials(
        access_key=environ.get("AWS_ACCESS_KEY_ID") or instance.access_key,
        secret_key=environ.get("AWS_SECRET_ACCESS_KEY") or secret,
        token=environ.get("AWS_SESSION_TOKEN", ""),
    )


def adapted_config_file(instance: Instance, credentials: stack_config.StackCredentials) -> Path:
    """Write the adapted copy. Raises SettingsError."""
    config = stack_config.parse_stack_config((ROOT / stack_config.FILE).read_text())
    text = stack_config.override_stack_config(config, usable_ports(instance, config), credentials)
    path = instance.home / stack_config.FILE
    if not path.exists() or path.read_text() != text:
        write_atomically(path, text, mode=0o600)
    return path


def usable_ports(instance: Instance, config: stack_config.StackConfig) -> stack_config.UsablePorts:
    """The ports of the accelerator's listener and of API Gateway on this machine."""
    port = config.listener_port
    may = may_bind(instance.static_ips(0)[0], port)
    return stack_config.UsablePorts(
        gateway=instance.gateway_address[1],
        listener=stack_config.usable_port(port, may_bind=may),
        https=find_https_port(instance.api_gateway_address(config.home_region)),
    )


def may_bind(address: str, port: int) -> bool:
    """Whether this user has the right to bind the port, even if it is in use."""
    with socket.socket() as attempt:
        try:
            attempt.bind((address, port))
        except OSError as exc:
            return exc.errno != errno.EACCES
    return True


def find_project(folder: Path) -> Path | None:
    """Folder of the Pulumi.yaml that Pulumi would use."""
    for candidate in (folder, *folder.parents):
        if (candidate / "Pulumi.yaml").is_file():
            return candidate
    return None


def selected_stack(project: Path, environ: Mapping[str, str]) -> str:
    """The stack of the last `pulumi stack select`; empty if there is none.

    Pulumi keeps it in a file that is named after a hash of the project's path.
    """
    home = Path(environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    digests = {_digest(project), _digest(project.resolve())}
    for path in (home / "workspaces").glob("*-workspace.json"):
        if path.name.split("-")[-2] not in digests:
            continue
        try:
            found = json.loads(path.read_text())
        except (OSError, ValueError):
            continue
        by_backend = found.get("stacks") or {}
        chosen = by_backend.get(environ.get("PULUMI_BACKEND_URL", ""), found.get("stack", ""))
        return stack_name(chosen or "")
    return ""


def _digest(project: Path) -> str:
    path = str(project / "Pulumi.yaml")
    return hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiCommand:
    """A command line of Pulumi, as far as it matters here."""

    command: str
    """Empty when there is none."""
    stack: str
    """Name without organization and project; empty when none is given."""
    folder: str
    """Value of --cwd; empty when it is not given."""
    has_config_file: bool

    def reads_config(self) -> bool:
        """Whether the command reads the default stack file."""
        return self.command in _READ_CONFIG and not self.has_config_file


def parse_pulumi_arguments(arguments: Sequence[str]) -> PulumiCommand:
    return PulumiCommand(
        command=_find_command(arguments),
        stack=stack_name(_option_value(arguments, "-s", "--stack")),
        folder=_option_value(arguments, "-C", "--cwd"),
        has_config_file=any(a.split("=")[0] == "--config-file" for a in arguments),
    )


def stack_name(qualified: str) -> str:
    """`local` of `organization/muster/local`."""
    return qualified.rpartition("/")[2]


def with_config_file(arguments: Sequence[str], path: str) -> list[str]:
    """The arguments with --config-file, before a `--` that ends the options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], "--config-file", path, *arguments[end:]]


def _find_command(arguments: Sequence[str]) -> str:
    previous = ""
    for argument in arguments:
        if not argument.startswith("-") and previous not in _WITH_VALUE:
            return argument
        previous = argument
    return ""


def _option_value(arguments: Sequence[str], short: str, long: str) -> str:
    for option, following in pairwise([*arguments, ""]):
        if option in (short, long):
            return following
        if option.startswith(f"{long}="):
            return option.partition("=")[2]
        if option.startswith(short) and not option.startswith("--"):
            return option.removeprefix(short).removeprefix("=")
    return ""


if __name__ == "__main__":
    # The shell's name of the folder, with symbolic links: Pulumi uses it, too.
    sys.exit(main(sys.argv[1:], os.environ, Path(os.environ.get("PWD") or Path.cwd())))
