"""`.twin/bin/pulumi`: the real Pulumi, with the stack file of the stack `local` fitted to the twin.

A copy is made only where the stack file does not fit, anew at each call, so that an edit of
Pulumi.local.yaml takes effect at once.
"""

import errno
import hashlib
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.local import pulumi_arguments, stack_config
from twin import instance as instances
from twin.errors import TwinError
from twin.instance import Instance

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / ".tools" / "bin" / "pulumi"


def main(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> int:
    """Become the real Pulumi; returns only on an error."""
    try:
        fitted = fit(arguments, environ, folder)
        os.execve(REAL, [str(REAL), *fitted], outer(environ))  # noqa: S606 - an argument list
    except (TwinError, OSError) as exc:
        sys.stderr.write(f"pulumi (wrapper of the twin): {exc}\n")
    return 1


def outer(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment: without the checkout that the launcher put on PYTHONPATH."""
    kept = [p for p in environ.get("PYTHONPATH", "").split(os.pathsep) if p and p != str(ROOT)]
    rest = {name: value for name, value in environ.items() if name != "PYTHONPATH"}
    return rest | ({"PYTHONPATH": os.pathsep.join(kept)} if kept else {})


def fit(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> list[str]:
    """The arguments for the real Pulumi. Raises SettingsError."""
    asked = pulumi_arguments.parse(arguments)
    project = project_of((folder / asked.folder).absolute())
    if not asked.reads_config() or project is None or project.resolve() != ROOT:
        return list(arguments)
    stack = asked.stack or environ.get("PULUMI_STACK", "") or selected_stack(project, environ)
    if stack != stack_config.STACK:
        return list(arguments)
    path = config_file(instances.from_environment(environ, ROOT))
    return (
        list(arguments) if path is None else pulumi_arguments.with_config_file(arguments, str(path))
    )


def config_file(instance: Instance) -> Path | None:
    """The fitted copy of the stack file; None where the original fits. Raises SettingsError."""
    config = stack_config.read((ROOT / stack_config.FILE).read_text())
    port = listener_port(instance, config)
    text = stack_config.overridden(config, instance.gateway[1], port)
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


def project_of(folder: Path) -> Path | None:
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
        return pulumi_arguments.stack_name(chosen or "")
    return ""


def _digest(project: Path) -> str:
    path = str(project / "Pulumi.yaml")
    return hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()


if __name__ == "__main__":
    # As the shell names the folder, links and all: Pulumi goes by that name too.
    sys.exit(main(sys.argv[1:], os.environ, Path(os.environ.get("PWD") or Path.cwd())))
