"""Checks a Topology before control publishes it, as its readers will read it.

A Topology that edge or a Region can't use would end them at each start. So it is decoded by their
own decoder, and its values are checked where they become sockets or choices.

Zones may have ten thousand records. Each of them is decoded once, when it is new.
"""

from collections.abc import Iterator
from dataclasses import replace

from twin import codec
from twin.document_writer import DocumentWriter
from twin.errors import TwinError
from twin.topology.model import (
    Accelerator,
    LambdaFunction,
    ListenerAction,
    LoadBalancerListener,
    Topology,
)
from twin.topology.route53 import ResourceRecordSet

PORTS = range(1, 65536)


class UnusableTopology(TwinError):
    """No reader of the Topology could work with it."""


def check_topology(topology: Topology) -> None:
    """Raises UnusableTopology, CodecError."""
    codec.loads(Topology, codec.dumps(topology))
    for problem in _problems(topology):
        raise UnusableTopology(problem)


class CheckedWriter:
    """Checks and encodes one Topology after the other."""

    def __init__(self) -> None:
        """Nothing is checked yet."""
        self._writer = DocumentWriter(
            ResourceRecordSet, check=lambda text: codec.loads(ResourceRecordSet, text)
        )

    def dumps(self, topology: Topology) -> str:
        """As twin.codec.dumps. Raises UnusableTopology, CodecError."""
        check_topology(_without_records(topology))
        return self._writer.dumps(topology)


def _without_records(topology: Topology) -> Topology:
    route53 = topology.route53
    zones = tuple(replace(zone, records=()) for zone in route53.zones)
    return replace(topology, route53=replace(route53, zones=zones))


def _problems(topology: Topology) -> Iterator[str]:
    for accelerator in topology.accelerators:
        yield from _accelerator_problems(accelerator)
    for region in topology.regions.values():
        for balancer in region.load_balancers:
            for listener in balancer.listeners:
                yield from _listener_problems(listener)
        for function in region.functions:
            yield from _function_problems(function)


def _accelerator_problems(accelerator: Accelerator) -> Iterator[str]:
    for listener in accelerator.listeners:
        for ports in listener.port_ranges:
            if not (ports.from_port in PORTS and ports.to_port in PORTS):
                yield f"{listener.arn}: {ports} are no ports"


def _listener_problems(listener: LoadBalancerListener) -> Iterator[str]:
    if listener.port not in PORTS:
        yield f"{listener.arn}: {listener.port} is no port"
    for action in (listener.default_action, *(rule.action for rule in listener.rules)):
        if problem := _action_problem(action):
            yield f"{listener.arn}: {problem}"


def _action_problem(action: ListenerAction) -> str | None:
    match action.type:
        case "forward" if not action.target_groups:
            return "an action forwards to no target group"
        case "fixed-response" if not action.status_code.isdecimal():
            return f"'{action.status_code}' is no status code"
        case _:
            return None


def _function_problems(function: LambdaFunction) -> Iterator[str]:
    versions = {version.version for version in function.versions}
    for alias in function.aliases:
        for version in (alias.version, *alias.additional_weights):
            if version not in versions:
                yield f"{function.arn}: alias {alias.name} names no version: {version}"
