"""The faults that only a twin has, through its own command.

Decides which command line breaks and which one mends. Finds the command at $TWIN_HOME/bin/twin,
else on PATH, and makes sure that it speaks for the twin that the tool acts on.
"""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from muster.errors import CommandFailed, FaultUnavailable
from muster.levers.interface import Fault, FaultKind

TWIN_TIMEOUT_S = 60.0

RunTwin = Callable[[Sequence[str]], Coroutine[Any, Any, str]]
"""Arguments of `twin` -> its standard output; raises CommandFailed."""

_WORDS: Mapping[FaultKind, tuple[tuple[str, str], tuple[str, str]]] = {
    "region-kill": (("region", "kill"), ("region", "start")),
    "region-freeze": (("region", "freeze"), ("region", "thaw")),
    "control-stop": (("control", "stop"), ("control", "start")),
    "replication-pause": (("replication", "pause"), ("replication", "resume")),
    "network-cut": (("network", "cut"), ("network", "heal")),
    "network-slow": (("network", "slow"), ("network", "heal")),
}


def inject_arguments(fault: Fault) -> list[str]:
    """The command line that breaks. Raises FaultUnavailable."""
    arguments = [*_words(fault)[0], *_region(fault)]
    if fault.kind == "network-slow":
        arguments += ["--delay-ms", f"{_number(fault, 'delay_ms', 200.0):g}"]
    if "for_s" in fault.parameters:
        arguments += ["--for", f"{_number(fault, 'for_s', 0.0):g}"]
    return arguments


def clear_arguments(fault: Fault) -> list[str]:
    """The command line that mends. Raises FaultUnavailable."""
    return [*_words(fault)[1], *_region(fault)]


def _words(fault: Fault) -> tuple[tuple[str, str], tuple[str, str]]:
    if fault.kind not in _WORDS:
        raise FaultUnavailable(f"{fault.kind}: `twin` has no such fault")
    return _WORDS[fault.kind]


def _region(fault: Fault) -> list[str]:
    if fault.kind == "control-stop":
        return []
    if fault.region is None:
        raise FaultUnavailable(f"{fault.kind}: name the Region that it is for")
    return [fault.region]


def _number(fault: Fault, name: str, default: float) -> float:
    raw = fault.parameters.get(name, default)
    try:
        return float(raw)
    except ValueError:
        raise FaultUnavailable(f"{fault.kind}: {name} is {raw!r}; it must be a number") from None


class TwinCommand:
    """The `twin` command of the twin at an endpoint."""

    def __init__(
        self, endpoint_url: str, environ: Mapping[str, str], run: RunTwin | None = None
    ) -> None:
        """`run` stands in for the program in tests."""
        self._endpoint_url = endpoint_url
        self._environ = environ
        self._run = run or self._execute
        self._checked = False

    async def __call__(self, *arguments: str) -> str:
        """Run it; its standard output. Raises CommandFailed, FaultUnavailable.

        Cancelled, it still waits for its end: what it breaks must not break after the rollback.
        """
        if not self._checked:
            await self._check()
        ending = asyncio.ensure_future(self._run(arguments))  # no group: it outlives its caller
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            await asyncio.wait({ending})
            raise

    async def _check(self) -> None:
        report = json.loads(await self._run(("status", "--json")))
        other = report.get("endpoint_url")
        if other != self._endpoint_url:
            raise FaultUnavailable(
                f"the `twin` command found is of the twin at {other}, but the tool acts on"
                f" {self._endpoint_url}; `source .twin/env` of that twin"
            )
        self._checked = True

    def _program(self) -> str:
        home = self._environ.get("TWIN_HOME")
        own = Path(home, "bin", "twin") if home else None
        if own and os.access(own, os.X_OK):
            return str(own)
        found = shutil.which("twin", path=self._environ.get("PATH"))
        if found is None:
            raise FaultUnavailable(
                "there is no `twin` command, neither on PATH nor in $TWIN_HOME/bin;"
                " `source .twin/env`"
            )
        return found

    async def _execute(self, arguments: Sequence[str]) -> str:
        shown = f"twin {' '.join(arguments)}"
        process = await asyncio.create_subprocess_exec(
            self._program(),
            *arguments,
            env=dict(self._environ),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C must not cut a repair in two
        )
        try:
            async with asyncio.timeout(TWIN_TIMEOUT_S):
                output, said = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise CommandFailed(shown, f"no end within {TWIN_TIMEOUT_S:.0f} s") from None
        if process.returncode != 0:
            why = " ".join(said.decode(errors="replace").split()).removeprefix("twin: ")
            raise CommandFailed(shown, why or f"exit code {process.returncode}")
        return output.decode()
