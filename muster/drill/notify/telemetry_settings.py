"""Whether and how OpenTelemetry is told, by its own variables. Pure.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
https://opentelemetry.io/docs/specs/otel/protocol/exporter/

Unlike an SDK, which exports to a collector on this machine unless told not to, the tool exports
only where a variable names an exporter or an endpoint. The SDK itself reads all other variables.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Signal = Literal["traces", "metrics"]
SIGNALS: tuple[Signal, ...] = ("traces", "metrics")
DEFAULT_PROTOCOL = "grpc"
"""That of OpenTelemetry's Python SDK."""
EXPORTERS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
"""Protocol -> entry point of the exporter."""
PACKAGES = "opentelemetry-exporter-otlp-proto-grpc and opentelemetry-exporter-otlp-proto-http"
"""They have the exporters, and are requirements of the tool; an environment may lack them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetrySettings:
    """The signals that are exported, and how."""

    exporters: Mapping[Signal, str]
    """Signal -> entry point of its exporter; a signal that is not here is not exported."""
    place: str
    """Where to, for a person."""
    timed: frozenset[Signal]
    """Signals for which a variable sets a time-out."""
    problem: str = ""
    """Why nothing can be exported as asked; empty: it can."""


def read_telemetry_settings(environ: Mapping[str, str]) -> TelemetrySettings | None:
    """None: nothing is exported."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return None
    chosen = {signal: _chosen_exporter(signal, environ) for signal in SIGNALS}
    asked = [signal for signal in SIGNALS if chosen[signal] != "none"]
    if not asked:
        return None
    problems = [_find_problem(signal, chosen[signal], environ) for signal in asked]
    return TelemetrySettings(
        exporters={
            signal: EXPORTERS[protocol]
            for signal in asked
            if (protocol := _protocol(signal, environ)) in EXPORTERS
        },
        place=" and ".join(dict.fromkeys(_place(signal, environ) for signal in asked)),
        timed=frozenset(signal for signal in asked if _read("TIMEOUT", signal, environ)),
        problem="; ".join(dict.fromkeys(problem for problem in problems if problem)),
    )


def _chosen_exporter(signal: Signal, environ: Mapping[str, str]) -> str:
    name = environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip().lower()
    return name or ("otlp" if _endpoint(signal, environ) else "none")


def _endpoint(signal: Signal, environ: Mapping[str, str]) -> str:
    return _read("ENDPOINT", signal, environ)


def _protocol(signal: Signal, environ: Mapping[str, str]) -> str:
    return _read("PROTOCOL", signal, environ).lower() or DEFAULT_PROTOCOL


def _read(name: str, signal: Signal, environ: Mapping[str, str]) -> str:
    """A variable of the OTLP exporter: the signal's own one takes precedence."""
    own = environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_{name}", "").strip()
    return own or environ.get(f"OTEL_EXPORTER_OTLP_{name}", "").strip()


def _find_problem(signal: Signal, exporter: str, environ: Mapping[str, str]) -> str:
    if exporter != "otlp":
        variable = f"OTEL_{signal.upper()}_EXPORTER"
        return f"{variable} is {exporter!r}; it must be otlp or none"
    protocol = _protocol(signal, environ)
    if protocol not in EXPORTERS:
        return f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}; it must be {' or '.join(EXPORTERS)}"
    timeout = _read("TIMEOUT", signal, environ)
    if timeout and not _is_seconds(timeout):
        return f"OTEL_EXPORTER_OTLP_TIMEOUT is {timeout!r}; it must be a number of seconds above 0"
    return ""


def _is_seconds(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def _place(signal: Signal, environ: Mapping[str, str]) -> str:
    endpoint = _endpoint(signal, environ).rpartition("@")[2] or "the default endpoint"
    return f"{endpoint} by {_protocol(signal, environ)}"
