"""Global Accelerator's resources as frozen state, and what may become of them.

An accelerator holds listeners, a listener holds endpoint groups, a group holds endpoints. A
transition takes the state and gives the next one, or raises one of the service's errors and changes
nothing. What values are allowed is not decided here (validation.py), nor how a call looks (api.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from twin.control.globalaccelerator.errors import (
    AcceleratorNotDisabled,
    AcceleratorNotFound,
    AssociatedEndpointGroupFound,
    AssociatedListenerFound,
    EndpointGroupNotFound,
    ListenerNotFound,
    TransactionInProgress,
)
from twin.topology.model import EndpointConfiguration, PortOverride, PortRange

DeploymentStatus = Literal["IN_PROGRESS", "DEPLOYED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGroup:
    """The endpoints of a listener in one Region."""

    arn: str
    region: str
    endpoints: tuple[EndpointConfiguration, ...] = ()
    dial: float = 100.0
    """Percent."""
    health_check_port: int | None = None
    """None: the listener's first port."""
    health_check_protocol: Literal["TCP", "HTTP", "HTTPS"] = "TCP"
    health_check_path: str = "/"
    health_check_interval_s: int = 30
    threshold: int = 3
    port_overrides: tuple[PortOverride, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Ports that the accelerator takes connections on."""

    arn: str
    port_ranges: tuple[PortRange, ...]
    protocol: Literal["TCP", "UDP"] = "TCP"
    client_affinity: Literal["NONE", "SOURCE_IP"] = "NONE"
    groups: tuple[EndpointGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorAttributes:
    """Flow logs, which the twin keeps and never writes."""

    flow_logs_enabled: bool = False
    flow_logs_s3_bucket: str = ""
    flow_logs_s3_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorRecord:
    """A standard accelerator."""

    arn: str
    name: str
    enabled: bool
    ordinal: int
    """Which pair of static addresses it has: `Instance.static_ips(ordinal)`."""
    dns_name: str
    created: float
    """Seconds since 1970."""
    modified: float
    status: DeploymentStatus = "IN_PROGRESS"
    attributes: AcceleratorAttributes = field(default_factory=AcceleratorAttributes)
    tags: dict[str, str] = field(default_factory=dict)
    listeners: tuple[Listener, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyToken:
    """An idempotency token that made a resource."""

    operation: str
    token: str
    request: str
    """Digest of the request's other parameters."""
    arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalAcceleratorState:
    """Everything that Global Accelerator has to remember."""

    accelerators: tuple[AcceleratorRecord, ...] = ()
    tokens: tuple[IdempotencyToken, ...] = ()


# -- finding


def find_accelerator(state: GlobalAcceleratorState, arn: str) -> AcceleratorRecord:
    """The accelerator of this ARN, or AcceleratorNotFound."""
    for found in state.accelerators:
        if found.arn == arn:
            return found
    raise AcceleratorNotFound(f"There is no accelerator '{arn}'.")


def find_listener(state: GlobalAcceleratorState, arn: str) -> tuple[AcceleratorRecord, Listener]:
    """The listener of this ARN and its accelerator, or ListenerNotFound."""
    for owner in state.accelerators:
        for found in owner.listeners:
            if found.arn == arn:
                return owner, found
    raise ListenerNotFound(f"There is no listener '{arn}'.")


def find_endpoint_group(
    state: GlobalAcceleratorState, arn: str
) -> tuple[AcceleratorRecord, Listener, EndpointGroup]:
    """The group of this ARN with its listener and accelerator, or EndpointGroupNotFound."""
    for owner in state.accelerators:
        for parent in owner.listeners:
            for found in parent.groups:
                if found.arn == arn:
                    return owner, parent, found
    raise EndpointGroupNotFound(f"There is no endpoint group '{arn}'.")


def find_token(
    state: GlobalAcceleratorState, operation: str, token: str
) -> IdempotencyToken | None:
    """The request that used this idempotency token before, if one did."""
    return next((t for t in state.tokens if t.operation == operation and t.token == token), None)


def find_free_ordinal(state: GlobalAcceleratorState) -> int:
    """The lowest number whose static addresses no accelerator has."""
    taken = {a.ordinal for a in state.accelerators}
    return next(n for n in range(len(taken) + 1) if n not in taken)


# -- changing


def put_accelerator(
    state: GlobalAcceleratorState, value: AcceleratorRecord
) -> GlobalAcceleratorState:
    """The state with this accelerator, in its old place or at the end."""
    kept = tuple(value if a.arn == value.arn else a for a in state.accelerators)
    if value not in kept:
        kept = (*kept, value)
    return replace(state, accelerators=kept)


def change_accelerator(
    state: GlobalAcceleratorState,
    arn: str,
    change: Callable[[AcceleratorRecord], AcceleratorRecord],
    now: float,
) -> GlobalAcceleratorState:
    """Apply a change of configuration: the accelerator is IN_PROGRESS from now on."""
    changed = change(find_accelerator(state, arn))
    return put_accelerator(state, replace(changed, modified=now, status="IN_PROGRESS"))


def put_listener(
    state: GlobalAcceleratorState, accelerator_arn: str, value: Listener, now: float
) -> GlobalAcceleratorState:
    """The accelerator with this listener, in its old place or at the end."""

    def change(owner: AcceleratorRecord) -> AcceleratorRecord:
        others = [item.arn for item in owner.listeners]
        if value.arn not in others:
            return replace(owner, listeners=(*owner.listeners, value))
        kept = tuple(value if item.arn == value.arn else item for item in owner.listeners)
        return replace(owner, listeners=kept)

    return change_accelerator(state, accelerator_arn, change, now)


def put_endpoint_group(
    state: GlobalAcceleratorState, listener_arn: str, value: EndpointGroup, now: float
) -> GlobalAcceleratorState:
    """The listener with this endpoint group, in its old place or at the end."""
    owner, parent = find_listener(state, listener_arn)
    if value.arn in [group.arn for group in parent.groups]:
        groups = tuple(value if group.arn == value.arn else group for group in parent.groups)
    else:
        groups = (*parent.groups, value)
    return put_listener(state, owner.arn, replace(parent, groups=groups), now)


def delete_accelerator(state: GlobalAcceleratorState, arn: str) -> GlobalAcceleratorState:
    """Remove an accelerator that is disabled, has no listeners, and has settled.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html
    TransactionInProgress is declared there without saying when it is raised. The twin raises it
    here only, so that nobody loses static addresses while the edge still carries the last change.
    """
    found = find_accelerator(state, arn)
    if found.listeners:
        raise AssociatedListenerFound(
            f"Accelerator '{arn}' has {len(found.listeners)} listener(s); delete them first."
        )
    if found.enabled:
        raise AcceleratorNotDisabled(
            f"Accelerator '{arn}' is enabled; disable it first (UpdateAccelerator Enabled=false)."
        )
    if found.status == "IN_PROGRESS":
        raise TransactionInProgress(
            f"Accelerator '{arn}' is IN_PROGRESS; delete it once it is DEPLOYED."
        )
    return _without(state, arn)


def delete_listener(state: GlobalAcceleratorState, arn: str, now: float) -> GlobalAcceleratorState:
    """Remove a listener that has no endpoint groups.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteListener.html
    """
    owner, found = find_listener(state, arn)
    if found.groups:
        raise AssociatedEndpointGroupFound(
            f"Listener '{arn}' has {len(found.groups)} endpoint group(s); delete them first."
        )

    def change(value: AcceleratorRecord) -> AcceleratorRecord:
        return replace(value, listeners=tuple(x for x in value.listeners if x.arn != arn))

    return _forget_tokens(change_accelerator(state, owner.arn, change, now), arn)


def delete_endpoint_group(
    state: GlobalAcceleratorState, arn: str, now: float
) -> GlobalAcceleratorState:
    """Remove an endpoint group, with whatever endpoints it has."""
    owner, parent, _ = find_endpoint_group(state, arn)
    groups = tuple(group for group in parent.groups if group.arn != arn)
    changed = put_listener(state, owner.arn, replace(parent, groups=groups), now)
    return _forget_tokens(changed, arn)


def mark_deployed(state: GlobalAcceleratorState, arn: str) -> GlobalAcceleratorState:
    """The change has spread: the accelerator is DEPLOYED. One that is gone stays gone."""
    kept = tuple(replace(a, status="DEPLOYED") if a.arn == arn else a for a in state.accelerators)
    return replace(state, accelerators=kept)


def _without(state: GlobalAcceleratorState, arn: str) -> GlobalAcceleratorState:
    kept = tuple(a for a in state.accelerators if a.arn != arn)
    return _forget_tokens(replace(state, accelerators=kept), arn)


def _forget_tokens(state: GlobalAcceleratorState, arn: str) -> GlobalAcceleratorState:
    """A token lives as long as what it made; the service documents no other life time."""
    return replace(state, tokens=tuple(t for t in state.tokens if t.arn != arn))
