"""While a change propagates, the process of the role `route53` answers as before."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import dns.asyncquery
import pytest

from common.clock import SystemClock
from tests.functional.twin.fake_control import FakeControl
from tests.instances import claim_instance
from tests.unit.twin.core.dns.zone_setup import a_record, hosted_zone
from tests.unit.twin.route53.messages import query
from tests.waiting import async_eventually
from twin import codec
from twin.cli.status_report import fetch_status
from twin.internal_api.schemas import Route53Status
from twin.runtime import processes
from twin.runtime.instance import Instance
from twin.runtime.roles import ROUTE53
from twin.settings import TwinSettings, save_settings
from twin.topology.model import Topology
from twin.topology.route53 import Route53Topology

CLOCK = SystemClock()


def topology(address: str, version: int) -> Topology:
    """A Topology with a zone, in which the name leads to the address."""
    zones = (hosted_zone(a_record(address)),)
    return Topology(version=version, route53=Route53Topology(zones=zones))


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """A running process with a Topology, where a change takes a day."""
    instance = Instance(tmp_path, claim_instance())
    save_settings(instance, TwinSettings(route53_propagation_s=86_400))
    instance.topology_path.write_text(codec.dumps(topology("192.0.2.1", version=7)))
    environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
    processes.start_process(instance, ROUTE53, environ=environ, clock=CLOCK)
    yield instance
    assert processes.stop_process(instance, ROUTE53, clock=CLOCK)


async def ask(server: tuple[str, int]) -> str:
    host, port = server
    response = await dns.asyncquery.udp(query(), host, 5.0, port)
    return str(response.answer[0][0])


async def test_the_old_answer_is_served_while_a_change_propagates(instance: Instance) -> None:
    """The change is not acknowledged either, so that control shows it as PENDING.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html
    """

    async def has_received_it() -> bool:
        status = await asyncio.to_thread(fetch_status, instance, ROUTE53, Route53Status)
        return status is not None and status.topology_version == 8

    async with FakeControl().serving_at(instance) as control:
        control.publish(topology("192.0.2.2", version=8))
        await async_eventually(has_received_it)
        answers = [await ask(server) for server in instance.name_server_addresses]

        assert answers == ["192.0.2.1"] * 4
        assert (ROUTE53, 8) not in control.polls
