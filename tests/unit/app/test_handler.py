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
    "TABLE": "items",
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


def run_handler(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
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


def test_a_wrong_environment_stops_the_start_and_names_the_variable() -> None:
    done = run_handler({name: text for name, text in ENVIRONMENT.items() if name != "TABLE"})

    assert "EnvironmentInvalid: TABLE is not set" in done.stderr
