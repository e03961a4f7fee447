"""Whether OpenTelemetry is told, by its own variables.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
https://opentelemetry.io/docs/specs/otel/protocol/exporter/
"""

import pytest

from muster.drill.notify.telemetry_settings import (
    Signal,
    TelemetrySettings,
    read_telemetry_settings,
)

COLLECTOR = "http://127.0.0.1:4317"
GRPC: dict[Signal, str] = {"traces": "otlp_proto_grpc", "metrics": "otlp_proto_grpc"}


def read(**environ: str) -> TelemetrySettings:
    settings = read_telemetry_settings(environ)
    assert settings is not None
    return settings


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_SERVICE_NAME": "drills"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR, "OTEL_SDK_DISABLED": "true"},
        {"OTEL_TRACES_EXPORTER": "none"},
        {
            "OTEL_EXPORTER_OTLP_ENDPOINT": COLLECTOR,
            "OTEL_TRACES_EXPORTER": "none",
            "OTEL_METRICS_EXPORTER": "none",
        },
    ],
)
def test_nothing_is_exported_unless_a_variable_asks(environ: dict[str, str]) -> None:
    assert read_telemetry_settings(environ) is None


def test_an_endpoint_is_for_both_signals() -> None:
    settings = read(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR)

    assert settings == TelemetrySettings(
        exporters=GRPC, place=f"{COLLECTOR} by grpc", timed=frozenset()
    )


def test_an_exporter_without_an_endpoint_has_the_sdk_s_own() -> None:
    settings = read(OTEL_TRACES_EXPORTER="otlp")

    assert settings.exporters == {"traces": "otlp_proto_grpc"}
    assert settings.place == "the default endpoint by grpc"


def test_a_signal_s_own_variable_takes_precedence() -> None:
    settings = read(
        OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="http://127.0.0.1:4318/v1/metrics",
        OTEL_EXPORTER_OTLP_METRICS_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_METRICS_TIMEOUT="5",
    )

    assert settings.exporters == {"traces": "otlp_proto_grpc", "metrics": "otlp_proto_http"}
    assert settings.place == (
        f"{COLLECTOR} by grpc and http://127.0.0.1:4318/v1/metrics by http/protobuf"
    )
    assert settings.timed == {"metrics"}


@pytest.mark.parametrize(
    ("environ", "problem"),
    [
        *(
            (
                {"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": value},
                f"OTEL_EXPORTER_OTLP_TIMEOUT is '{value}'; it must be a number of seconds above 0",
            )
            for value in ("x", "0", "nan")
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
            "OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'; it must be grpc or http/protobuf",
        ),
        (
            {"OTEL_TRACES_EXPORTER": "zipkin"},
            "OTEL_TRACES_EXPORTER is 'zipkin'; it must be otlp or none",
        ),
    ],
)
def test_what_can_not_be_exported_so_is_a_problem(environ: dict[str, str], problem: str) -> None:
    assert read(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, **environ).problem == problem


def test_a_password_in_an_endpoint_is_not_shown() -> None:
    settings = read(OTEL_EXPORTER_OTLP_ENDPOINT="https://me:secret@otel.example.com")

    assert settings.place == "otel.example.com by grpc"
