"""Spans and metrics of a run, exported by OpenTelemetry's own SDK when the run has ended.

The SDK's exporter is called directly, in the outbox's thread: its result says whether the spans
arrived, and what it logs says why not. The ids of trace and spans follow from the run: one that is
resumed and ends again is the same trace.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from muster import __version__
from muster.drill.journal.events import JournalLine
from muster.drill.notify.metrics import list_metrics
from muster.drill.notify.notices import Notice, NoticeKind
from muster.drill.notify.spans import RunSpan, list_spans
from muster.drill.notify.telemetry_settings import PACKAGES, Signal, TelemetrySettings
from muster.errors import NotDelivered

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan

NANOSECONDS = 1_000_000_000
TIMEOUT_S = 1.5
"""Unless a variable says otherwise: the end of a command waits 2 s, the SDK would wait 10 s."""
SCOPE = "muster"


class OpenTelemetryExport:
    kinds: frozenset[NoticeKind] = frozenset({"end", "test"})

    def __init__(
        self, settings: TelemetrySettings, read_journal: Callable[[], Sequence[JournalLine]]
    ) -> None:
        """`read_journal`: the run's; it is not called for a test. Raises MusterError."""
        self.name = f"OpenTelemetry ({settings.place})"
        self._settings = settings
        self._read_journal = read_journal
        self._exporters: dict[Signal, Any] = {}

    def prepare(self) -> None:
        """Import the SDK, which takes a second, and make the exporters."""
        if self._settings.problem:
            raise NotDelivered(self._settings.problem)
        for signal, name in self._settings.exporters.items():
            timeout_s = None if signal in self._settings.timed else TIMEOUT_S
            self._exporters[signal] = _make_exporter(signal, name, timeout_s)

    def deliver(self, notice: Notice) -> None:
        if not self._exporters:
            self.prepare()
        for signal, exporter in self._exporters.items():
            with _exporter_log() as log:
                if signal == "traces":
                    result = exporter.export(self._make_spans(notice))
                else:
                    result = exporter.export(make_metrics(notice))
            if result.name != "SUCCESS":
                why = log[-1] if log else "the exporter does not say why"
                raise NotDelivered(f"{signal} were not taken: {why}")

    def _make_spans(self, notice: Notice) -> "Sequence[ReadableSpan]":
        if notice.kind == "test":
            spans: Sequence[RunSpan] = [
                RunSpan(name="muster notify", begin=notice.at, end=notice.at, parent=None)
            ]
        else:
            spans = list_spans(self._read_journal())
        return make_sdk_spans(spans, notice.run or notice.id)


def is_installed(signal: Signal, exporter: str) -> bool:
    """Whether the package of this exporter is there."""
    return bool(entry_points(group=f"opentelemetry_{signal}_exporter", name=exporter))


def _make_exporter(signal: Signal, name: str, timeout_s: float | None) -> Any:  # noqa: ANN401 - chosen at run time
    if not is_installed(signal, name):
        raise NotDelivered(f"there is no exporter {name}: install {PACKAGES}")
    (found,) = entry_points(group=f"opentelemetry_{signal}_exporter", name=name)
    return found.load()(timeout=timeout_s)  # it reads its own variables


def make_sdk_spans(spans: Sequence[RunSpan], run: str) -> "Sequence[ReadableSpan]":
    """The spans as the SDK's own; their ids follow from the run's name."""
    from opentelemetry import trace  # noqa: PLC0415 - takes a second
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import (  # noqa: PLC0415
        InMemorySpanExporter,
    )

    kept = InMemorySpanExporter()
    provider = TracerProvider(
        resource=_make_resource(), shutdown_on_exit=False, id_generator=_make_ids(run)
    )
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer(SCOPE, __version__)
    made: list[trace.Span] = []
    for span in spans:
        around = None if span.parent is None else trace.set_span_in_context(made[span.parent])
        made.append(
            tracer.start_span(
                span.name, around, attributes=span.attributes, start_time=_nanoseconds(span.begin)
            )
        )
        for event in span.events:
            made[-1].add_event(event.name, {"words": event.words}, _nanoseconds(event.at))
        if span.error:
            made[-1].set_status(trace.StatusCode.ERROR, span.error)
    for sdk_span, span in zip(made, spans, strict=True):
        sdk_span.end(_nanoseconds(span.begin if span.end is None else span.end))
    return kept.get_finished_spans()


def make_metrics(notice: Notice) -> "MetricsData":
    """A gauge for each metric of the notice."""
    from opentelemetry.sdk.metrics import MeterProvider  # noqa: PLC0415 - takes a second
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader  # noqa: PLC0415

    kept = InMemoryMetricReader()
    provider = MeterProvider([kept], _make_resource(), shutdown_on_exit=False)
    meter = provider.get_meter(SCOPE, __version__)
    about = {
        "muster.scenario": notice.scenario,
        "muster.region": notice.region,
        "muster.status": notice.status,
        "muster.reliable": notice.reliable,
    }
    attributes = {name: value for name, value in about.items() if value not in ("", None)}
    for metric in list_metrics(notice):
        gauge = meter.create_gauge(f"muster.drill.{metric.name}", metric.unit)
        gauge.set(metric.value, attributes)
    data = kept.get_metrics_data()
    if data is None:
        raise NotDelivered("there is no metric to send")
    return data


def _make_resource() -> "Resource":
    """What the variables of OpenTelemetry say takes precedence over the tool's own name."""
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource  # noqa: PLC0415

    own = Resource({"service.name": "muster", "service.version": __version__})
    return Resource.create().merge(own).merge(OTELResourceDetector().detect())


def _make_ids(run: str) -> Any:  # noqa: ANN401 - its class is made from the SDK's
    from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415

    class RunIds(IdGenerator):
        """Ids by the run's name and the number of the span."""

        spans = 0

        def generate_trace_id(self) -> int:
            return _hash(run, 16)

        def generate_span_id(self) -> int:
            self.spans += 1
            return _hash(f"{run}/{self.spans}", 8)

    return RunIds()


def _hash(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size])


def _nanoseconds(epoch_s: float) -> int:
    return round(epoch_s * NANOSECONDS)


@contextmanager
def _exporter_log() -> Iterator[list[str]]:
    """Keep what the SDK logs from the terminal, where a live view may be; its messages."""
    messages: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, keeper = logging.getLogger("opentelemetry"), Keeper(logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(keeper)
    try:
        yield messages
    finally:
        logger.removeHandler(keeper)
        logger.propagate = propagated
