"""`python -m tests.soak.control_soak --calls 100000 --seed 1`: calls to moto's services.

Checks after each call that the response is no server error (a refusal that names the docs is none)
and can be read as an SDK reads it, and that a failed call has changed nothing; every 1,500 calls,
that a restart restores the same state, from the checkpoint and from the journal alone. Prints each
kind of fault once, with the call that found it, and exits with 1 if there is any.
"""

import random
import re
import sys
import tempfile
from pathlib import Path

from common.clock import SystemClock
from tests.soak.calls.fault_report import FaultReport, is_fault, parse_options
from tests.soak.calls.generator import CallGenerator
from tests.soak.calls.state_digest import Digests, digest_state, digests_differ
from twin.control.globalaccelerator.model import ServiceState
from twin.control.journal.call_journal import open_call_journal
from twin.control.journal.journaled_services import (
    OWN_SERVICES,
    JournaledServices,
    restore_services,
)
from twin.control.topology_publisher import build_topology
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.calls.served_operations import SERVED
from twin.runtime.instance import ACCOUNT
from twin.topology.validation import check_topology

CALLS_PER_JOURNAL = 1500
"""A small state is fast, and new ones make more kinds of calls succeed."""


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    with tempfile.TemporaryDirectory() as folder:
        return Soak(Path(folder), rng).run(calls)


class Soak:
    """Control's services, and the faults that calls have shown in them."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self._folder = folder
        served = {name: names for name, names in SERVED.items() if name not in OWN_SERVICES}
        self._generator = CallGenerator(rng, served)
        self._report = FaultReport()
        self._last_call = AwsCall(method="GET", url="/")
        self._digests: Digests | None = None
        """Of the state after the last call, where they are known."""

    def run(self, calls: int) -> int:
        """Make the calls; 1 if any of them has shown a fault."""
        journaled = 0
        for start in range(0, calls, CALLS_PER_JOURNAL):
            journaled += self._run_journal(min(CALLS_PER_JOURNAL, calls - start))
        return self._report.finish(f"{calls} calls, {journaled} of them in a journal")

    def _run_journal(self, calls: int) -> int:
        """Begin with empty services, and end with two restarts; the journal's length."""
        clock = SystemClock()
        path = self._folder / "journal"
        with open_call_journal(path, clock.now()) as journal:
            services = restore_services(
                journal,
                account=ACCOUNT,
                addresses=lambda region, number: f"127.120.{len(region)}.{number}",
                clock=clock,
                speed=1.0,
            )
            for _ in range(calls):
                self._make_call(services)
            self._restart(services)
            services.write_checkpoint()
            self._restart(services)
            length = services.journaled_calls
        path.unlink()
        return length

    def _make_call(self, services: JournaledServices) -> None:
        call, service, operation = self._generator.make_call()
        self._last_call = call
        before = self._digests or digest_state(ACCOUNT)
        response = services.handle(call, lambda: find_problem(services))
        self._report.answers[response.status] += 1
        self._digests = None
        if is_fault(response):
            self._note(f"{response.status} {_message(response)!r}")
        if not response.succeeded and call.changes_state:
            self._digests = digest_state(ACCOUNT)
            if digests_differ(before, self._digests):
                self._note("a failed call left a change")
        try:
            self._generator.learn(service, operation, response)
        except Exception as exc:  # noqa: BLE001 - whatever an SDK would stumble over
            self._note(f"the response can't be read: {type(exc).__name__}: {exc}")

    def _restart(self, services: JournaledServices) -> None:
        """From the checkpoint if there is one, else from the journal; removes the checkpoint."""
        before, checkpoint = digest_state(ACCOUNT), self._folder / "checkpoint"
        source = "checkpoint" if checkpoint.exists() else "journal"
        services.restore()
        if digests_differ(before, digest_state(ACCOUNT)):
            self._note(f"a restart from the {source} restores another state")
        checkpoint.unlink(missing_ok=True)
        self._digests = None

    def _note(self, fault: str) -> None:
        self._report.note(fault, self._last_call)


def _message(response: AwsResponse) -> str:
    """What went wrong inside moto, without the call's own values."""
    text = response.body.decode("utf-8", "replace")
    found = re.search(r"\((\w+: [^)]{0,60})", text)
    return found[1] if found else text[:120]


def find_problem(services: JournaledServices) -> str | None:
    try:
        regions = services.moto.region_topologies()
        check_topology(build_topology(ACCOUNT, regions, ServiceState(), _static_ips))
    except Exception as exc:  # noqa: BLE001 - as control does
        return f"{type(exc).__name__}: {exc}"
    return None


def _static_ips(ordinal: int) -> tuple[str, str]:
    return f"127.75.0.{ordinal}", f"127.99.0.{ordinal}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
