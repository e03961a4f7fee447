"""Global Accelerator's resources as immutable state, and the transitions of it.

An accelerator contains listeners, a listener endpoint groups, a group endpoints. Listeners and
groups are those of the Topology (twin.topology.model); an accelerator has more here than there. A
transition takes a state and returns the next one, or raises one of the service's errors.
validation.py decides which values are allowed, api.py which call makes which transition.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol, TypeVar

from twin.control.globalaccelerator.errors import (
    AcceleratorNotDisabled,
    AcceleratorNotFound,
    AssociatedEndpointGroupFound,
    AssociatedListenerFound,
    EndpointGroupNotFound,
    ListenerNotFound,
    TransactionInProgress,
)
from twin.topology.model import AcceleratorListener, EndpointGroup

DeploymentStatus = Literal["IN_PROGRESS", "DEPLOYED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorAttributes:
    """Settings of flow logs; the twin stores them and writes no logs."""

    flow_logs_enabled: bool = False
    flow_logs_s3_bucket: str = ""
    flow_logs_s3_prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorRecord:
    """A standard accelerator, with what only its API shows."""

    arn: str
    name: str
    enabled: bool
    ordinal: int
    """Selects its static addresses: `Instance.static_ips(ordinal)`."""
    dns_name: str
    created: float
    """Seconds since 1970."""
    modified: float
    status: DeploymentStatus = "IN_PROGRESS"
    attributes: AcceleratorAttributes = field(default_factory=AcceleratorAttributes)
    tags: dict[str, str] = field(default_factory=dict)
    listeners: tuple[AcceleratorListener, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyToken:
    """A used idempotency token."""

    operation: str
    token: str
    request: str
    """Digest of the request's other parameters."""
    arn: str
    """The resource that the request created."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """All resources and used tokens."""

    accelerators: tuple[AcceleratorRecord, ...] = ()
    tokens: tuple[IdempotencyToken, ...] = ()


class _Resource(Protocol):
    @property
    def arn(self) -> str: ...


T = TypeVar("T", bound=_Resource)

# -- look-ups


def find_accelerator(state: ServiceState, arn: str) -> AcceleratorRecord:
    """Raises AcceleratorNotFound."""
    for found in state.accelerators:
        if found.arn == arn:
            return found
    raise AcceleratorNotFound(f"There is no accelerator '{arn}'.")


def find_listener(state: ServiceState, arn: str) -> tuple[AcceleratorRecord, AcceleratorListener]:
    """The listener of this ARN, after its accelerator. Raises ListenerNotFound."""
    for owner in state.accelerators:
        for found in owner.listeners:
            if found.arn == arn:
                return owner, found
    raise ListenerNotFound(f"There is no listener '{arn}'.")


def find_endpoint_group(
    state: ServiceState, arn: str
) -> tuple[AcceleratorRecord, AcceleratorListener, EndpointGroup]:
    """The group of this ARN, after its accelerator and listener. Raises EndpointGroupNotFound."""
    for owner in state.accelerators:
        for parent in owner.listeners:
            for found in parent.groups:
                if found.arn == arn:
                    return owner, parent, found
    raise EndpointGroupNotFound(f"There is no endpoint group '{arn}'.")


def find_token(state: ServiceState, operation: str, token: str) -> IdempotencyToken | None:
    """The record of a used token; None for a new one."""
    return next((t for t in state.tokens if t.operation == operation and t.token == token), None)


def find_free_ordinal(state: ServiceState) -> int:
    """The lowest ordinal whose static addresses are free."""
    taken = {a.ordinal for a in state.accelerators}
    return next(n for n in range(len(taken) + 1) if n not in taken)


# -- transitions


def put_accelerator(state: ServiceState, accelerator: AcceleratorRecord) -> ServiceState:
    """Replace the accelerator of this ARN, or append a new one."""
    return replace(state, accelerators=_put(state.accelerators, accelerator))


def change_accelerator(
    state: ServiceState,
    arn: str,
    change: Callable[[AcceleratorRecord], AcceleratorRecord],
    now: float,
) -> ServiceState:
    """Change an accelerator's configuration, and set it IN_PROGRESS."""
    changed = change(find_accelerator(state, arn))
    return put_accelerator(state, replace(changed, modified=now, status="IN_PROGRESS"))


def put_listener(
    state: ServiceState, accelerator_arn: str, listener: AcceleratorListener, now: float
) -> ServiceState:
    """Replace the accelerator's listener of this ARN, or append a new one."""
    return change_accelerator(
        state,
        accelerator_arn,
        lambda owner: replace(owner, listeners=_put(owner.listeners, listener)),
        now,
    )


def put_endpoint_group(
    state: ServiceState, listener_arn: str, group: EndpointGroup, now: float
) -> ServiceState:
    """Replace the listener's endpoint group of this ARN, or append a new one."""
    owner, parent = find_listener(state, listener_arn)
    return put_listener(state, owner.arn, replace(parent, groups=_put(parent.groups, group)), now)


def remove_accelerator(state: ServiceState, arn: str) -> ServiceState:
    """Remove an accelerator that is disabled, has no listeners, and is DEPLOYED.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html
    AWS declares TransactionInProgress without saying when it is raised. The twin raises it only
    here, so that an accelerator is not deleted while the edge still applies its last change.
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
    kept = _without(state.accelerators, arn)
    return _forget_tokens(replace(state, accelerators=kept), arn)


def remove_listener(state: ServiceState, arn: str, now: float) -> ServiceState:
    """Remove a listener that has no endpoint groups.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteListener.html
    """
    owner, found = find_listener(state, arn)
    if found.groups:
        raise AssociatedEndpointGroupFound(
            f"Listener '{arn}' has {len(found.groups)} endpoint group(s); delete them first."
        )

    changed = change_accelerator(
        state,
        owner.arn,
        lambda accelerator: replace(accelerator, listeners=_without(accelerator.listeners, arn)),
        now,
    )
    return _forget_tokens(changed, arn)


def remove_endpoint_group(state: ServiceState, arn: str, now: float) -> ServiceState:
    """Remove an endpoint group and its endpoints."""
    owner, parent, _ = find_endpoint_group(state, arn)
    changed = put_listener(
        state, owner.arn, replace(parent, groups=_without(parent.groups, arn)), now
    )
    return _forget_tokens(changed, arn)


def mark_deployed(state: ServiceState, arn: str) -> ServiceState:
    """Set the accelerator DEPLOYED, if it still exists."""
    kept = tuple(replace(a, status="DEPLOYED") if a.arn == arn else a for a in state.accelerators)
    return replace(state, accelerators=kept)


def _put(items: tuple[T, ...], item: T) -> tuple[T, ...]:
    """Replace the item of this ARN, or append a new one."""
    if all(old.arn != item.arn for old in items):
        return (*items, item)
    return tuple(item if old.arn == item.arn else old for old in items)


def _without(items: tuple[T, ...], arn: str) -> tuple[T, ...]:
    return tuple(item for item in items if item.arn != arn)


def _forget_tokens(state: ServiceState, arn: str) -> ServiceState:
    """Drop the tokens of a deleted resource; AWS documents no other lifetime of tokens."""
    return replace(state, tokens=tuple(t for t in state.tokens if t.arn != arn))
