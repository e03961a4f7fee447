"""Lines of the log."""

import json

from app.logs import RequestLog
from tests.unit.app.fakes import FakeClock


def test_a_line_is_one_json_document_with_time_region_and_request() -> None:
    lines: list[str] = []
    log = RequestLog(lines.append, region="us-west-2", clock=FakeClock())
    log.begin("request-7")

    log.line("INFO", "answered\nnot", path="/é", status=200, ms=None)

    assert lines[0].endswith("}\n")
    assert lines[0].count("\n") == 1
    assert json.loads(lines[0]) == {
        "time": "2023-11-14T22:30:00.000Z",
        "level": "INFO",
        "message": "answered\nnot",
        "region": "us-west-2",
        "request_id": "request-7",
        "path": "/é",
        "status": 200,
    }
