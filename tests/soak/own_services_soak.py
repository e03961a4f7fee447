"""`python -m tests.soak.own_services_soak --calls 20000 --seed 1`: calls to control's own services.

Checks after each call that it is no server error (a refusal that names the docs is none) and can be
read as an SDK reads it, and that a failed one has changed nothing; every 500 calls, that the
resources make a Topology that its readers can use, and at the end that a restart restores them.
"""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.soak.calls.fault_report import FaultReport, is_fault, parse_options
from tests.soak.calls.generator import CallGenerator
from tests.unit.twin.control.test_own_services import own_services
from twin.control.journal.journaled_services import OWN_SERVICES
from twin.control.own_services import OwnServices
from twin.moto.calls.aws_call import AwsCall
from twin.moto.calls.served_operations import SERVED
from twin.topology.model import Topology
from twin.topology.validation import check_topology

CALLS_PER_CHECK = 500


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(soak(Path(folder), calls, rng))


async def soak(home: Path, calls: int, rng: random.Random) -> int:
    """Make the calls; 1 if any of them has shown a fault."""
    report = FaultReport()
    generator = CallGenerator(rng, {name: SERVED[name] for name in sorted(OWN_SERVICES)})
    services = own_services(home)
    for number in range(1, calls + 1):
        call, name, operation = generator.make_call()
        before = services.states()
        response = await services.handle(call)
        report.answers[response.status] += 1
        if is_fault(response):
            report.note(f"{response.status} {response.body[:150]!r}", call)
        if not response.succeeded and services.states() != before:
            report.note("a failed call left a change", call)
        try:
            generator.learn(name, operation, response)
        except Exception as exc:  # noqa: BLE001 - whatever an SDK would stumble over
            report.note(f"the response can't be read: {type(exc).__name__}: {exc}", call)
        is_due = number == calls or number % CALLS_PER_CHECK == 0
        if is_due and (problem := find_problem(services)):
            report.note(problem, call)
    if own_services(home).states() != services.states():
        report.note("a restart restores another state", AwsCall(method="POST", url="/"))
    return report.finish(f"{calls} calls")


def find_problem(services: OwnServices) -> str | None:
    """Why no reader could use the Topology of the resources, if so."""
    try:
        check_topology(services.add_to_topology(Topology()))
    except Exception as exc:  # noqa: BLE001 - whatever a reader would stumble over
        return f"unusable: {type(exc).__name__}: {exc}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
