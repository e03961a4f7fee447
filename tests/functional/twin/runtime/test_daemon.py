"""Running the main of a daemon."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 500))
from twin.runtime import daemon
async def main(context):
    print(resource.getrlimit(resource.RLIMIT_NOFILE))
sys.exit(daemon.run_daemon(main))
"""


def test_a_daemon_raises_its_limit_of_descriptors(tmp_path: Path) -> None:
    environ = {**os.environ, "TWIN_HOME": str(tmp_path), "TWIN_INSTANCE": "16"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert done.stdout == "(500, 500)\n"


UMASK_PROGRAM = """
import os, sys
from twin.runtime import daemon
async def main(context):
    print(os.umask(0))
sys.exit(daemon.run_daemon(main))
"""


def test_a_daemons_files_are_private(tmp_path: Path) -> None:
    environ = {**os.environ, "TWIN_HOME": str(tmp_path), "TWIN_INSTANCE": "16"}
    done = subprocess.run(
        [sys.executable, "-c", UMASK_PROGRAM],
        env=environ,
        umask=0,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    assert int(done.stdout) == 0o077


DIRECTORY_PROGRAM = """
import sys
from twin.runtime import daemon
async def main(context):
    (context.instance.state_dir / "broken.json").mkdir(parents=True)
    (context.instance.state_dir / "broken.json").read_bytes()
sys.exit(daemon.run_daemon(main))
"""


def test_a_piece_of_state_that_is_no_file_is_named_without_a_traceback(tmp_path: Path) -> None:
    environ = {**os.environ, "TWIN_HOME": str(tmp_path), "TWIN_INSTANCE": "16"}
    done = subprocess.run(
        [sys.executable, "-c", DIRECTORY_PROGRAM],
        env=environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert done.returncode == 1
    assert "broken.json can't be used: Is a directory; move it away" in done.stderr
    assert "Traceback" not in done.stderr
