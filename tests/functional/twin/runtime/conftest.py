"""A home whose stand-in daemons end with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.twin.runtime.standins import CLOCK, STANDIN
from tests.instances import claim_instance
from twin.runtime import processes, roles
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    instance = Instance(tmp_path / "home", claim_instance())
    instance.home.mkdir()
    yield instance
    for role in roles.all_roles(instance):
        processes.kill_process(instance, role, clock=CLOCK)
    processes.end_stray_daemons(instance, clock=CLOCK, package=STANDIN)
