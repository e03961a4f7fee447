"""Open-loop probes: requests on a schedule that does not wait for responses.

    plan = ProbePlan(
        run="a1b2c3",
        targets=(ProbeTarget(ip="127.75.2.106"), ProbeTarget(ip="127.99.19.244")),
        vantages=(VantagePoint(name="Frankfurt", source="127.210.1.1"),),
        shares=cohort_shares(writes=False),
        rate=200.0,
    )
    async with await ProberProcess.start(plan, path, clock=SystemClock()) as prober:
        tail = prober.tail()
        ...                             # tail.read(): the records since the last call
    run = read_probe_run(path)          # opening, samples, closing; see muster.measure

A plan gives a schedule of slots; each slot belongs to a cohort, which turns it into one sample.
`ProberProcess` runs the prober in a process of its own, which keeps to its schedule whatever its
starter does; `Prober` runs it in the caller's event loop. `Auditor` reads the written items in each
Region's table, through a reader such as `muster.probe.table_reader.TableReader`.
"""

from muster.measure.samples import Cohort
from muster.probe.auditor import Auditor, ItemReader, ItemReading
from muster.probe.plan import (
    CohortShare,
    ProbePlan,
    ProbeTarget,
    VantagePoint,
    check_probe_plan,
    cohort_shares,
)
from muster.probe.prober import Prober
from muster.probe.prober_process import ProberProcess
from muster.probe.records import Opening, ProbeRecord, ProbeRun, RecordTail, read_probe_run
from muster.probe.schedule import Slot, schedule_slots
from muster.probe.sinks import FileSink, ListSink, PipeSink, Sink, open_sink

__all__ = [
    "Auditor",
    "Cohort",
    "CohortShare",
    "FileSink",
    "ItemReader",
    "ItemReading",
    "ListSink",
    "Opening",
    "PipeSink",
    "ProbePlan",
    "ProbeRecord",
    "ProbeRun",
    "ProbeTarget",
    "Prober",
    "ProberProcess",
    "RecordTail",
    "Sink",
    "Slot",
    "VantagePoint",
    "check_probe_plan",
    "cohort_shares",
    "open_sink",
    "read_probe_run",
    "schedule_slots",
]
