"""Which Pulumi commands read the stack file of the stack `local`. Pure.

Pulumi has `--config-file`, but no environment variable for it, so `.twin/bin/pulumi` adds the
option where it is needed and hands everything else on as it is.
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

from tools.local import stack_config
from twin.errors import TwinError
from twin.runtime.instance import Instance, find_instance

# Commands that read the stack's configuration, with their aliases.
_READ_CONFIG = frozenset(
    {"up", "update", "preview", "pre", "refresh", "destroy", "down", "dn", "import", "watch"}
    | {"logs"}
)
# Options before the command that take a value of their own.
_WITH_VALUE = frozenset(
    {"-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing", "--memprofilerate"}
    | {"--otel-traces"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiCommand:
    """What a command line asks for, as far as it matters here."""

    command: str
    """Empty when there is none."""
    stack: str
    """The stack's own name; empty when none is named."""
    folder: str
    """Of --cwd; empty when it is not given."""
    has_config_file: bool

    def reads_config(self) -> bool:
        """Whether the command reads a stack file that it does not name itself."""
        return self.command in _READ_CONFIG and not self.has_config_file


def parse_pulumi_arguments(arguments: Sequence[str]) -> PulumiCommand:
    """Read a command line of Pulumi."""
    return PulumiCommand(
        command=_command(arguments),
        stack=stack_name(_option(arguments, "-s", "--stack")),
        folder=_option(arguments, "-C", "--cwd"),
        has_config_file=any(a.split("=")[0] == "--config-file" for a in arguments),
    )


def stack_name(qualified: str) -> str:
    """`local` of `organization/muster/local`."""
    return qualified.rpartition("/")[2]


def with_config_file(arguments: Sequence[str], path: str) -> list[str]:
    """The command line with the option, before a `--` that ends the options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return [*arguments[:end], "--config-file", path, *arguments[end:]]


def _command(arguments: Sequence[str]) -> str:
    previous = ""
    for argument in arguments:
        if not argument.startswith("-") and previous not in _WITH_VALUE:
            return argument
        previous = argument
    return ""


def _option(arguments: Sequence[str], short: str, long: str) -> str:
    for option, following in pairwise([*arguments, ""]):
        if option in (short, long):
            return following
        if option.startswith(f"{long}="):
            return option.partition("=")[2]
        if option.startswith(short) and not option.startswith("--"):
            return option.removeprefix(short).removeprefix("=")
    return ""


ROOT = Path(__file__).resolve().parents[2]
REAL_PULUMI = ROOT / ".tools" / "bin" / "pulumi"


def main(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
    """Become the real Pulumi; returns only on an error."""
    try:
        fitted = fit_arguments(arguments, environ, folder)
        os.execve(REAL_PULUMI, [str(REAL_PULUMI), *fitted], caller_environment(environ))  # noqa: S606 - an argument list
    except (TwinError, OSError) as exc:
        sys.stderr.write(f"pulumi (wrapper of the twin): {exc}\n")
    return 1


def caller_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment: without the checkout that the launcher put on PYTHONPATH."""
    kept = [p for p in environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT)]
    rest = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
    return rest | ({"PYTHONPATH": os.pathsep.join(kept)} if kept else {})


def fit_arguments(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    """The arguments for the real Pulumi. Raises SettingsError."""
    asked = parse_pulumi_arguments(arguments)
    project = find_project((folder / asked.folder).absolute())
    if not asked.reads_config() or project is None or project.resolve() != ROOT:
        return list(arguments)
    stack = asked.stack or environ.get("PULUMI_STACK", "") or selected_stack(project, environ)
    if stack != stack_config.STACK:
        return list(arguments)
    path = fitted_config_file(find_instance(environ, ROOT))
    return list(arguments) if path is None else with_config_file(arguments, str(path))


def fitted_config_file(instance: Instance) -> Path | None:
    """The fitted copy of the stack file; None where the original fits. Raises SettingsError."""
    config = stack_config.parse_stack_config((ROOT / stack_config.FILE).read_text())
    port = listener_port(instance, config)
    text = stack_config.override_stack_config(config, instance.gateway_address[1], port)
    if text is None:
        return None
    path = instance.home / stack_config.FILE
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return path


def listener_port(instance: Instance, config: stack_config.StackConfig) -> int:
    """The port that the accelerator's listener gets on this machine."""
    port = config.listener_port
    return stack_config.usable_port(port, may_bind=may_bind(instance.static_ips(0)[0], port))


def may_bind(address: str, port: int) -> bool:
    """Whether this user may bind the port; that it is in use is no matter here."""
    with socket.socket() as attempt:
        try:
            attempt.bind((address, port))
        except OSError as exc:
            return exc.errno != errno.EACCES
    return True


def find_project(folder: Path) -> Path | None:
    """The folder with the Pulumi.yaml that Pulumi would take."""
    for candidate in (folder, *folder.parents):
        if (candidate / "Pulumi.yaml").is_file():
            return candidate
    return None


def selected_stack(project: Path, environ: Mapping[str, str]) -> str:
    """The stack that `pulumi stack select` chose; empty when none is.

    Pulumi keeps it in a file that is named after the project's path.
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


if __name__ == "__main__":
    # As the shell names the folder, links and all: Pulumi goes by that name too.
    sys.exit(main(sys.argv[1:], os.environ, Path(os.environ.get("PWD") or Path.cwd())))
