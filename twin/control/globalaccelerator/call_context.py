"""Arguments and results of an operation; idempotency tokens of Create requests.

Repeating a Create request with its token makes no second resource.
https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html does not say
what a different request with a used token gets. No Create operation declares ConflictException, so
that gets InvalidArgumentException here.
"""

import hashlib
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.model import IdempotencyToken, ServiceState, find_token
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


def create_once(
    state: ServiceState,
    operation: str,
    params: Params,
    create: Callable[[], tuple[ServiceState, str]],
    describe: Callable[[ServiceState, str], ResponseBody],
) -> OperationResult:
    """Create the resource, unless this request has created it already.

    `create` returns the next state and the new resource's ARN, `describe` the response for an ARN.
    """
    text = str(params["IdempotencyToken"])
    request = _digest(params)
    used = find_token(state, operation, text)
    if used is None:
        created, arn = create()
        token = IdempotencyToken(operation=operation, token=text, request=request, arn=arn)
        created = replace(created, tokens=(*created.tokens, token))
        return created, describe(created, arn)
    if used.request != request:
        raise InvalidArgument(
            f"IdempotencyToken: '{text}' was used for another {operation}, which made '{used.arn}'."
        )
    return state, describe(state, used.arn)


def _digest(params: Params) -> str:
    """Digest of the request without its token."""
    rest = {key: value for key, value in params.items() if key != "IdempotencyToken"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
