"""`python -m tests.soak.invoke_soak --calls 5000 --seed 1`: random calls to functions.

Over HTTP, to the process of one Region, some at a time, while functions are changed and deleted.
Checks after each call that it ends in time, and in no server error; at the end, that the process
lives, serves, has no traceback in its log, is not much larger than before, and leaves no process.
"""

import asyncio
import base64
import io
import os
import random
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import aiohttp

from common.clock import SystemClock
from tests.functional.twin.fake_control import FakeControl
from tests.functional.twin.region.region_process import (
    FUNCTION_ARN,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.soak.calls.fault_report import FaultReport, parse_options
from tests.soak.calls.hostile_functions import DAMAGED_ZIP, FUNCTIONS
from tests.waiting import async_eventually
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import internal_url
from twin.settings import TwinSettings
from twin.topology.model import FunctionVersion, LambdaFunction, RegionTopology

T = TypeVar("T")

AT_ONCE = 6
CHANGE_SHARE = 0.01
"""Of all calls: those before which functions are changed or deleted."""
TIMEOUT_S = 1.0
SLOWEST_S = 25.0
"""For a call behind others of a function that needs its whole time-out, on a busy machine."""
MOST_GROWTH_MB = 150
QUALIFIERS = ("1", "2", "live", "$LATEST", "x" * 129, "a b", "\r\nX: y", "-1")
KINDS = ("Event", "Event", "Event", "DryRun", "", "event", "x\ty")
TRACES = ("", "Root=1-5c4f3c2d-0123456789abcdef01234567", "Root=;;=", "Root=" + "x" * 2000)
DEEP = b"[" * 60_000 + b"]" * 60_000
EVENTS = (
    b"",
    b"{}",
    b"null",
    b'{"n": 3}',
    b"[1, 2, 3]",
    b"NaN",
    b"9" * 5000,
    b"1e999",
    b'"\\ud800"',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    "{}".encode("utf-16"),
    b'{"a": 1} x',
    b'{"a": 1, "a": 2}',
    DEEP,
    b'"' + b"x" * 1_100_000 + b'"',
    b'"' + b"x" * 6_400_000 + b'"',
)
CONTEXTS = (
    b"{}",
    b"[]",
    b"1",
    b'{"custom": {"a": "\xc3\xa9\\n"}, "client": {"app_title": 1}}',
    b'{"custom":\n1}',
    b"[" * 1500 + b"]" * 1500,
    b"\xff",
)
TRACE_OF_AN_ERROR = re.compile(r"Traceback|this should not happen| ERROR (?!twin\.region\.lambdas)")


class InvokeSoak:
    """The Region, its functions, and the faults that invocations have shown."""

    def __init__(self, region: RegionProcess, rng: random.Random) -> None:
        self._region = region
        self._rng = rng
        self._report = FaultReport()
        self._codes = {name: region.zip(source) for name, source in FUNCTIONS.items()}
        self._codes["damaged"] = "d" * 64
        region.instance.code_path("d" * 64).write_bytes(DAMAGED_ZIP)
        self._codes["absent"] = "e" * 64
        self._version = 1
        self._publishing = asyncio.Lock()
        self._call = AwsCall(method="POST", url="/")

    async def run(self, calls: int) -> int:
        """Make the calls; 1 if any of them has shown a fault."""
        await self._publish(deleted=frozenset())
        size_mb = self._memory_mb()
        left = iter(range(calls))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._make_calls(left))
        await self._check_end(size_mb)
        return self._report.finish(f"{calls} invocations")

    async def _make_calls(self, left: Iterator[int]) -> None:
        for _ in left:
            if self._rng.random() < CHANGE_SHARE:
                names = sorted(self._codes)
                await self._publish(deleted=frozenset(self._rng.sample(names, 3)))
            await self._make_call()

    async def _publish(self, deleted: frozenset[str]) -> None:
        """Deploy all functions but some, and one of them anew."""
        self._version += 1
        changed = self._rng.choice(sorted(self._codes))
        functions = [
            self._function(name, str(self._version) if name == changed else "1")
            for name in self._codes
            if name not in deleted
        ]
        async with self._publishing:
            await self._region.publish(RegionTopology(functions=tuple(functions)))

    def _function(self, name: str, version: str) -> LambdaFunction:
        deployed = RegionDeployment(code=self._codes[name], timeout_s=TIMEOUT_S, version=version)
        (function,) = deployed.topology("").functions
        latest = replace(deployed.function_version(), version="$LATEST")
        if name == "nul":
            latest = replace(latest, environment={"NAME": "a\0b"})
        arn = FUNCTION_ARN.replace(":app", f":{name}")
        versions: tuple[FunctionVersion, ...] = (*function.versions, latest)
        return replace(function, name=name, arn=arn, versions=versions)

    async def _make_call(self) -> None:
        rng = self._rng
        name = rng.choice((*self._codes, "absent-function"))
        forms = (name, FUNCTION_ARN.replace(":app", f":{name}"), f"123456789012:{name}")
        others = (f"function:{name}", f"arn:aws:lambda:x:1:function:{name}", "", f"{name}/..", "\0")
        text = rng.choice((*forms * 6, *others))
        text += self._mostly("", ":live", ":$LATEST", ":1", ":", ":a:b")
        qualifier = self._mostly("", *QUALIFIERS)
        query = f"?Qualifier={quote(qualifier)}" if qualifier else ""
        path = f"/2015-03-31/functions/{quote(text, safe='')}/invocations{query}"
        body = self._mostly(b"{}", *EVENTS)
        headers = {
            "X-Amz-Invocation-Type": self._mostly("RequestResponse", *KINDS),
            "X-Amz-Log-Type": self._mostly("Tail", "None", "x"),
            "X-Amzn-Trace-Id": self._mostly("", *TRACES),
        }
        if rng.random() < 0.1:
            context = base64.b64encode(rng.choice(CONTEXTS)).decode()
            headers["X-Amz-Client-Context"] = rng.choice((context, context[:-1] or "*"))
        await self._send(AwsCall(method="POST", url=path, body=body, headers=headers))

    def _mostly(self, usual: T, *unusual: T) -> T:
        return usual if self._rng.random() < 0.75 else self._rng.choice(unusual)

    async def _send(self, call: AwsCall) -> None:
        url = internal_url(self._region.instance.region_address(REGION), call.url)
        began = CLOCK.monotonic()
        try:
            response = await self._region.http.post(
                url, data=io.BytesIO(call.body), headers=dict(call.headers), timeout=CLIENT_TIMEOUT
            )
            await response.read()
        except (OSError, TimeoutError, aiohttp.ClientError) as exc:
            if call.body and len(call.body) > 6_291_456:
                return  # a request that is too large may be cut off
            self._report.note(f"{type(exc).__name__}: {exc}", call)
            return
        self._report.answers[response.status] += 1
        text = (await response.read())[:150]
        code = response.headers.get("X-Amzn-ErrorType", "")
        if response.status >= 500 and code != "InvalidZipFileException":
            self._report.note(f"{response.status} {text!r}", call)
        if response.status >= 400 and not code and not text:
            self._report.note(f"{response.status} without an error", call)
        if CLOCK.monotonic() - began > SLOWEST_S:
            self._report.note(f"took over {SLOWEST_S} s", call)

    async def _check_end(self, size_mb: int) -> None:
        region = self._region
        process = region.process
        if process is None or process.poll() is not None:
            self._report.note("the process has ended", self._call)
            return
        await region.publish(RegionTopology(functions=(self._function("plain", "9"),)))
        await self._send(
            AwsCall(method="POST", url="/2015-03-31/functions/plain/invocations", body=b"{}")
        )
        await async_eventually(self._has_few_children, within_s=20.0)
        grown_mb = self._memory_mb() - size_mb
        if grown_mb > MOST_GROWTH_MB:
            self._report.note(f"the process has grown by {grown_mb} MB", self._call)
        await region.stop()
        if left := processes_in(region.instance.home):
            self._report.note(f"processes are left: {left}", self._call)
        log = region.log_path.read_text(errors="replace") if region.log_path else ""
        for line in log.splitlines():
            if TRACE_OF_AN_ERROR.search(line):
                self._report.note(f"in the log: {line[:150]}", self._call)

    async def _has_few_children(self) -> bool:
        return len(processes_in(self._region.instance.home)) <= 2

    def _memory_mb(self) -> int:
        process = self._region.process
        assert process is not None
        fields = Path(f"/proc/{process.pid}/status").read_text().split("VmRSS:")[1].split()
        return int(fields[0]) // 1024


CLOCK = SystemClock()
CLIENT_TIMEOUT = aiohttp.ClientTimeout(total=2 * SLOWEST_S)


def processes_in(home: Path) -> Mapping[int, str]:
    """The processes of the functions in this home: id -> command."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            cwd = (folder / "cwd").readlink()
            command = (folder / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        if cwd.is_relative_to(home):
            found[int(folder.name)] = command[:80]
    return found


async def soak(home: Path, calls: int, rng: random.Random) -> int:
    """Make the calls to a Region in this home; 1 if any of them has shown a fault."""
    async with aiohttp.ClientSession() as http:
        control = FakeControl()
        region = RegionProcess(home, control, http)
        region.configure(TwinSettings(speed=1000.0, lambda_environments=3))
        region.log_path = home / "region.log"
        async with control.serving_at(region.instance):
            await region.start()
            try:
                return await InvokeSoak(region, rng).run(calls)
            finally:
                await region.stop()


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(soak(Path(folder), calls, rng))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
