"""Decide which process serves an API call, or why none does. Pure.

A Region's process serves the data planes: DynamoDB, and the invocation of functions. Control serves
everything else. A Region that is down makes all its APIs unavailable, and us-west-2 that of Global
Accelerator too:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html
Global services (IAM, Route 53) are signed for us-east-1 and fail with it, as their control planes
do in AWS.

The credential scope of the signature has service and Region. The gateway rejects another twin's key
(common/twin_keys.py): its caller means that one. The signature itself is checked by the process
that answers, and only if IAM is enforced (`twin up --enforce-iam`).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from common.aws import GLOBAL_ACCELERATOR_REGION
from common.twin_keys import describe_twin_key, is_other_twins_key
from twin import geography
from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.core.http.credential_scope import find_credential, parse_credential
from twin.core.http.error_response import XML_SERVICES, AwsError
from twin.errors import RegionUnknown
from twin.runtime import roles
from twin.runtime.roles import ProcessState


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialScope:
    """Service and Region that a request is signed for."""

    region: str
    service: str
    """Signing name: `elasticloadbalancing`, `dynamodb`, ..."""
    access_key: str = ""


class MissingScope(StrEnum):
    """Why a request has no credential scope."""

    UNSIGNED = "unsigned"
    UNREADABLE = "unreadable"


def read_credential_scope(headers: Mapping[str, str], query: str) -> CredentialScope | MissingScope:
    """The scope in the Authorization header, or in the query of a presigned URL.

    Names of headers are in lower case; the query is not decoded.
    """
    text = find_credential(headers.get("authorization", ""), query)
    if text is None:
        return MissingScope.UNSIGNED
    found = parse_credential(text)
    if found is None:
        return MissingScope.UNREADABLE
    return CredentialScope(
        region=found.serving_region, service=found.service, access_key=found.access_key
    )


CUT_REGION_DELAY_S = 2.0
"""Wait before the error of a call to a Region whose network is cut; real time, never scaled."""
_INVOCATION = re.compile(r"/2015-03-31/functions/[^/]+/invocations/?")

StateOf = Callable[[str], ProcessState]
"""Role -> state of its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """What routing needs of an AWS call."""

    method: str
    path: str
    """Without the query."""
    scope: CredentialScope | MissingScope


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """The role's process serves the call."""

    role: str
    start_first: bool = False
    """Whether the Region never ran and has to be started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection(AwsError):
    """No process serves the call; the error for the caller."""

    after_s: float = 0.0
    """Delay before the caller gets the error, for a Region that can't be reached."""


def route_call(
    call: ApiCall,
    state_of: StateOf,
    network: NetworkState = CLEAR_NETWORK,
    *,
    own_key: str = "",
) -> Forward | Rejection:
    """Route the call by its credential scope, the processes' states and the network's faults.

    `own_key` is the access key that names this twin.
    """
    scope = call.scope
    if isinstance(scope, MissingScope):
        return _reject_missing_scope(scope)
    rejection = (
        _reject_other_twins_key(scope, own_key)
        or _reject_wrong_region(scope)
        or _reject_cut_region(scope, network)
    )
    if rejection is not None:
        return rejection
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


def _reject_missing_scope(reason: MissingScope) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    advice = "`source .twin/env` sets the endpoint and credentials of this twin"
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


def _reject_other_twins_key(scope: CredentialScope, own_key: str) -> Rejection | None:
    """AWS's error for a key that it does not know, with the reason.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    if not is_other_twins_key(scope.access_key, own_key):
        return None
    in_xml = scope.service in XML_SERVICES
    return Rejection(
        status=403,
        code="InvalidClientTokenId" if in_xml else "UnrecognizedClientException",
        message="The security token included in the request is invalid: the access key "
        f"{scope.access_key} is that of {describe_twin_key(scope.access_key)}, and this twin's is "
        f"{own_key}. `source .twin/env` in the folder of the twin that you mean; its `pulumi` has "
        "the right key as well.",
    )


def _reject_wrong_region(scope: CredentialScope) -> Rejection | None:
    if scope.service == "globalaccelerator" and scope.region != GLOBAL_ACCELERATOR_REGION:
        # "you must specify the US West (Oregon) Region":
        # https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html
        return _invalid_signature(
            f"Global Accelerator's API is in {GLOBAL_ACCELERATOR_REGION} only, not in "
            f"'{scope.region}'; call it with --region {GLOBAL_ACCELERATOR_REGION}."
        )
    try:
        geography.region_number(scope.region)
    except RegionUnknown as exc:
        return _invalid_signature(f"Credential should be scoped to a valid region; {exc}.")
    return None


def _invalid_signature(message: str) -> Rejection:
    return Rejection(status=403, code="InvalidSignatureException", message=message)


def reject_region_down(region: str, state: ProcessState) -> Rejection:
    """The error for a Region that was started once and does not answer now."""
    if state is ProcessState.RUNNING:
        return _unavailable(f"{region} is starting or stopping; try again")
    how, verb = ("frozen", "thaw") if state is ProcessState.FROZEN else ("down", "start")
    return _unavailable(
        f"{region} is {how}, and its APIs with it; bring it back: twin region {verb} {region}"
    )


def _reject_cut_region(scope: CredentialScope, network: NetworkState) -> Rejection | None:
    """A Region whose network is cut does not answer, so the error comes after a delay."""
    if not network.link(scope.region).cut:
        return None
    unreachable = _unavailable(
        f"{scope.region} did not answer within {CUT_REGION_DELAY_S:g} s: its network is cut; "
        f"heal it: twin network heal {scope.region}"
    )
    return replace(unreachable, after_s=CUT_REGION_DELAY_S)


def reject_control_down() -> Rejection:
    return _unavailable("the control planes are down; bring them back: twin control start")


def reject_internal_path() -> Rejection:
    """The error for a path of the processes' internal API, which the gateway does not forward."""
    return Rejection(
        status=404,
        code="UnknownOperationException",
        message="Paths below /_twin are no AWS calls; the gateway serves GET /_twin/whoami and GET "
        "/_twin/faults.",
    )


def reject_large_body(limit_bytes: int) -> Rejection:
    return Rejection(
        status=413,
        code="RequestEntityTooLarge",
        message=f"The request's body is larger than the {limit_bytes} bytes that the twin takes.",
    )


def reject_slow_body(limit_s: float) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    return Rejection(
        status=408,
        code="RequestTimeout",
        message=f"The request's body was not complete after {limit_s:g} s.",
    )


def reject_full_memory(limit_bytes: int) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    return Rejection(
        status=503,
        code="ServiceUnavailable",
        message=f"The calls that wait have more than the {limit_bytes} bytes that the twin keeps "
        "for all of them, and this one had to go. Send fewer or smaller ones at once.",
    )


def reject_stranger(reason: str) -> Rejection:
    """The error for a program of another user of the machine."""
    return Rejection(
        status=403,
        code="AccessDenied",
        message=f"The twin refuses this call: {reason}. Start a twin of your own "
        "(make up INSTANCE=auto), or have the owner share this one (twin up --share).",
    )


def reject_interrupted(role: str) -> Rejection:
    """The error for a call whose process ended or disconnected before its answer."""
    return _unavailable(
        f"{role} disconnected before it answered; whether the call took effect is not known"
    )


def reject_start_failed(role: str, why: str) -> Rejection:
    return _unavailable(f"{role} could not be started: {why}")


def _unavailable(message: str) -> Rejection:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    return Rejection(status=503, code="ServiceUnavailable", message=message)
