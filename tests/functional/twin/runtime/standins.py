"""Starting stand-in daemons, and choosing how they behave."""

import os

from common.clock import SystemClock
from twin.runtime import processes
from twin.runtime.instance import Instance
from twin.runtime.process_info import read_process

STANDIN = "tests.functional.twin.runtime.standin"
FRANKFURT = "region/eu-central-1"
CLOCK = SystemClock()


def start_standin(instance: Instance, role: str, *, timeout_s: float = 20.0) -> int:
    """Its pid."""
    return processes.start_process(
        instance,
        role,
        environ=os.environ | {"TWIN_LEASH": str(os.getpid()), "UNRELATED": "1"},
        clock=CLOCK,
        timeout_s=timeout_s,
        package=STANDIN,
    )


def set_behaviour(instance: Instance, behaviour: str) -> None:
    """Behaviour of daemons that start from now on; see standin/daemon.py."""
    (instance.home / "behaviour").write_text(behaviour)


def has_ended(pid: int) -> bool:
    process = read_process(pid)
    return process is None or process.has_ended
