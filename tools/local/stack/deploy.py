"""Runs `pulumi up` for the stack `local`, and shows its progress in one line.

Pulumi's output goes to a log. Shown are the growing counts of changes, the summary, and on a
failure Pulumi's diagnostics.
"""

import contextlib
import json
import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from common.command.exit_codes import ExitCode
from common.command.wording import count_of
from tools.local.shell.environment_file import UNSET, no_proxy_variables
from tools.local.shell.pulumi_wrapper import REAL_PULUMI, ROOT
from tools.local.stack import stack_config
from tools.local.stack.missing_resources import find_missing_resources
from tools.local.stack.repair import (
    find_interrupted_deployment,
    open_created_log,
    repair_backend_files,
    resolve_pending_operations,
)
from tools.setup.progress import ProgressStep
from twin.errors import TwinError
from twin.runtime.instance import Instance
from twin.topology.model import Topology
from twin.topology.store import read_topology

# ` +  aws:ec2:Vpc muster-eu-central-1 created (0.3s)`
_DONE_LINE = re.compile(r"^ [ +\-~=<>]{1,3}\s+\S+:\S+ \S+ (created|updated|deleted|replaced)\b")
_DONE_WORDS = ("created", "updated", "deleted", "replaced")
_DIAGNOSTICS_LINES = 40
_POLL_S = 0.25


# Of Pulumi, which checks the types of Pulumi.yaml; of infra/configuration/errors.py.
_WRONG_CONFIGURATION = ("validating stack config: ", "the configuration of stack ")


class DeployFailed(TwinError):
    """A Pulumi command failed; the message has Pulumi's diagnostics."""


class ConfigurationRefused(DeployFailed):
    """The stack's file has a wrong value; nothing was deployed."""

    exit_code = ExitCode.WRONG_USAGE


