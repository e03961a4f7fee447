"""The probe session of a drill: a prober that stops writing."""

from collections.abc import Sequence
from pathlib import Path

from common.clock import SystemClock
from muster.drill.observation.probe_session import ProbeSession
from muster.probe import Cohort, CohortShare, ProbePlan, ProbeRecord
from tests.functional.muster.scripted_server import serve_script
from tests.waiting import async_eventually


class ShiftedClock(SystemClock):
    """The machine's clock, moved forward by the test."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        """The machine's monotonic clock and `ahead_s`."""
        return super().monotonic() + self.ahead_s


async def test_a_prober_without_records_for_minutes_is_a_failure(tmp_path: Path) -> None:
    """The first request comes due at once, the second one in 100 s."""
    clock = ShiftedClock()
    async with serve_script() as service:
        plan = ProbePlan(
            run="test",
            targets=(service.target,),
            shares=(CohortShare(cohort=Cohort.NEW),),
            rate=0.01,
        )
        probes = ProbeSession(
            plan,
            tmp_path / "samples",
            tmp_path / "sightings",
            reader=None,
            regions=("us-west-2",),
            clock=clock,
        )
        await probes.start()

        async def read_records() -> Sequence[ProbeRecord]:
            return probes.read()

        await async_eventually(read_records)
        clock.ahead_s = 200.0
        still_fine = probes.failure
        clock.ahead_s = 300.0
        failed = probes.failure
        await probes.finish()

    assert still_fine is None
    assert failed == "the prober has written nothing for 5:00 min"
    assert probes.failure is None
    assert probes.remarks == ()
