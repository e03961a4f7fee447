"""What the services of control's own need of it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from common.clock import Clock
from twin.control.route53.health_checks.watched_alarms import FindAlarm
from twin.control.route53.process_queries import Route53Process
from twin.control.topology_publisher import TopologyPublisher
from twin.runtime.instance import Instance
from twin.settings import TwinSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the services need of control."""

    instance: Instance
    settings: TwinSettings
    clock: Clock
    rng: random.Random
    publisher: TopologyPublisher
    route53_process: Route53Process
    find_alarm: FindAlarm
    publish: Callable[[], int]
    """Publishes the Topology, after a change is saved; its version."""
