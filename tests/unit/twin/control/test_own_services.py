"""Which calls control's own services take, and what they publish."""

import random
from pathlib import Path

from common.clock import SystemClock
from tests.unit.twin.control.route53.fake_process import FakeProcess
from twin.control.own_services import OwnServices
from twin.control.surroundings import Surroundings
from twin.control.topology_publisher import TopologyPublisher
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.topology.model import Topology


def own_services(home: Path) -> OwnServices:
    instance = Instance(home, 0)
    return OwnServices(
        Surroundings(
            instance=instance,
            settings=TwinSettings(),
            clock=SystemClock(),
            rng=random.Random(1),
            publisher=TopologyPublisher(instance),
            route53_process=FakeProcess(),
            find_alarm=lambda _: None,
            publish=lambda: 0,
        )
    )


def test_a_call_of_no_service_is_for_others(tmp_path: Path) -> None:
    assert not own_services(tmp_path).serves(AwsCall(method="GET", url="/"))


def test_services_without_resources_publish_nothing(tmp_path: Path) -> None:
    assert own_services(tmp_path).add_to_topology(Topology(version=3)) == Topology(version=3)
