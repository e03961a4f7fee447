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
    PipeSink,
    ProbePlan,
    ProberProcess,
    ProbeTarget,
    RecordTail,
    VantagePoint,
    read_probe_run,
)
from muster.probe.plan import MAX_RATE
from muster.probe.prober_process import ROOT
from muster.probe.records import record_from_line
from tests.functional.muster.scripted_server import ServerBehaviour, serve_script
from tests.unit.muster.sample_builders import answered_sample
from tests.waiting import async_eventually

CLOCK = SystemClock()


def make_test_plan(target: ProbeTarget, duration_s: float | None = 0.3) -> ProbePlan:
    """100 requests a second."""
    return ProbePlan(run="test", targets=(target,), rate=100.0, duration_s=duration_s)


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
        service.manner = ServerBehaviour.SILENT
        plan = replace(make_test_plan(service.target, None), total_timeout_s=100.0)
        async with await ProberProcess.start(plan, path, clock=CLOCK) as prober:
            await async_eventually(lambda: _true(len(service.peers) > 5))
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


async def test_an_outage_does_not_exhaust_a_low_descriptor_limit(tmp_path: Path) -> None:
    """It lasts longer than it takes to open as many sockets as the soft limit allows."""
    plan = replace(
        make_test_plan(ProbeTarget(ip="127.0.0.1"), 0.6),
        rate=400.0,
        connect_timeout_s=1.0,
        total_timeout_s=1.0,
    )
    async with serve_script() as service:
        service.manner = ServerBehaviour.SILENT
        (tmp_path / "plan.json").write_text(codec.dumps(replace(plan, targets=(service.target,))))
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh", sys.executable, "-m", "muster.probe"),
            *("--plan", str(tmp_path / "plan.json"), "--out", str(tmp_path / "run")),
            cwd=ROOT,
        )
        await process.wait()

    assert {s.outcome for s in read_probe_run(tmp_path / "run").samples} == {
        RequestOutcome.ANSWER_TIMEOUT
    }


def test_the_bound_on_open_requests_fits_an_outage_at_the_highest_rate() -> None:
    plan = ProbePlan(run="test", targets=(ProbeTarget(ip="127.0.0.1"),), rate=MAX_RATE)

    assert plan.max_open > plan.rate * plan.total_timeout_s


async def test_records_are_written_to_a_pipe(tmp_path: Path) -> None:
    async with serve_script() as service:
        (tmp_path / "plan.json").write_text(codec.dumps(make_test_plan(service.target)))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "muster.probe"),
            *("--plan", str(tmp_path / "plan.json"), "--out", "-"),
            stdout=asyncio.subprocess.PIPE,
            cwd=ROOT,
        )
        out, _ = await process.communicate()

    assert process.returncode == 0
    records = [record_from_line(line) for line in out.splitlines()]
    assert sum(isinstance(r, Sample) for r in records) == 30


@pytest.mark.parametrize(
    ("plan", "message"),
    [("{}", b"run: missing"), ("[", b"not JSON"), (None, b"No such file")],
)
async def test_an_unreadable_plan_is_an_error(
    tmp_path: Path, plan: str | None, message: bytes
) -> None:
    path = tmp_path / "plan.json"
    if plan is not None:
        path.write_text(plan)

    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "muster.probe", "--plan", str(path), "--out", "-"),
        stderr=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    _, said = await process.communicate()

    assert process.returncode == (2 if plan is not None else 1)
    assert said.startswith(b"muster probe: ")
    assert message in said
    assert b"Traceback" not in said


async def test_a_reader_that_does_not_read_delays_nothing() -> None:
    reading, writing = os.pipe()
    sink = PipeSink(writing, max_queued_bytes=20_000)

    for number in range(2000):
        sink.put(answered_sample(float(number)))

    assert sink.unwritten > 0
    os.set_blocking(reading, True)
    os.close(reading)
    await sink.close()


async def test_a_slow_reader_gets_everything_in_order() -> None:
    reading, writing = os.pipe()
    sink = PipeSink(writing)
    made = [answered_sample(float(number)) for number in range(2000)]
    for sample in made:
        sink.put(sample)

    async with asyncio.TaskGroup() as group:
        received = group.create_task(asyncio.to_thread(_read_to_the_end, reading))
        await sink.close()

    assert sink.unwritten == 0
    assert [record_from_line(line) for line in received.result().splitlines()] == made


async def _true(value: bool) -> bool:
    return value


def _read_to_the_end(fd: int) -> bytes:
    with os.fdopen(fd, "rb") as file:
        return file.read()
