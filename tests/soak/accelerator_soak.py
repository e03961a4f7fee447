"""`python -m tests.soak.accelerator_soak --calls 20000 --seed 1`: calls to Global Accelerator.

Checks after each call that it is no server error, that a failed one has changed nothing, and that
the accelerators make a Topology that its readers can use and a state that a restart can read.
"""

import asyncio
import random
import sys
import tempfile
from pathlib import Path

from tests.soak.calls.fault_report import FaultReport, parse_options
from tests.soak.calls.generator import CallGenerator
from tests.soak.calls.templates import ACCELERATOR_TEMPLATES
from twin.control.document_service import load_state
from twin.control.globalaccelerator.call_context import CallContext, HealthByEndpoint
from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.service import OPERATIONS, GlobalAccelerator
from twin.control.topology_publisher import build_topology
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.runtime.instance import ACCOUNT
from twin.topology.validation import check_topology

SERVED = {"globalaccelerator": frozenset(OPERATIONS)}
REGION = "us-west-2"


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(soak(Path(folder), calls, rng))


async def soak(folder: Path, calls: int, rng: random.Random) -> int:
    """Make the calls; 1 if any of them has shown a fault."""
    report = FaultReport()
    generator = CallGenerator(rng, SERVED, ACCELERATOR_TEMPLATES)
    path = folder / "globalaccelerator.json"
    service = open_service(path, rng)
    for _ in range(calls):
        call, name, operation = generator.make_call()
        before = service.state
        target = call.headers["x-amz-target"]
        status, body = await service.handle(REGION, target, call.body)
        report.answers[status] += 1
        if status >= 500:
            report.note(f"{status} {body[:150]!r}", call)
        if status >= 400 and service.state != before:
            report.note("a failed call left a change", call)
        if problem := find_problem(service):
            report.note(problem, call)
        generator.learn(name, operation, AwsResponse(status=status, body=body))
    if load_state(path, ServiceState()) != service.state:
        report.note("a restart restores another state", AwsCall(method="POST", url="/"))
    return report.finish(f"{calls} calls")


def find_problem(service: GlobalAccelerator) -> str | None:
    """Why no reader could use the Topology of the accelerators, if so."""
    try:
        check_topology(build_topology(ACCOUNT, {}, service.state, _static_ips))
    except Exception as exc:  # noqa: BLE001 - whatever a reader would stumble over
        return f"unusable: {type(exc).__name__}: {exc}"
    return None


def open_service(path: Path, rng: random.Random) -> GlobalAccelerator:
    def make_context(health: HealthByEndpoint) -> CallContext:
        return CallContext(
            account=ACCOUNT,
            now=1_800_000_000.0,
            rng=rng,
            static_ips=_static_ips,
            load_balancers={},
            health=health,
        )

    async def fetch_health() -> HealthByEndpoint:
        return {}

    return GlobalAccelerator(
        path,
        make_context=make_context,
        fetch_health=fetch_health,
        on_change=lambda *_: None,
    )


def _static_ips(ordinal: int) -> tuple[str, str]:
    return f"127.75.0.{ordinal % 250}", f"127.99.0.{ordinal % 250}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
