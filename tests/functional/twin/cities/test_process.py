"""The process of the role `cities` follows the Topology, with and without control."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from common.clock import SystemClock
from tests.instances import claim_instance
from twin import codec
from twin.cli.fault_commands import cities
from twin.cli.status_report import fetch_status
from twin.errors import NotRunning
from twin.internal_api.schemas import CitiesStatus
from twin.runtime import processes
from twin.runtime.instance import Instance
from twin.topology.model import Topology

ROLE = "cities"
CLOCK = SystemClock()


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    instance = Instance(tmp_path, claim_instance())
    instance.state_dir.mkdir(parents=True)
    return instance


def test_it_starts_on_the_stored_topology_and_stops(instance: Instance) -> None:
    instance.topology_path.write_text(codec.dumps(Topology(version=7)))
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    processes.start_process(instance, ROLE, environ=environ, clock=CLOCK)

    status = fetch_status(instance, ROLE, CitiesStatus)

    flushed = CliRunner().invoke(cities, ["flush"], obj=instance)

    assert status is not None
    assert status.topology_version == 7
    assert flushed.exit_code == 0, flushed.output
    assert processes.stop_process(instance, ROLE, clock=CLOCK)
    assert fetch_status(instance, ROLE, CitiesStatus) is None
    refused = CliRunner().invoke(cities, ["flush"], obj=instance)
    assert isinstance(refused.exception, NotRunning)
