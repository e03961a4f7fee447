"""Settings of all tests, and how two processes share them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
WAITS, WORKS = "e2e", "kills"
"""Groups of tests that stay together. End-to-end tests mostly wait, and share one system in a
process of their own. A browser would disturb what they measure, so its tests take their turn there.
Those that kill the tool between any two steps use the processor: the second process runs them with
all other tests.
"""
ONE_PROCESS = (
    "tests/functional/twin/control/globalaccelerator",
    "tests/functional/twin/moto/patches",
)
"""Folders whose tests share one system or control process: a group each, so that it starts once."""
NICENESS = 10
"""Niceness of the second process, so that unit tests do not slow what is measured end to end."""

# A single example may be slow on a busy machine.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")

# The tests must not use the twin or the account of the shell that starts them.
for _name in [name for name in os.environ if name.startswith(("AWS_", "TWIN_", "MUSTER_"))]:
    del os.environ[_name]


class TwoProcesses(LoadScopeScheduling):  # type: ignore[misc]  # has no types
    """Schedules whole groups of tests, in order."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TwoProcesses:
    """The scheduler of `pytest --numprocesses`."""
    return TwoProcesses(config, log)


@pytest.hookimpl(tryfirst=True)  # before a fixture starts a process
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lower this process's priority below the end-to-end tests'."""
    file = item.path.relative_to(ROOT).as_posix()
    if "PYTEST_XDIST_WORKER" in os.environ and _group(file) != WAITS:
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def _group(file: str) -> str:
    """The group of a test file: its folder's if that shares a process, else its own."""
    if not file.startswith(("tests/browser/", "tests/e2e/")):
        return next((folder for folder in ONE_PROCESS if file.startswith(f"{folder}/")), file)
    return WORKS if file.endswith("/test_drill_kills.py") else WAITS
