"""The handler, loaded as Lambda loads it: by name, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENT = {
    "AWS_REGION": "us-west-2",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "SERVICES": "items",
    "TABLE_ITEMS": "items",
    "CONTROL_TABLE": "control",
    "TABLE_BUDGET_S": "1.5",
}
PROGRAM = """
import json
from app import handler
class Context:
    aws_request_id = "request-1"
print(json.dumps(handler.handle({"httpMethod": "GET", "path": "/"}, Context())))
"""


def run_handler(
    environment: dict[str, str], program: str = PROGRAM
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_handler_answers_from_its_environment_alone() -> None:
    done = run_handler(ENVIRONMENT)

    log, answer = map(json.loads, done.stdout.splitlines())
    assert answer["headers"]["X-Served-Region"] == "us-west-2"
    assert (log["path"], log["request_id"]) == ("/", "request-1")


def test_the_handler_logs_the_sample_of_its_environment() -> None:
    done = run_handler({**ENVIRONMENT, "LOG_SAMPLE_PERCENT": "0"})

    (answer,) = map(json.loads, done.stdout.splitlines())
    assert answer["statusCode"] == 200


def test_a_wrong_environment_stops_the_start_and_names_the_variable() -> None:
    done = run_handler({name: text for name, text in ENVIRONMENT.items() if name != "TABLE_ITEMS"})

    assert "EnvironmentInvalid: TABLE_ITEMS is not set" in done.stderr


def test_a_service_that_the_code_does_not_have_stops_the_start() -> None:
    done = run_handler({**ENVIRONMENT, "SERVICES": "items,hitz", "TABLE_HITZ": "t"})

    assert "SERVICES names 'hitz'; this function has " in done.stderr
    assert "items" in done.stderr


def test_only_configured_services_are_imported() -> None:
    program = (
        f"{PROGRAM}\nimport sys\nprint([n for n in sys.modules if n.startswith('app.services.')])"
    )

    done = run_handler(ENVIRONMENT, program)

    *_, names = done.stdout.splitlines()
    assert "app.services.items.service" in names
    assert all(other not in names for other in ("keyvalues", "hits", "bookmarks"))