def deploy_stack(
    instance: Instance, config_file: Path, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Run `pulumi up`; the stack's outputs. Raises DeployFailed."""
    step = ProgressStep("pulumi up")
    (instance.home / "backend").mkdir(exist_ok=True)
    (instance.home / "pulumi").mkdir(exist_ok=True)
    if not _stack_exists(instance):
        _pulumi(["stack", "select", stack_config.STACK, "--create"], environ)
    options = ["--config-file", str(config_file)]
    _repair(instance, options, environ, step)
    command = ["up", "--stack", stack_config.STACK, "--yes", "--skip-preview", *options]
    summary = _run_with_progress(command, instance, environ, step)
    outputs = read_outputs(environ)
    if missing := find_missing_resources(outputs, read_topology(instance) or Topology()):
        step.note(f"deleted behind Pulumi's back: {', '.join(missing)}; refreshing")
        summary = _run_with_progress([*command, "--refresh"], instance, environ, step)
        outputs = read_outputs(environ)
    step.done(summary)
    if (created_log := open_created_log(instance).path) is not None:
        created_log.unlink(missing_ok=True)  # every created resource is in the stack now
    return outputs


def read_outputs(environ: Mapping[str, str]) -> dict[str, Any]:
    """The stack's outputs. Raises DeployFailed."""
    text = _pulumi(["stack", "output", "--json", "--stack", stack_config.STACK], environ)
    outputs: dict[str, Any] = json.loads(text)
    return outputs


def _stack_exists(instance: Instance) -> bool:
    stacks = instance.home / "backend" / ".pulumi" / "stacks"
    return any(stacks.rglob(f"{stack_config.STACK}.json"))


def _repair(
    instance: Instance, options: list[str], environ: Mapping[str, str], step: ProgressStep
) -> None:
    """Repair a stack that a killed Pulumi left incomplete. Raises DeployFailed, PulumiRunning."""
    interrupted = find_interrupted_deployment(instance)
    if interrupted is None:
        return
    repair_backend_files(instance)
    stack = ["--stack", stack_config.STACK]
    if interrupted.locked:
        _pulumi(["cancel", "--yes", *stack], environ)
    if interrupted.pending:
        operations = count_of(interrupted.pending, "unfinished operation")
        step.note(f"was interrupted: resolving {operations}")
        exported = json.loads(_pulumi(["stack", "export", *stack], environ))
        repaired = resolve_pending_operations(exported, open_created_log(instance).ids())
        _pulumi(["stack", "import", *stack], environ, json.dumps(repaired))
        _pulumi(["refresh", "--yes", "--skip-preview", *stack, *options], environ)


def _pulumi_command(arguments: list[str]) -> list[str]:
    return [str(REAL_PULUMI), *arguments, "--non-interactive", "--color", "never"]


def _pulumi(arguments: list[str], environ: Mapping[str, str], stdin: str = "") -> str:
    done = subprocess.run(
        _pulumi_command(arguments),
        cwd=ROOT,
        env=environ,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        output = (done.stderr or done.stdout).strip()
        raise DeployFailed(f"`pulumi {' '.join(arguments)}` failed:\n{output}")
    return done.stdout


def _run_with_progress(
    arguments: list[str], instance: Instance, environ: Mapping[str, str], step: ProgressStep
) -> str:
    """Run Pulumi and show its progress; the summary. Raises DeployFailed, ConfigurationRefused."""
    log = instance.logs_dir / "pulumi-up.log"
    with subprocess.Popen(
        _pulumi_command(arguments),
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
        raise deploy_error(log, log.read_text())
    return extract_summary(log.read_text())


def deploy_error(log: Path, text: str) -> DeployFailed:
    """The error of a `pulumi up` that failed, from its output."""
    diagnostics = extract_diagnostics(text)
    is_wrong = any(words in diagnostics for words in _WRONG_CONFIGURATION)
    error = ConfigurationRefused if is_wrong else DeployFailed
    return error(f"pulumi up failed; its output is in {log}\n{diagnostics}")


def follow_progress(process: "subprocess.Popen[str]", log: Path, step: ProgressStep) -> None:
    """Log Pulumi's output and show the counts of its changes, until it ends.

    Ctrl-C reaches Pulumi, too. It then finishes the operations that it has started, which is waited
    for; a second Ctrl-C kills it.
    """
    reader = _OutputLogger(process.stdout or (), log)
    reader.start()
    try:
        while not _has_ended(process):
            step.update(format_counts(reader.counts) or "starting")
    except KeyboardInterrupt:
        step.note("interrupted: Pulumi finishes what it has started; Ctrl-C again kills it")
        try:
            process.wait()
        finally:
            process.kill()
        raise
    finally:
        reader.join()


def _has_ended(process: "subprocess.Popen[str]") -> bool:
    try:
        process.wait(timeout=_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


class _OutputLogger(threading.Thread):
    """Writes Pulumi's lines to the log and counts the changes that they report."""

    def __init__(self, lines: Iterable[str], log: Path) -> None:
        super().__init__(daemon=True)
        self.counts: Counter[str] = Counter()
        self._lines, self._log = lines, log

    def run(self) -> None:
        """Read all lines, since Pulumi waits for that; a full disk gets those that fit."""
        with self._log.open("wb", buffering=0) as log:
            for line in self._lines:
                with contextlib.suppress(OSError):
                    log.write(line.encode())
                if match := _DONE_LINE.match(line):
                    self.counts[match[1]] += 1


def format_counts(counts: Mapping[str, int]) -> str:
    """`12 created, 1 updated`."""
    return ", ".join(f"{counts[word]} {word}" for word in _DONE_WORDS if counts.get(word))


def extract_summary(log: str) -> str:
    """The summary in Pulumi's output, such as `1 updated, 43 unchanged`."""
    _, found, after = log.rpartition("\nResources:\n")
    if not found:
        return "done"
    lines = after.split("\n\n")[0].splitlines()
    words = [re.sub(r"^\s*[-+~=<>]*\s*(\d+ changes\. )?", "", line) for line in lines]
    return ", ".join(filter(None, words)) or "no changes"


def extract_diagnostics(log: str) -> str:
    """The diagnostics in Pulumi's output, else its last lines."""
    _, found, after = log.rpartition("\nDiagnostics:\n")
    text = re.split(r"\n(?:Outputs|Resources):\n", after)[0] if found else log
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(lines[:_DIAGNOSTICS_LINES] if found else lines[-_DIAGNOSTICS_LINES:])


def pulumi_environment(
    environ: Mapping[str, str], variables: Mapping[str, str], folders: Iterable[Path]
) -> dict[str, str]:
    """The environment, pointed at the twin, without variables for real accounts."""
    path = os.pathsep.join([*map(str, folders), environ.get("PATH", "")])
    kept = {name: value for name, value in environ.items() if name not in UNSET}
    return {**kept, **variables, **no_proxy_variables(environ), "PATH": path}
