"""A session of each of the other SDKs, from identity to removal, succeeds in all its steps.

Their own assertions are in the programs. A language whose tools are missing is told and skipped:
`make test` does not run this folder.
"""

import base64
import io
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from twin.runtime.instance import Instance

PROGRAMS = Path(__file__).parent
HANDLER = """
import os

def handle(event, context):
    text = f"{os.environ['GREETING']} from {os.environ['AWS_REGION']}"
    return {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": text}
"""
BUILD_S, SESSION_S = 900, 300


def zipped_handler() -> str:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    return base64.b64encode(buffer.getvalue()).decode()


SESSIONS = {
    "go": ("go build -o session .", "./session"),
    "java": (
        "mvn -q -B package dependency:copy-dependencies",
        "java -cp target/classes:target/dependency/* Session",
    ),
    "javascript": (
        "npm install --no-package-lock --no-audit --no-fund",
        "node session.mjs",
    ),
}
"""Folder -> how its program is built, and run."""


@pytest.mark.parametrize("language", SESSIONS)
def test_a_session_of_the_sdk_succeeds(language: str, twin: Instance, tmp_path: Path) -> None:
    build, run = (command.split() for command in SESSIONS[language])
    if shutil.which(build[0]) is None:
        pytest.skip(f"{build[0]} is not installed")
    folder = shutil.copytree(PROGRAMS / language, tmp_path / language)
    environ = os.environ | {
        "AWS_ENDPOINT_URL": twin.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "eu-central-1",
        "FUNCTION_ZIP": zipped_handler(),
    }
    subprocess.run(build, cwd=folder, timeout=BUILD_S, check=True)

    session = subprocess.run(
        run,
        cwd=folder,
        env=environ,
        timeout=SESSION_S,
        text=True,
        capture_output=True,
        check=False,
    )

    assert session.returncode == 0, session.stdout + session.stderr
    assert session.stdout.endswith("ok removal\n")
