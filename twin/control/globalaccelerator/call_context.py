"""Arguments and results of an operation."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.validation import LoadBalancerFacts
from twin.internal_api.schemas import EndpointState

Params = Mapping[str, object]
ResponseBody = dict[str, object]
OperationResult = tuple[ServiceState, ResponseBody]
HealthByEndpoint = Mapping[tuple[str, str], EndpointState]
"""(ARN of the endpoint group, id of the endpoint) -> its health."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """Everything else that a call depends on."""

    account: str
    now: float
    """Seconds since 1970."""
    rng: random.Random
    static_ips: Callable[[int], tuple[str, str]]
    """Accelerator's ordinal -> its addresses."""
    load_balancers: Mapping[str, LoadBalancerFacts]
    """By ARN, of all Regions."""
    health: HealthByEndpoint = field(default_factory=dict)
    """As the edge reports it; an endpoint that is missing is INITIAL."""

    def hex(self, digits: int) -> str:
        """Random hexadecimal digits."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        digits = self.hex(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


Operation = Callable[[ServiceState, CallContext, Params], OperationResult]
