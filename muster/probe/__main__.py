"""The prober as a process: `python -m muster.probe --plan FILE|- --out FILE|-`.

A process of its own has its own interpreter lock, so that nothing in its starter delays a send.

The first SIGINT or SIGTERM ends the schedule and waits for the requests under way; the second ends
the process at once. `--plan -` reads the plan as one line of standard input. With `--lifeline` the
end of standard input counts as a signal, so that the prober ends with a starter that dies. Exit
codes: 0 ended as planned or was stopped, 1 failed, 2 wrong plan or options.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from common.clock import SystemClock
from muster import codec
from muster.errors import InvalidDocument, InvalidProbePlan, MusterError, UnusableVantagePoint
from muster.probe.plan import ProbePlan
from muster.probe.prober import Prober
from muster.probe.sinks import FileSink, Sink, open_sink

STDIN, STDOUT = 0, 1


def main(argv: list[str]) -> int:
    options = _parse_options(argv)
    try:
        plan = codec.loads(ProbePlan, _read_plan(options.plan))
        _freeze_garbage_collector()
        _raise_descriptor_limit()
        asyncio.run(_run(plan, options.out, lifeline=options.lifeline))
    except (InvalidProbePlan, UnusableVantagePoint, InvalidDocument) as exc:
        return _print_error(exc, 2)
    except (MusterError, OSError) as exc:
        return _print_error(exc, 1)
    return 0


def _parse_options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m muster.probe", description="Run one probe.")
    parser.add_argument("--plan", required=True, help="JSON file of the plan; - for stdin")
    parser.add_argument("--out", required=True, help="file to append records to; - for stdout")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input ends")
    return parser.parse_args(argv)


def _read_plan(where: str) -> bytes:
    if where != "-":
        return Path(where).read_bytes()
    line = bytearray()
    while not line.endswith(b"\n") and (byte := os.read(STDIN, 1)):
        line += byte
    return bytes(line)


def _freeze_garbage_collector() -> None:
    # Imported objects live as long as the process: the collector need not visit them.
    gc.collect()
    gc.freeze()


def _raise_descriptor_limit() -> None:
    # In an outage a request holds its socket for its whole time-out: the usual limit of 1024 would
    # be reached within two seconds.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def _run(plan: ProbePlan, out: str, *, lifeline: bool) -> None:
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine that runs has a task
    loop = asyncio.get_running_loop()
    sink: Sink = open_sink(os.dup(STDOUT)) if out == "-" else FileSink.append(Path(out))
    prober = Prober(plan, clock=SystemClock(), sink=sink)
    stop_then_cancel = iter((prober.stop, task.cancel))

    def end() -> None:
        next(stop_then_cancel, task.cancel)()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    if lifeline:
        loop.add_reader(STDIN, _check_lifeline, end, loop)
    with contextlib.suppress(asyncio.CancelledError):
        await prober.run()


def _check_lifeline(end: Callable[[], None], loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(STDIN, 4096):
        loop.remove_reader(STDIN)
        end()


def _print_error(error: Exception, code: int) -> int:
    sys.stderr.write(f"muster probe: {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
