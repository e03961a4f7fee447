"""A small world for Global Accelerator: load balancers, addresses, a clock moved by hand."""

import random
from dataclasses import dataclass, field
from typing import Any

from twin.control.globalaccelerator.api import OperationCall, run_call
from twin.control.globalaccelerator.call_context import CallContext
from twin.control.globalaccelerator.model import GlobalAcceleratorState
from twin.control.globalaccelerator.request_shapes import check_params
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.internal_api.schemas import EndpointState

FRANKFURT = "eu-central-1"
OREGON = "us-west-2"


def balancer(region: str, name: str) -> str:
    """The ARN of a load balancer."""
    return f"arn:aws:elasticloadbalancing:{region}:123456789012:loadbalancer/app/{name}/1"


@dataclass(slots=True)
class FakeLoadBalancers:
    """Load balancers that a test declares."""

    facts: dict[str, LoadBalancerFacts] = field(default_factory=dict)

    def declare(self, region: str, name: str, *, internal: bool = True) -> str:
        """It exists now; its ARN."""
        arn = balancer(region, name)
        scheme = LoadBalancerFacts(region, "internal" if internal else "internet-facing")
        self.facts[arn] = scheme
        return arn

    def find(self, arn: str) -> LoadBalancerFacts | None:
        """What was declared."""
        return self.facts.get(arn)


class FakeService:
    """The service without its process: calls change the state in here."""

    def __init__(self) -> None:
        """Nothing exists yet."""
        self.state = GlobalAcceleratorState()
        self.load_balancers = FakeLoadBalancers()
        self.health: dict[tuple[str, str], EndpointState] = {}
        self.now = 1_000_000.0
        self._rng = random.Random(1)
        self._tokens = 0

    def call(self, operation: str, **params: object) -> dict[str, Any]:
        """Make a call as a client library does, its token filled in."""
        if operation.startswith("Create"):
            self._tokens += 1
            params.setdefault("IdempotencyToken", f"token-{self._tokens}")
        context = CallContext(
            account="123456789012",
            now=self.now,
            rng=self._rng,
            static_ips=lambda ordinal: (f"127.75.0.{ordinal + 1}", f"127.99.0.{ordinal + 1}"),
            load_balancers=self.load_balancers,
            health=self.health,
        )
        checked = check_params(operation, params)
        self.state, answer = run_call(OperationCall(operation, checked), self.state, context)
        return answer

    def accelerator(self, name: str = "a") -> str:
        """A new accelerator's ARN."""
        return str(self.call("CreateAccelerator", Name=name)["Accelerator"]["AcceleratorArn"])

    def listener(self, accelerator: str, *ports: int) -> str:
        """A new listener's ARN."""
        ranges = [{"FromPort": port, "ToPort": port} for port in ports or (80,)]
        made = self.call(
            "CreateListener", AcceleratorArn=accelerator, Protocol="TCP", PortRanges=ranges
        )
        return str(made["Listener"]["ListenerArn"])

    def group(self, listener: str, region: str = FRANKFURT, **more: object) -> str:
        """A new endpoint group's ARN."""
        made = self.call(
            "CreateEndpointGroup", ListenerArn=listener, EndpointGroupRegion=region, **more
        )
        return str(made["EndpointGroup"]["EndpointGroupArn"])
