"""The function with the oldest botocore that a supported Python runtime of Lambda has had.

The tests' own environment has a botocore that is newer than any runtime's.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[3]
OLDEST = "1.34.145"
"""Of July 2024, months before python3.13 became a runtime (November 2024)."""
PROGRAM = """
import json
import botocore
from app import handler
class Context:
    aws_request_id = "request-1"
event = {"httpMethod": "GET", "path": "/get/foobar", "headers": {}}
print(json.dumps([botocore.__version__, handler.handle(event, Context())]))
"""


@pytest.fixture(scope="module")
def oldest_botocore(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with this botocore alone; what it needs is in the tests' environment."""
    folder = tmp_path_factory.mktemp("botocore")
    uv = Path(sys.executable).parent / "uv"
    wanted = f"botocore=={OLDEST}"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--no-deps", "--target", folder, wanted],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return folder


class FakeTables(BaseHTTPRequestHandler):
    """Answers every call to DynamoDB with one item."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"Item":{"item_id":{"S":"foobar"}}}'
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


def test_the_oldest_sdk_of_a_runtime_serves_an_item(oldest_botocore: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""
    tables = ThreadingHTTPServer(("127.0.0.1", 0), FakeTables)
    serving = Thread(target=tables.serve_forever)
    serving.start()
    try:
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(oldest_botocore),
                "AWS_REGION": "us-west-2",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{tables.server_port}",
                "SERVICES": "items",
                "TABLE_ITEMS": "items",
                "CONTROL_TABLE": "control",
                "TABLE_BUDGET_S": "5",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        tables.shutdown()
        serving.join()
        tables.server_close()

    assert ran.returncode == 0, ran.stderr
    version, answer = json.loads(ran.stdout.splitlines()[-1])
    assert version == OLDEST
    assert answer["statusCode"] == 200
