"""`pulumi up` of the stack `local`, with a line of progress instead of hundreds.

Everything that Pulumi prints goes to a log; what is shown are counts as they grow, the summary, and
on a failure Pulumi's diagnostics.
"""

import json
import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.local import stack_config
from tools.local.pulumi_wrapper import REAL_PULUMI, ROOT
from tools.local.repair import (
    find_interrupted_deployment,
    open_created_log,
    repair_backend_files,
    resolve_pending_operations,
)
from tools.local.shell import no_proxy_variables
from tools.setup.progress import ProgressStep
from twin.errors import TwinError
from twin.runtime.instance import Instance

# ` +  aws:ec2:Vpc muster-eu-central-1 created (0.3s)`
_DONE_LINE = re.compile(r"^ [ +\-~=<>]{1,3}\s+\S+:\S+ \S+ (created|updated|deleted|replaced)\b")
_DONE_WORDS = ("created", "updated", "deleted", "replaced")
_DIAGNOSTICS_LINES = 40
_POLL_S = 0.25


class DeployFailed(TwinError):
    """Pulumi could not bring the stack to what the program says."""


def deploy_stack(
    instance: Instance, config_file: Path | None, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Run `pulumi up`; the stack's outputs. Raises DeployFailed."""
    step = ProgressStep("pulumi up")
    (instance.home / "backend").mkdir(exist_ok=True)
    (instance.home / "pulumi").mkdir(exist_ok=True)
    if not _stack_exists(instance):
        _pulumi(["stack", "select", stack_config.STACK, "--create"], environ)
    options = [] if config_file is None else ["--config-file", str(config_file)]
    _repair(instance, options, environ, step)
    command = ["up", "--stack", stack_config.STACK, "--yes", "--skip-preview", *options]
    step.done(_watched(command, instance, environ, step))
    if (receipts := open_created_log(instance).path) is not None:
        receipts.unlink(missing_ok=True)  # the stack has it all
    return read_outputs(environ)


def read_outputs(environ: Mapping[str, str]) -> dict[str, Any]:
    """The stack's outputs, as Pulumi tells them. Raises DeployFailed."""
    text = _pulumi(["stack", "output", "--json", "--stack", stack_config.STACK], environ)
    found: dict[str, Any] = json.loads(text)
    return found


def format_outputs(outputs: Mapping[str, Any]) -> str:
    """The outputs as `.twin/outputs.json` holds them."""
    return json.dumps(outputs, indent=2, sort_keys=True) + "\n"


def _stack_exists(instance: Instance) -> bool:
    stacks = instance.home / "backend" / ".pulumi" / "stacks"
    return any(stacks.rglob(f"{stack_config.STACK}.json"))


def _repair(
    instance: Instance, options: list[str], environ: Mapping[str, str], step: ProgressStep
) -> None:
    """Take up the stack where a killed Pulumi left it. Raises DeployFailed, PulumiAtWork."""
    found = find_interrupted_deployment(instance)
    if found is None:
        return
    repair_backend_files(instance)
    stack = ["--stack", stack_config.STACK]
    if found.locked:
        _pulumi(["cancel", "--yes", *stack], environ)
    if found.pending:
        step.note(f"was interrupted: taking up {found.pending} unfinished operations")
        exported = json.loads(_pulumi(["stack", "export", *stack], environ))
        mended = json.dumps(resolve_pending_operations(exported, open_created_log(instance).ids()))
        _pulumi(["stack", "import", *stack], environ, mended)
        _pulumi(["refresh", "--yes", "--skip-preview", *stack, *options], environ)


def _command(arguments: list[str]) -> list[str]:
    return [str(REAL_PULUMI), *arguments, "--non-interactive", "--color", "never"]


def _pulumi(arguments: list[str], environ: Mapping[str, str], given: str = "") -> str:
    done = subprocess.run(
        _command(arguments),
        cwd=ROOT,
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise DeployFailed(f"`pulumi {' '.join(arguments)}` failed:\n{said}")
    return done.stdout


def _watched(
    arguments: list[str], instance: Instance, environ: Mapping[str, str], step: ProgressStep
) -> str:
    """Run it with progress; its summary in words."""
    log = instance.logs_dir / "pulumi-up.log"
    with subprocess.Popen(
        _command(arguments),
        cwd=ROOT,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        follow_progress(process, log, step)
    if process.returncode != 0:
        raise DeployFailed(
            f"pulumi up failed; all of it is in {log}\n{extract_diagnostics(log.read_text())}"
        )
    return extract_summary(log.read_text())


def follow_progress(process: "subprocess.Popen[str]", log: Path, step: ProgressStep) -> None:
    """Log what Pulumi prints and show counts of it, until it has ended.

    Ctrl-C reaches Pulumi too, and it then ends in good order, with nothing pending: so it is waited
    for. A second Ctrl-C kills it.
    """
    reader = _Reader(process.stdout or (), log)
    reader.start()
    try:
        while not _ended(process):
            step.going(format_counts(reader.counts) or "starting")
    except KeyboardInterrupt:
        step.note("interrupted: Pulumi ends what it has begun; Ctrl-C again kills it")
        try:
            process.wait()
        finally:
            process.kill()
        raise
    finally:
        reader.join()


def _ended(process: "subprocess.Popen[str]") -> bool:
    try:
        process.wait(timeout=_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


class _Reader(threading.Thread):
    """Writes Pulumi's lines to the log and counts what they say."""

    def __init__(self, lines: Iterable[str], log: Path) -> None:
        super().__init__(daemon=True)
        self.counts: Counter[str] = Counter()
        self._lines, self._log = lines, log

    def run(self) -> None:
        with self._log.open("w", buffering=1) as log:
            for line in self._lines:
                log.write(line)
                if match := _DONE_LINE.match(line):
                    self.counts[match[1]] += 1


def format_counts(counts: Mapping[str, int]) -> str:
    """`12 created, 1 updated`."""
    return ", ".join(f"{counts[word]} {word}" for word in _DONE_WORDS if counts.get(word))


def extract_summary(log: str) -> str:
    """Pulumi's own counts: `44 created`, `44 unchanged`, `1 updated, 43 unchanged`."""
    _, found, after = log.rpartition("\nResources:\n")
    if not found:
        return "done"
    lines = after.split("\n\n")[0].splitlines()
    words = [re.sub(r"^\s*[-+~=<>]*\s*(\d+ changes\. )?", "", line) for line in lines]
    return ", ".join(filter(None, words)) or "no changes"


def extract_diagnostics(log: str) -> str:
    """What went wrong, in Pulumi's words."""
    _, found, after = log.rpartition("\nDiagnostics:\n")
    text = re.split(r"\n(?:Outputs|Resources):\n", after)[0] if found else log
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:_DIAGNOSTICS_LINES] if found else lines[-_DIAGNOSTICS_LINES:])


def pulumi_environment(variables: Mapping[str, str], folders: Iterable[Path]) -> dict[str, str]:
    """The environment that Pulumi runs in: the caller's, pointed at the twin."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", "")])
    return {**os.environ, **variables, **no_proxy_variables(os.environ), "PATH": path}
