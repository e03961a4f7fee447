"""Running the main of a daemon."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.clock import SystemClock
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import Instance
from twin.settings import TwinSettings


def run_program(
    program: str, home: Path, *arguments: str, umask: int = -1
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, "TWIN_HOME": str(home), "TWIN_INSTANCE": "16"},
        umask=umask,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


PROGRAM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 500))
from twin.runtime import daemon
async def main(context):
    print(resource.getrlimit(resource.RLIMIT_NOFILE))
sys.exit(daemon.run_daemon(main))
"""


def test_a_daemon_raises_its_limit_of_descriptors(tmp_path: Path) -> None:
    done = run_program(PROGRAM, tmp_path)

    assert done.returncode == 0
    assert done.stdout == "(500, 500)\n"


FULL_DISK_PROGRAM = """
import sys
from twin.runtime import daemon
async def main(context):
    with open("/dev/full", "wb") as file:
        file.write(b"state")
sys.exit(daemon.run_daemon(main))
"""


def test_a_full_disk_is_told_without_a_traceback(tmp_path: Path) -> None:
    done = run_program(FULL_DISK_PROGRAM, tmp_path)

    assert done.returncode == 1
    told = f"{tmp_path} has no space left: No space left on device; free some, then `twin up`"
    assert told in done.stderr
    assert "Traceback" not in done.stderr


UMASK_PROGRAM = """
import os, sys
from twin.runtime import daemon
async def main(context):
    print(os.umask(0))
sys.exit(daemon.run_daemon(main))
"""


def test_a_daemons_files_are_private(tmp_path: Path) -> None:
    done = run_program(UMASK_PROGRAM, tmp_path, umask=0)

    assert done.returncode == 0
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
    done = run_program(DIRECTORY_PROGRAM, tmp_path)

    assert done.returncode == 1
    assert "broken.json can't be used: Is a directory; move it away" in done.stderr
    assert "Traceback" not in done.stderr


FORBIDDEN_PROGRAM = """
import sys
from twin.runtime import daemon
async def main(context):
    raise PermissionError(13, "Permission denied", str(context.instance.state_dir / "journal"))
sys.exit(daemon.run_daemon(main))
"""


def test_nobody_is_told_to_move_away_state_that_can_not_be_read(tmp_path: Path) -> None:
    done = run_program(FORBIDDEN_PROGRAM, tmp_path)

    assert done.returncode == 1
    assert "journal can't be used: Permission denied; let this user read" in done.stderr


TASKS_PROGRAM = """
import asyncio, sys
from twin.errors import TwinError
from twin.runtime import daemon
async def read(context, error):
    async with asyncio.TaskGroup():
        raise error
async def main(context):
    path = str(context.instance.state_dir / "journal")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(read(context, PermissionError(13, "Permission denied", path)))
        tasks.create_task(read(context, TwinError("port 80 is in use")))
        if sys.argv[1:]:
            tasks.create_task(read(context, ValueError("defect")))
sys.exit(daemon.run_daemon(main))
"""


def test_errors_of_several_tasks_are_told_without_a_traceback(tmp_path: Path) -> None:
    done = run_program(TASKS_PROGRAM, tmp_path)

    assert done.returncode == 1
    assert "journal can't be used: Permission denied; let this user read" in done.stderr
    assert "port 80 is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_in_one_of_several_tasks_is_told_with_its_traceback(tmp_path: Path) -> None:
    done = run_program(TASKS_PROGRAM, tmp_path, "with a defect")

    assert done.returncode == 1
    assert "ValueError: defect" in done.stderr


def make_context() -> DaemonContext:
    return DaemonContext(
        instance=Instance(Path("unused"), 16),
        settings=TwinSettings(),
        clock=SystemClock(),
        stop=asyncio.Event(),
    )


async def run_for_ever(cancelled: list[str], name: str) -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        cancelled.append(name)
        raise


async def test_jobs_run_until_the_daemon_is_stopped() -> None:
    context, cancelled = make_context(), list[str]()

    async def stop() -> None:
        context.stop.set()
        await run_for_ever(cancelled, "second")

    async with asyncio.timeout(5):
        await context.run_until_stopped(run_for_ever(cancelled, "first"), stop())

    assert cancelled == ["first", "second"]


async def test_the_error_of_a_job_ends_the_others() -> None:
    context, cancelled = make_context(), list[str]()

    async def fail() -> None:
        raise OSError("no")

    async with asyncio.timeout(5):
        with pytest.raises(ExceptionGroup) as raised:
            await context.run_until_stopped(run_for_ever(cancelled, "first"), fail())

    assert raised.group_contains(OSError)
    assert cancelled == ["first"]
