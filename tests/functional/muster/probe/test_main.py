"""`python -m muster.probe`, as a person or another program starts it."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from muster import codec
from muster.measure import RequestOutcome, Sample
from muster.probe import ProbeTarget, read_probe_run
from muster.probe.prober_process import ROOT
from muster.probe.records import record_from_line
from tests.functional.muster.probe.builders import make_test_plan
from tests.functional.muster.scripted_server import ServerBehaviour, serve_script


async def test_an_outage_does_not_exhaust_a_low_descriptor_limit(tmp_path: Path) -> None:
    """It lasts longer than it takes to open as many sockets as the soft limit allows."""
    plan = replace(
        make_test_plan(ProbeTarget(ip="127.0.0.1"), 0.6),
        rate=400.0,
        connect_timeout_s=1.0,
        total_timeout_s=1.0,
    )
    async with serve_script() as service:
        service.behaviour = ServerBehaviour.SILENT
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
    _, errors = await process.communicate()

    assert process.returncode == (2 if plan is not None else 1)
    assert errors.startswith(b"muster probe: ")
    assert message in errors
    assert b"Traceback" not in errors
