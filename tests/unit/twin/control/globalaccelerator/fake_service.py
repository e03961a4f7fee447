"""Global Accelerator without its process, over load balancers and health that a test declares."""

import random
from typing import Any

from twin.control.globalaccelerator.call_context import CallContext
from twin.control.globalaccelerator.documents import check_params
from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.service import OperationCall, run_call
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.internal_api.schemas import EndpointState

FRANKFURT = "eu-central-1"
OREGON = "us-west-2"


def load_balancer_arn(region: str, name: str) -> str:
    return f"arn:aws:elasticloadbalancing:{region}:123456789012:loadbalancer/app/{name}/1"


class FakeService:
    """Runs calls on a state of its own, with a clock that a test sets."""

    def __init__(self) -> None:
        self.state = ServiceState()
        self.load_balancers: dict[str, LoadBalancerFacts] = {}
        self.health: dict[tuple[str, str], EndpointState] = {}
        self.now = 1_000_000.0
        self._rng = random.Random(1)
        self._tokens = 0

    def add_load_balancer(self, region: str, name: str, *, internal: bool = True) -> str:
        """Its ARN."""
        arn = load_balancer_arn(region, name)
        scheme: Any = "internal" if internal else "internet-facing"
        self.load_balancers[arn] = LoadBalancerFacts(region, scheme)
        return arn

    def call(self, operation: str, **params: object) -> dict[str, Any]:
        """Run a call; a Create operation gets a token, as client libraries add one."""
        if operation.startswith("Create"):
            self._tokens += 1
            params.setdefault("IdempotencyToken", f"token-{self._tokens}")
        checked = check_params(operation, params)
        call = OperationCall(operation, checked)
        self.state, body = run_call(call, self.state, self.make_context())
        return body

    def make_context(self) -> CallContext:
        """What a call depends on now."""
        return CallContext(
            account="123456789012",
            now=self.now,
            rng=self._rng,
            static_ips=lambda ordinal: (f"127.75.0.{ordinal + 1}", f"127.99.0.{ordinal + 1}"),
            load_balancers=self.load_balancers,
            health=self.health,
        )

    def create_accelerator(self, name: str = "a") -> str:
        """Its ARN."""
        return str(self.call("CreateAccelerator", Name=name)["Accelerator"]["AcceleratorArn"])

    def create_listener(self, accelerator: str, *ports: int) -> str:
        """Its ARN."""
        ranges = [{"FromPort": port, "ToPort": port} for port in ports or (80,)]
        created = self.call(
            "CreateListener", AcceleratorArn=accelerator, Protocol="TCP", PortRanges=ranges
        )
        return str(created["Listener"]["ListenerArn"])

    def create_group(self, listener: str, region: str = FRANKFURT, **params: object) -> str:
        """Its ARN."""
        created = self.call(
            "CreateEndpointGroup", ListenerArn=listener, EndpointGroupRegion=region, **params
        )
        return str(created["EndpointGroup"]["EndpointGroupArn"])
