"""What holds for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
OWN_SYSTEM = ("test_drills.py", "test_drill_kills.py")
"""End-to-end tests that take so long that another system for them saves time."""

# A busy machine makes any single example slow; that says nothing about the code.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")

# A shell that is set up for somebody's twin or account must not reach into the tests.
for _name in [name for name in os.environ if name.startswith(("AWS_", "TWIN_", "MUSTER_"))]:
    del os.environ[_name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what stays together when several processes share the tests.

    A file's tests share its fixtures. The end-to-end tests share one system a process; they wait
    more than they work, so the rest goes on beside them.
    """
    for item in items:
        file = item.path.relative_to(HERE)
        shares = file.parts[0] == "e2e" and file.name not in OWN_SYSTEM
        item.add_marker(pytest.mark.xdist_group("e2e" if shares else str(file)))
