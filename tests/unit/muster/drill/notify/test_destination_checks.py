"""What is said of destinations before anything is sent."""

from pathlib import Path

from muster.config import read_settings
from muster.drill.notify.destination_checks import DestinationCheck, check_destinations

WEBHOOKS = (
    "https://ops.example.com/secret header=X-Token:DRILL_TOKEN,https://hooks.slack.com/secret"
)


def check(**environ: str) -> tuple[DestinationCheck, ...]:
    settings = read_settings(environ={"USER": "me", **environ}, folder=Path("/nowhere"))
    return check_destinations(settings, environ)


def test_nobody_is_told_unless_a_setting_says_so() -> None:
    assert check() == ()


def test_a_webhook_is_named_by_its_host() -> None:
    found = check(MUSTER_WEBHOOKS=WEBHOOKS, DRILL_TOKEN="t")

    assert found == (
        DestinationCheck(name="webhook 1 (https://ops.example.com)"),
        DestinationCheck(name="webhook 2 (https://hooks.slack.com)"),
    )


def test_a_header_without_a_value_is_a_problem() -> None:
    problem = check(MUSTER_WEBHOOKS=WEBHOOKS)[0]

    assert problem.problem == "variable DRILL_TOKEN, with the value of its header, is not set"
    assert "set DRILL_TOKEN" in problem.todo


def test_cloudwatch_is_named_where_the_setting_asks() -> None:
    assert check(MUSTER_CLOUDWATCH="true") == (DestinationCheck(name="CloudWatch"),)


COLLECTOR = "http://127.0.0.1:4317"


def test_opentelemetry_is_named_where_its_variables_ask() -> None:
    assert check(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR) == (
        DestinationCheck(name=f"OpenTelemetry ({COLLECTOR} by grpc)"),
    )


def test_a_wrong_variable_of_opentelemetry_is_a_problem() -> None:
    (found,) = check(OTEL_EXPORTER_OTLP_ENDPOINT=COLLECTOR, OTEL_EXPORTER_OTLP_PROTOCOL="http/json")

    assert "OTEL_EXPORTER_OTLP_PROTOCOL is 'http/json'" in found.problem
    assert found.todo
