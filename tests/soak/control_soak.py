"""`python -m tests.soak.control_soak --calls 100000 --seed 1`: random calls to control's services.

Checks after each call that the response is no server error and can be read as an SDK reads it, and
that a failed call has changed nothing; at the end, that a restart restores the same state. Prints
each kind of fault once, with the call that found it, and exits with 1 if there is any.
"""

import argparse
import collections
import random
import sys
import tempfile
from pathlib import Path

from common.clock import SystemClock
from tests.soak.random_calls import CallGenerator
from twin.control.call_journal import open_call_journal
from twin.control.globalaccelerator.model import ServiceState
from twin.control.journaled_services import JournaledServices, restore_services
from twin.control.topology_publisher import build_topology
from twin.moto.aws_call import AwsCall
from twin.moto.state_digest import digests_differ
from twin.topology.validation import check_topology


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        return _soak(Path(folder), options.calls, random.Random(options.seed))


def _soak(folder: Path, calls: int, rng: random.Random) -> int:
    clock = SystemClock()
    generator = CallGenerator(rng)
    faults: collections.Counter[str] = collections.Counter()
    answers: collections.Counter[int] = collections.Counter()

    def note(fault: str, call: AwsCall) -> None:
        faults[fault] += 1
        if faults[fault] == 1:
            sys.stdout.write(f"{fault}\n    {call.method} {call.url} {call.body[:300]!r}\n")

    with open_call_journal(folder / "journal", clock.now()) as journal:
        services = restore_services(
            journal,
            account="123456789012",
            addresses=lambda region, number: f"127.120.{len(region)}.{number}",
            clock=clock,
            speed=1.0,
            give_up=lambda: None,
        )
        call = AwsCall(method="GET", url="/")
        for _ in range(calls):
            call, service, operation = generator.make_call()
            before = services.moto.digest()
            response = services.handle(call, lambda: find_problem(services))
            answers[response.status] += 1
            if response.status >= 500 and b"NotImplemented" not in response.body:
                note(f"{call.label}: {response.status} {response.body[:160]!r}", call)
            if not response.succeeded and digests_differ(before, services.moto.digest()):
                note(f"{call.label}: a failed call left a change", call)
            try:
                generator.learn(service, operation, response)
            except Exception as exc:  # noqa: BLE001 - whatever an SDK would stumble over
                note(f"{call.label}: response can't be read: {type(exc).__name__}: {exc}", call)
        before = services.moto.digest()
        services.restore()
        if digests_differ(before, services.moto.digest()):
            note("a restart restores another state", call)
    sys.stdout.write(f"{calls} calls, {len(faults)} kinds of faults, {dict(answers)}\n")
    return 1 if faults else 0


def find_problem(services: JournaledServices) -> str | None:
    try:
        regions = services.moto.region_topologies()
        check_topology(
            build_topology(
                "123456789012", regions, ServiceState(), lambda n: ("127.0.0.1", "127.0.0.2")
            )
        )
    except Exception as exc:  # noqa: BLE001 - as control does
        return f"{type(exc).__name__}: {exc}"
    return None


def _static_ips(ordinal: int) -> tuple[str, str]:
    return f"127.75.0.{ordinal}", f"127.99.0.{ordinal}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
