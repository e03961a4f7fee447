"""Lines of the log."""

import json

import pytest

from app.logs import RequestLog, is_sampled
from tests.unit.app.fakes import FakeClock


def test_a_line_is_one_json_document_with_time_region_and_request() -> None:
    lines: list[str] = []
    log = RequestLog(lines.append, region="us-west-2", clock=FakeClock())
    log.begin("request-7")

    log.line("INFO", "answered\nnot", path="/é", status=200, ms=None)

    assert lines[0].endswith("}\n")
    assert lines[0].count("\n") == 1
    assert json.loads(lines[0]) == {
        "timestamp": "2023-11-14T22:30:00.000Z",
        "level": "INFO",
        "message": "answered\nnot",
        "region": "us-west-2",
        "request_id": "request-7",
        "path": "/é",
        "status": 200,
    }


def answered_lines(percent: int, status: int, count: int = 1_000) -> int:
    """Lines of so many answers."""
    lines: list[str] = []
    log = RequestLog(lines.append, region="us-west-2", clock=FakeClock(), sample_percent=percent)
    for i in range(count):
        log.begin(f"request-{i}")
        log.answered(status, path="/")
    return len(lines)


@pytest.mark.parametrize(
    ("percent", "least", "most"), [(100, 1_000, 1_000), (10, 50, 200), (0, 0, 0)]
)
def test_a_sample_of_good_answers_is_logged(percent: int, least: int, most: int) -> None:
    assert least <= answered_lines(percent, 200) <= most


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_each_error_is_logged(status: int) -> None:
    assert answered_lines(0, status) == 1_000


def test_a_request_is_in_a_sample_and_in_each_larger_one() -> None:
    for i in range(100):
        held = [is_sampled(f"request-{i}", percent) for percent in range(101)]
        assert held == sorted(held)


def test_each_line_has_its_own_time() -> None:
    lines: list[str] = []
    clock = FakeClock()
    log = RequestLog(lines.append, region="us-west-2", clock=clock)

    for pause_s in (0.0, 0.25, 1.5, 3600.0):
        clock.advance(pause_s)
        log.line("INFO", "answered")

    assert [json.loads(line)["timestamp"] for line in lines] == [
        "2023-11-14T22:30:00.000Z",
        "2023-11-14T22:30:00.250Z",
        "2023-11-14T22:30:01.750Z",
        "2023-11-14T23:30:01.750Z",
    ]
