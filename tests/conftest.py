"""What holds for all tests: their settings, and how two processes share them."""

import os
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
WAITS, WORKS = "e2e", "kills"
"""The end-to-end tests wait more than they work, but for those that kill the tool between any two
steps. The first have a process of their own, which shares one system; the second one does the rest.
"""
NICENESS = 10
"""Of the second process: what is measured end to end must not be what the unit tests take away."""

# A busy machine makes any single example slow; that says nothing about the code.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")

# A shell that is set up for somebody's twin or account must not reach into the tests.
for _name in [name for name in os.environ if name.startswith(("AWS_", "TWIN_", "MUSTER_"))]:
    del os.environ[_name]


class TwoProcesses(LoadScopeScheduling):  # type: ignore[misc]  # has no types
    """Hands out groups of tests, whole and in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TwoProcesses:
    """How tests are shared when pytest is told `--numprocesses`."""
    return TwoProcesses(config, log)


@pytest.hookimpl(tryfirst=True)  # before the first fixture starts a process, which inherits it
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Step back behind the end-to-end tests of the other process."""
    file = item.path.relative_to(ROOT).as_posix()
    if "PYTEST_XDIST_WORKER" in os.environ and _group(file) != WAITS:
        os.setpriority(os.PRIO_PROCESS, 0, max(NICENESS, os.getpriority(os.PRIO_PROCESS, 0)))


def _group(file: str) -> str:
    """The tests of a file share fixtures, those that wait one whole system."""
    if not file.startswith("tests/e2e/"):
        return file
    return WORKS if file.endswith("/test_drill_kills.py") else WAITS
