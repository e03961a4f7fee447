"""The prober as a process: its start, its end, its death, and its readers."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from common.clock import SystemClock
from muster import codec
from muster.errors import InvalidProbePlan, ProbeFailed
from muster.measure import RequestOutcome, Sample, measure_quality
from muster.probe import (
    Cohort,
    CohortShare,
    ProbePlan,
    ProberProcess,
    ProbeTarget,
    RecordTail,
    VantagePoint,
    read_probe_run,
)
from muster.probe.prober_process import ROOT
from tests.functional.muster.probe.builders import make_test_plan
from tests.functional.muster.scripted_server import ServerBehaviour, serve_script
from tests.waiting import async_eventually

CLOCK = SystemClock()


async def has_samples(path: Path) -> bool:
    return sum(isinstance(r, Sample) for r in RecordTail(path).read()) > 5


async def test_a_run_in_a_process_ends_with_its_plan(tmp_path: Path) -> None:
    async with (
        serve_script() as service,
        await ProberProcess.start(
            make_test_plan(service.target), tmp_path / "run", clock=CLOCK
        ) as prober,
    ):
        await prober.wait()

    run = read_probe_run(tmp_path / "run")
    assert len(run.samples) == 30
    assert run.opening is not None
    assert run.opening.pid == prober.pid
    assert run.closing is not None
    assert run.closing.reason == "done"
    # One clock for all processes of the machine: the drill's journal lies on the same axis.
    assert 0 < CLOCK.monotonic() - run.opening.started_s < 60


async def test_stopping_leaves_a_closing_record(tmp_path: Path) -> None:
    path = tmp_path / "run"
    async with (
        serve_script() as service,
        await ProberProcess.start(make_test_plan(service.target, None), path, clock=CLOCK),
    ):
        await async_eventually(lambda: has_samples(path))

    run = read_probe_run(path)
    assert run.closing is not None
    assert run.closing.reason == "stopped"
    assert run.closing.abandoned == 0
    assert run.closing.scheduled == len(run.samples)


async def test_a_second_signal_does_not_wait_for_open_requests(tmp_path: Path) -> None:
    path, started_s = tmp_path / "run", CLOCK.monotonic()
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
        plan = replace(make_test_plan(service.target, None), total_timeout_s=100.0)
        async with await ProberProcess.start(plan, path, clock=CLOCK) as prober:
            await async_eventually(lambda: _is_true(len(service.peers) > 5))
            os.kill(prober.pid, signal.SIGTERM)
            await CLOCK.sleep(0.3)  # two of one signal that come at once count as one
            assert prober.is_running
            os.kill(prober.pid, signal.SIGTERM)
            await prober.wait()

    closing = read_probe_run(path).closing
    assert closing is not None
    assert closing.abandoned > 5
    assert CLOCK.monotonic() - started_s < 60.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_a_closing_record(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = tmp_path / "run"
    async with (
        serve_script() as service,
        await ProberProcess.start(
            make_test_plan(service.target, None), path, clock=CLOCK
        ) as prober,
    ):
        await async_eventually(lambda: has_samples(path))
        os.kill(prober.pid, number)
        await prober.wait()

    assert read_probe_run(path).closing is not None


async def test_a_killed_prober_keeps_what_it_recorded(tmp_path: Path) -> None:
    path = tmp_path / "run"
    async with (
        serve_script() as service,
        await ProberProcess.start(
            make_test_plan(service.target, None), path, clock=CLOCK
        ) as prober,
    ):
        await async_eventually(lambda: has_samples(path))
        os.kill(prober.pid, signal.SIGKILL)
        with pytest.raises(ProbeFailed, match="ended with -9"):
            await prober.wait()

    run = read_probe_run(path)
    assert len(run.samples) > 5
    assert run.closing is None


async def test_a_suspended_prober_counts_its_own_lateness(tmp_path: Path) -> None:
    path = tmp_path / "run"
    async with serve_script() as service:
        plan = replace(
            make_test_plan(service.target, None),
            shares=(CohortShare(cohort=Cohort.NEW), CohortShare(cohort=Cohort.KEEPALIVE)),
            connect_timeout_s=0.3,
            total_timeout_s=0.3,
        )
        async with await ProberProcess.start(plan, path, clock=CLOCK) as prober:
            await async_eventually(lambda: has_samples(path))
            os.kill(prober.pid, signal.SIGSTOP)
            await CLOCK.sleep(1.5)
            os.kill(prober.pid, signal.SIGCONT)
            before = len(read_probe_run(path).samples)

            async def went_on() -> bool:
                return len(read_probe_run(path).samples) > before + 170

            await async_eventually(went_on)

    run = read_probe_run(path)
    assert {s.outcome for s in run.samples} == {RequestOutcome.OK, RequestOutcome.LOST}
    assert not measure_quality(run.samples, run.closing).trusted


async def test_a_prober_ends_with_its_starter(tmp_path: Path) -> None:
    path = tmp_path / "run"
    async with serve_script() as service:
        plan = codec.dumps(make_test_plan(service.target, None))
        code = (
            "import asyncio, pathlib, sys\n"
            "from muster import codec\n"
            "from common.clock import SystemClock\n"
            "from muster.probe import ProbePlan, ProberProcess\n"
            "async def main():\n"
            "    plan = codec.loads(ProbePlan, sys.argv[1])\n"
            "    path = pathlib.Path(sys.argv[2])\n"
            "    await ProberProcess.start(plan, path, clock=SystemClock())\n"
            "    await asyncio.Event().wait()\n"
            "asyncio.run(main())\n"
        )
        starter = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, plan, str(path), cwd=ROOT
        )
        await async_eventually(lambda: has_samples(path), within_s=20.0)
        starter.kill()
        await starter.wait()

        async def closed() -> bool:
            return read_probe_run(path).closing is not None

        await async_eventually(closed)


async def test_a_prober_that_can_not_start_reports_why(tmp_path: Path) -> None:
    vantage = VantagePoint(name="Nowhere", source="192.0.2.77")
    plan = ProbePlan(run="test", targets=(ProbeTarget(ip="127.0.0.1"),), vantages=(vantage,))

    with pytest.raises(ProbeFailed, match=r"did not start: .*Nowhere: can't send"):
        await ProberProcess.start(plan, tmp_path / "run", clock=CLOCK)


async def test_an_unwritable_file_is_named(tmp_path: Path) -> None:
    plan = make_test_plan(ProbeTarget(ip="127.0.0.1"))

    with pytest.raises(ProbeFailed, match=r"can't write samples to .*none/run: No such file"):
        await ProberProcess.start(plan, tmp_path / "none" / "run", clock=CLOCK)


async def test_a_wrong_plan_and_a_used_file_are_refused_before_a_process_starts(
    tmp_path: Path,
) -> None:
    (tmp_path / "used").touch()

    with pytest.raises(InvalidProbePlan, match="rate"):
        await ProberProcess.start(
            ProbePlan(run="test", targets=(ProbeTarget(ip="127.0.0.1"),), rate=0.0),
            tmp_path / "x",
            clock=CLOCK,
        )
    with pytest.raises(ProbeFailed, match="is there already"):
        await ProberProcess.start(
            make_test_plan(ProbeTarget(ip="127.0.0.1")), tmp_path / "used", clock=CLOCK
        )


async def _is_true(value: bool) -> bool:
    return value
