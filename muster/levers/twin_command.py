"""The `twin` command: injects and clears a twin's faults.

Finds the command at $TWIN_HOME/bin/twin, else on PATH, and checks that it belongs to the twin whose
endpoint the tool uses.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from common.command.exit_codes import ExitCode
from muster.errors import CommandFailed, FaultUnavailable
from muster.levers.interface import Fault, FaultKind

TWIN_TIMEOUT_S = 60.0
OWN_CALL: Mapping[str, str] = {"TWIN_DURING_DRILL": "1"}
"""Added to the command's environment: the twin refuses changes while a drill is under way, but a
drill's own changes and those that this tool has held against the lease are meant."""

RunTwin = Callable[[Sequence[str]], Coroutine[Any, Any, str]]
"""Arguments of `twin` -> its standard output. Raises CommandFailed."""

_SUBCOMMANDS: Mapping[FaultKind, tuple[tuple[str, str], tuple[str, str]]] = {
    "region-kill": (("region", "kill"), ("region", "start")),
    "region-freeze": (("region", "freeze"), ("region", "thaw")),
    "control-stop": (("control", "stop"), ("control", "start")),
    "replication-pause": (("replication", "pause"), ("replication", "resume")),
    "network-cut": (("network", "cut"), ("network", "heal")),
    "network-slow": (("network", "slow"), ("network", "heal")),
}


def inject_arguments(fault: Fault) -> list[str]:
    """Arguments that inject a fault. Raises FaultUnavailable."""
    arguments = [*_subcommands(fault)[0], *_region_argument(fault)]
    if fault.kind == "network-slow":
        arguments += ["--delay-ms", f"{_parse_number(fault, 'delay_ms', 200.0):g}"]
    if "for_s" in fault.parameters:
        arguments += ["--for", f"{_parse_number(fault, 'for_s', 0.0):g}"]
    return arguments


def clear_arguments(fault: Fault) -> list[str]:
    """Arguments that clear a fault. Raises FaultUnavailable."""
    return [*_subcommands(fault)[1], *_region_argument(fault)]


def _subcommands(fault: Fault) -> tuple[tuple[str, str], tuple[str, str]]:
    if fault.kind not in _SUBCOMMANDS:
        raise FaultUnavailable(f"{fault.kind}: `twin` has no such fault")
    return _SUBCOMMANDS[fault.kind]


def _region_argument(fault: Fault) -> list[str]:
    if fault.kind == "control-stop":
        return []
    if fault.region is None:
        raise FaultUnavailable(f"{fault.kind}: name the Region that it is for")
    return [fault.region]


def _parse_number(fault: Fault, name: str, default: float) -> float:
    raw = fault.parameters.get(name, default)
    try:
        return float(raw)
    except ValueError:
        raise FaultUnavailable(f"{fault.kind}: {name} is {raw!r}; it must be a number") from None


class TwinCommand:
    """The `twin` command of the twin at an endpoint."""

    def __init__(
        self,
        endpoint_url: str,
        environ: Mapping[str, str],
        run: RunTwin | None = None,
        *,
        within_s: float = TWIN_TIMEOUT_S,
    ) -> None:
        """`run` replaces the program in tests. `within_s`: how long the program may take."""
        self._endpoint_url = endpoint_url
        self._environ = environ
        self._run = run or self._run_program
        self._within_s = within_s
        self._is_checked = False

    async def __call__(self, *arguments: str) -> str:
        """Run it and return its standard output. Raises CommandFailed, FaultUnavailable.

        A cancelled caller still waits for its end: a fault must not start after a rollback.
        """
        if not self._is_checked:
            await self._check_endpoint()
        ending = asyncio.ensure_future(self._run(arguments))  # outlives a cancelled caller
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait({ending})
            raise

    async def _check_endpoint(self) -> None:
        report = json.loads(await self._run(("status", "--json")))
        other = report.get("endpoint_url")
        if other != self._endpoint_url:
            raise FaultUnavailable(
                f"the `twin` command found is of the twin at {other}, but the tool acts on"
                f" {self._endpoint_url}; `source .twin/env` of that twin"
            )
        self._is_checked = True

    def _find_program(self) -> str:
        home = self._environ.get("TWIN_HOME")
        installed = Path(home, "bin", "twin") if home else None
        if installed and os.access(installed, os.X_OK):
            return str(installed)
        found = shutil.which("twin", path=self._environ.get("PATH"))
        if found is None:
            raise FaultUnavailable(
                "there is no `twin` command, neither on PATH nor in $TWIN_HOME/bin;"
                " `source .twin/env`"
            )
        return found

    async def _run_program(self, arguments: Sequence[str]) -> str:
        command = f"twin {' '.join(arguments)}"
        process = await asyncio.create_subprocess_exec(
            self._find_program(),
            *arguments,
            env={**self._environ, **OWN_CALL},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C must not interrupt a rollback
        )
        try:
            async with asyncio.timeout(self._within_s):
                output, errors = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise CommandFailed(command, f"no end within {self._within_s:g} s") from None
        if process.returncode != 0:
            why = " ".join(errors.decode(errors="replace").split()).removeprefix("twin: ")
            wrong = process.returncode == ExitCode.WRONG_USAGE
            why = why or f"exit code {process.returncode}"
            raise CommandFailed(command, why, permanent=wrong)
        return output.decode()
