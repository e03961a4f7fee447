"""What Route 53 publishes, and when its changes are INSYNC."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.control.route53.fake_process import FakeProcess
from twin.control.document_service import CallContext
from twin.control.route53.service import Route53, build_route53_topology
from twin.control.surroundings import Surroundings
from twin.control.topology_publisher import TopologyPublisher
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.topology.model import Topology

SIGNED = {
    "authorization": "AWS4-HMAC-SHA256 Credential=KEY/20261129/us-east-1/route53/aws4_request, "
    "SignedHeaders=host, Signature=00"
}
CREATE = (
    b'<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
    b"<Name>muster.test</Name><CallerReference>r</CallerReference></CreateHostedZoneRequest>"
)


def read_text(document: str, tag: str) -> str:
    """The text after the first such tag."""
    return document.partition(f"<{tag}>")[2].partition("<")[0]


class RunningRoute53:
    """The service with a publisher of its own, and a clock that a test moves."""

    def __init__(self, home: Path) -> None:
        self.clock = ManualClock(100.0)
        instance = Instance(home, 11)
        self.publisher = TopologyPublisher(instance)
        rng = random.Random(1)
        surroundings = Surroundings(
            instance=instance,
            settings=TwinSettings(speed=2),
            clock=self.clock,
            rng=rng,
            publisher=self.publisher,
            route53_process=FakeProcess(),
            find_alarm=lambda _: None,
            publish=self._publish,
        )
        self.route53 = Route53(
            surroundings,
            lambda call: CallContext(account="1", region=call.region or "", now=5.0, rng=rng),
        )

    def _publish(self) -> int:
        content = Topology(route53=build_route53_topology(self.route53.service.state))
        return self.publisher.publish(content, {})

    async def call(self, method: str, path: str, body: bytes = b"") -> str:
        """The response's document."""
        url = f"/2013-04-01/{path}"
        request = AwsCall(method=method, url=url, headers=SIGNED, body=body)
        response = await self.route53.service.handle(request)
        assert response.succeeded, response.body
        return response.body.decode()

    async def create_zone(self) -> str:
        """Id of the change that makes the zone."""
        made = await self.call("POST", "hostedzone", CREATE)
        return read_text(made, "ChangeInfo><Id")

    async def status(self, change: str) -> str:
        found = await self.call("GET", change.removeprefix("/"))
        return read_text(found, "Status")


@pytest.fixture
def running(tmp_path: Path) -> RunningRoute53:
    return RunningRoute53(tmp_path)


async def wait_until_in_sync(running: RunningRoute53, change: str) -> None:
    async with asyncio.timeout(5):
        while await running.status(change) != "INSYNC":  # noqa: ASYNC110 - a clock moved by hand
            await asyncio.sleep(0)


async def test_a_change_is_in_sync_once_the_servers_have_it(running: RunningRoute53) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetChange.html"""
    change = await running.create_zone()
    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(running.route53.propagation.run())
        running.publisher.acknowledge("edge", running.publisher.current.version)
        for _ in range(10):
            await asyncio.sleep(0)
        assert await running.status(change) == "PENDING"

        running.publisher.acknowledge("route53", running.publisher.current.version)

        await wait_until_in_sync(running, change)
        following.cancel()


async def test_a_pending_change_is_followed_after_a_restart(
    running: RunningRoute53, tmp_path: Path
) -> None:
    change = await running.create_zone()
    again = RunningRoute53(tmp_path)
    again.route53.track_pending(again.publisher.current.version)

    async with asyncio.TaskGroup() as tasks:
        following = tasks.create_task(again.route53.propagation.run())
        again.publisher.acknowledge("route53", again.publisher.current.version)

        await wait_until_in_sync(again, change)
        following.cancel()


async def test_zones_and_their_records_are_published(running: RunningRoute53) -> None:
    await running.create_zone()

    (zone,) = running.publisher.current.route53.zones

    assert zone.name == "muster.test."
    assert [record.type for record in zone.records] == ["NS", "SOA"]
