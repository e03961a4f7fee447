"""`twin status` for people."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.unit.twin.cli import reports
from twin.cli.status_page import format_duration, format_seconds, print_status_page
from twin.cli.status_report import StatusReport
from twin.faults.store import FaultReport
from twin.internal_api.schemas import ApiGatewayStatus, EndpointState, PeerStatus, TargetState
from twin.runtime.roles import ProcessState


def render(report: StatusReport, width: int = 80) -> str:
    text = io.StringIO()
    print_status_page(report, Console(file=text, width=width, highlight=False))
    return text.getvalue()


def line_with(text: str, *words: str) -> str:
    (line,) = (line for line in text.splitlines() if all(word in line for word in words))
    return line


def test_a_healthy_twin_fits_eighty_columns() -> None:
    text = render(reports.healthy())

    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    assert len(text.splitlines()) < 30


def test_a_narrow_terminal_shows_each_row_as_a_paragraph() -> None:
    page = render(reports.healthy(), width=40)
    words = " ".join(page.split())

    assert max(map(len, page.splitlines())) <= 40
    assert "region/us-west-2 state running, pid 12345, up for 1 h 2 min, memory 123" in words
    assert "us-west-2 dial 100 %, endpoints HEALTHY, open 3, new 123456, refused 7" in words
    assert "replication median 0.5 s, 95 % within 0.819 s eu-central-1 -> us-west-2" in words
    assert "checkers 16 of 16" in words


def test_every_part_is_shown() -> None:
    text = render(reports.healthy())

    assert "http://127.0.0.1:4566" in text
    assert line_with(text, "control", "running").split()[2:] == ["12345", "1", "h", "2", "min",
                                                                 "123", "MB"]  # fmt: skip
    assert "127.75.2.106  127.99.19.244" in text
    assert line_with(text, "us-west-2", "100 %").split()[3:] == ["HEALTHY", "3", "123456", "7"]
    assert "1200" in line_with(text, "us-west-2", "healthy")
    assert "0.51 s" in line_with(text, "eu-central-1 -> us-west-2")


def test_api_gateways_are_shown_where_there_are_any() -> None:
    report = reports.healthy()
    status = report.regions[0].status
    assert status is not None
    served = ApiGatewayStatus(
        address="127.140.9.3",
        port=8443,
        apis=("a", "b"),
        domains=("api.muster.test",),
        requests=777,
        own_5xx=5,
    )
    regions = (
        replace(report.regions[0], status=replace(status, api_gateway=served)),
        report.regions[1],
    )

    text = render(replace(report, regions=regions))

    assert "API Gateway" not in render(report)
    assert line_with(text, "127.140.9.3:8443").split()[2:] == ["2", "1", "777", "5"]
    assert max(map(len, text.splitlines())) <= 80


def test_zones_and_health_checks_are_shown() -> None:
    text = render(reports.healthy())

    assert line_with(text, "zone muster.test", "8 record sets")
    assert line_with(text, "https://us-west-2.api.muster.test/health").split()[1:] == [
        "HEALTHY", "16", "of", "16",
    ]  # fmt: skip


def test_health_checks_without_the_process_and_with_long_names_keep_their_lines() -> None:
    report = reports.healthy()
    long = replace(reports.health_check("us-west-2", 2), target="https://" + "x" * 80)
    unknown = replace(reports.health_check("us-west-2"), status=None)
    text = render(replace(report, health_checks=(long, unknown)))

    assert line_with(text, "https://xxx", "UNHEALTHY", "2 of 16")
    assert line_with(text, "us-west-2.api.muster.test", "unknown")
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("width", [80, 40])
def test_brackets_in_what_is_checked_are_shown_as_they_are(width: int) -> None:
    report = reports.healthy()
    (check, *_) = report.health_checks
    odd = replace(check, target="http://a.test/[/x][red]")

    text = render(replace(report, health_checks=(odd,)), width)

    assert "http://a.test/[/x][red]" in text


def test_a_shared_twin_is_shown_as_such() -> None:
    assert "shared" not in render(reports.healthy())
    assert "shared with every user" in render(replace(reports.healthy(), shared=True))


def test_a_dead_region_is_shown_as_dead_and_without_figures() -> None:
    text = render(reports.with_process(reports.healthy(), "region/us-west-2", ProcessState.DEAD))

    assert "dead" in line_with(text, "region/us-west-2")
    assert "eu-central-1" in line_with(text, "1200")
    assert "us-west-2 -> eu-central-1" not in text


def test_many_targets_are_counted_and_leave_the_name_of_the_region_whole() -> None:
    report = reports.healthy()
    region = report.regions[0]
    assert region.status is not None
    one = region.status.targets[0]
    ill = replace(one, state=TargetState.UNHEALTHY)
    status = replace(region.status, targets=(one, ill, one, one, ill))
    text = render(replace(report, regions=(replace(region, status=status), *report.regions[1:])))

    assert line_with(text, "eu-central-1  ", "3 healthy")
    assert "2 unhealthy" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_replication_that_is_held_up_keeps_its_line_short() -> None:
    """The reason may be long; a warning below the tables has it."""
    why = "us-west-2 does not answer: Cannot connect to host 127.129.4.1:7000"
    peer = PeerStatus(region="us-west-2", pending=3, lag_ms=1.0, problem=why)
    report = reports.healthy()
    first, *others = report.regions
    assert first.status is not None
    held_up = replace(first, status=replace(first.status, peers=(peer,)))

    text = render(replace(report, regions=(held_up, *others)))

    line = line_with(text, f"{first.name} -> us-west-2")
    assert line.rstrip().endswith("0.00 s  does not get through")
    assert "Cannot connect" not in text


def test_an_unhealthy_endpoint_has_its_whole_reason_in_a_line_below_the_table() -> None:
    bad = reports.accelerator(EndpointState.HEALTHY, EndpointState.UNHEALTHY)
    text = render(replace(reports.healthy(), accelerators=(bad,)))

    assert "us-west-2 UNHEALTHY: no report for 7 s" in map(str.rstrip, text.splitlines())
    assert line_with(text, "us-west-2", "100 %").split()[3:] == ["UNHEALTHY", "3", "123456", "7"]


def test_no_line_is_wrapped_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    print_status_page(replace(reports.healthy(), warnings=("all is lost, " * 20,)))

    assert line_with(capsys.readouterr().out, "! all is lost").count("all is lost") == 20


def test_without_the_edge_no_health_is_shown() -> None:
    text = render(replace(reports.healthy(), accelerators_live=False, health_checks=()))

    assert "as configured; the edge does not answer" in " ".join(text.split())
    assert "HEALTHY" not in text


def test_warnings_come_last() -> None:
    text = render(replace(reports.healthy(), warnings=("all is lost",)))

    assert text.rstrip().splitlines()[-1] == "! all is lost"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59, "59 s"), (60, "1 min 0 s"), (3725, "1 h 2 min"), (90061, "1 d 1 h")],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_faults_are_listed_with_the_time_left() -> None:
    faults = tuple(
        FaultReport(
            name=name,
            role=f"region/{region}" if region else "control",
            region=region,
            since_s=0.0,
            until_s=left_s,
            left_s=left_s,
            delay_ms=delay_ms,
        )
        for name, region, left_s, delay_ms in (
            ("network-slow", "us-west-2", 200.0, 150.0),
            ("control-stop", "", None, 0.0),
            ("region-kill", "eu-central-1", -2.0, 0.0),
        )
    )

    text = render(replace(reports.healthy(), faults=faults))

    assert "150 ms each way" in line_with(text, "network-slow", "us-west-2", "3 min 20 s")
    assert line_with(text, "control-stop", "no end set")
    assert line_with(text, "region-kill", "overdue")
    assert max(map(len, text.splitlines())) <= 80


def test_the_distribution_of_lags_is_shown() -> None:
    assert "median 0.5 s, 95 % within 0.819 s" in render(reports.healthy())
    assert format_seconds(0.025) == "25 ms"
