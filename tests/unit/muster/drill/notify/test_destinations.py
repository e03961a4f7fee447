"""The destinations that settings ask for."""

from pathlib import Path

from muster.drill.notify.destinations import make_destinations
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.levers_drill import open_deployment


def names(tmp_path: Path, **environ: str) -> list[str]:
    deployment = open_deployment(CommandLine(tmp_path, environ=environ))
    return [destination.name for destination in make_destinations(deployment)]


def test_nobody_is_told_unless_a_setting_says_so(tmp_path: Path) -> None:
    assert names(tmp_path) == []


def test_each_webhook_is_a_destination(tmp_path: Path) -> None:
    webhooks = "https://ops.example.com/a,https://hooks.slack.com/b form=slack"

    assert names(tmp_path, MUSTER_WEBHOOKS=webhooks) == [
        "webhook 1 (https://ops.example.com)",
        "webhook 2 (https://hooks.slack.com)",
    ]


def test_cloudwatch_is_one_only_where_the_setting_asks(tmp_path: Path) -> None:
    assert names(tmp_path, MUSTER_CLOUDWATCH="true") == ["CloudWatch in eu-central-1"]
    assert names(tmp_path, MUSTER_CLOUDWATCH="false") == []


def test_opentelemetry_is_one_where_its_variables_ask(tmp_path: Path) -> None:
    endpoint = "http://127.0.0.1:4317"

    assert names(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint) == [
        f"OpenTelemetry ({endpoint} by grpc)"
    ]
