"""Which process answers a call, or why none does.

Data planes live in their Region: DynamoDB, and the invocation of functions. All else is control's.
A Region that is down takes its whole API with it, and us-west-2 takes Global Accelerator's:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html
Services without Regions of their own (IAM, Route 53) are signed for us-east-1, and fall with it, as
their control planes do. Pure: what the processes do is asked through a function.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from twin import geography
from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.errors import RegionUnknown
from twin.gateway.credential_scope import CredentialScope, MissingScope
from twin.runtime import roles
from twin.runtime.roles import ProcessState

ACCELERATOR_HOME = "us-west-2"
CUT_OFF_AFTER_S = 2.0
"""How long a call to a cut-off Region waits for its error; real time, never scaled."""
_INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations/?")

StateOf = Callable[[str], ProcessState]
"""Role -> what its process is doing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """An AWS call, as far as routing looks at it."""

    method: str
    path: str
    """Without the query."""
    scope: CredentialScope | MissingScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """This process answers."""

    role: str
    start_first: bool = False
    """It is a Region's that has never run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Nobody answers; the error that the caller gets."""

    status: int
    code: str
    message: str
    after_s: float = 0.0
    """How long the caller waits for it: what can't be reached doesn't answer either."""


def route_call(
    call: ApiCall, state_of: StateOf, network: NetworkState = CLEAR_NETWORK
) -> Forward | Rejection:
    """Who answers this call."""
    scope = call.scope
    if isinstance(scope, MissingScope):
        return _without_scope(scope)
    if (refusal := _wrong_region(scope) or _cut_off_region(scope, network)) is not None:
        return refusal
    role = roles.region_role(scope.region)
    state = state_of(role)
    if state in (ProcessState.DEAD, ProcessState.FROZEN):
        return reject_region_down(scope.region, state)
    if _is_data_plane(call, scope):
        return Forward(role=role, start_first=state is ProcessState.ABSENT)
    if state_of(roles.CONTROL) is ProcessState.FROZEN:
        return reject_control_down()
    return Forward(role=roles.CONTROL)


def _is_data_plane(call: ApiCall, scope: CredentialScope) -> bool:
    # DynamoDB Streams are signed for `dynamodb` as well.
    if scope.service == "dynamodb":
        return True
    # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
    invokes = call.method == "POST" and _INVOCATION.fullmatch(call.path) is not None
    return scope.service == "lambda" and invokes


def _without_scope(reason: MissingScope) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    advice = "`source .twin/env` sets the endpoint and credentials of this twin; any key will do"
    if reason is MissingScope.UNSIGNED:
        return Rejection(
            status=403,
            code="MissingAuthenticationToken",
            message="Missing Authentication Token: the request is not signed, so it names neither "
            f"service nor Region; {advice}.",
        )
    return Rejection(
        status=400,
        code="IncompleteSignature",
        message="The Authorization header (or X-Amz-Credential) has no scope of the form "
        f"KEY/DATE/REGION/SERVICE/aws4_request; {advice}.",
    )


def _wrong_region(scope: CredentialScope) -> Rejection | None:
    if scope.service == "globalaccelerator" and scope.region != ACCELERATOR_HOME:
        # "you must specify the US West (Oregon) Region":
        # https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html
        return _bad_region(
            f"Global Accelerator's API is in {ACCELERATOR_HOME} only, not in '{scope.region}'; "
            f"call it with --region {ACCELERATOR_HOME}."
        )
    try:
        geography.region_number(scope.region)
    except RegionUnknown as exc:
        return _bad_region(f"Credential should be scoped to a valid region; {exc}.")
    return None


def _bad_region(message: str) -> Rejection:
    return Rejection(status=403, code="InvalidSignatureException", message=message)


def reject_region_down(region: str, state: ProcessState) -> Rejection:
    """A Region that was started and does not answer now."""
    if state is ProcessState.RUNNING:
        return _unavailable(f"{region} is starting or ending just now; try again")
    how, verb = ("frozen", "thaw") if state is ProcessState.FROZEN else ("down", "start")
    return _unavailable(
        f"{region} is {how}, and its APIs with it; bring it back: twin region {verb} {region}"
    )


def _cut_off_region(scope: CredentialScope, network: NetworkState) -> Rejection | None:
    """A Region whose network is cut: its APIs are not refused, they do not answer in time."""
    if not network.link(scope.region).cut:
        return None
    unreachable = _unavailable(
        f"{scope.region} did not answer within {CUT_OFF_AFTER_S:g} s: its network is cut; "
        f"mend it: twin network heal {scope.region}"
    )
    return replace(unreachable, after_s=CUT_OFF_AFTER_S)


def reject_control_down() -> Rejection:
    """The control planes do not answer."""
    return _unavailable("the control planes are down; bring them back: twin control start")


def reject_interrupted(role: str) -> Rejection:
    """A process ended, or hung up, with the call in its hands."""
    return _unavailable(
        f"{role} went away while it answered; whether the call took effect is not known"
    )


def reject_start_failed(role: str, why: str) -> Rejection:
    """A Region's process could not be started for this call."""
    return _unavailable(f"{role} could not be started: {why}")


def _unavailable(message: str) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    return Rejection(status=503, code="ServiceUnavailable", message=message)
