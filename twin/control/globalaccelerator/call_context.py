"""What an operation is given besides the state and its parameters."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twin.control.globalaccelerator.model import GlobalAcceleratorState
from twin.control.globalaccelerator.validation import LoadBalancers
from twin.internal_api.schemas import EndpointState

RequestParams = Mapping[str, object]
ResponseBody = dict[str, object]
OperationResult = tuple[GlobalAcceleratorState, ResponseBody]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """The world around one call."""

    account: str
    now: float
    """Seconds since 1970."""
    rng: random.Random
    static_ips: Callable[[int], tuple[str, str]]
    load_balancers: LoadBalancers
    health: Mapping[tuple[str, str], EndpointState] = field(default_factory=dict)
    """(ARN of the group, id of the endpoint) -> what the edge says; unknown is INITIAL."""

    def hex(self, digits: int) -> str:
        """Random hexadecimal digits."""
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        """A random UUID."""
        digits = self.hex(32)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


Operation = Callable[[GlobalAcceleratorState, CallContext, RequestParams], OperationResult]
