"""Calls the AWS operations of a declaration, and waits for states.

Also properties that several EC2 types share.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from twin.provider.errors import AwsCallFailed, ProviderError
from twin.provider.schema import shapes
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    IdParameter,
    OperationContext,
    Property,
    ResourceRef,
    output,
)
from twin.provider.values import Properties, Value

OWNER_ID = output("ownerId", "OwnerId")


def arn_property(resource: str) -> Property:
    """The ARN, which EC2's descriptions do not have."""

    def derive(found: DescribedResource) -> str:
        owner = found.values.get("ownerId", "")
        return f"arn:aws:ec2:{found.context.region}:{owner}:{resource}/{found.id}"

    return output("arn", derive=derive)


def id_parameters(id_param: IdParameter, ref: ResourceRef) -> Properties:
    """The parameters that name the resource."""
    if callable(id_param):
        return id_param(ref)
    if not id_param:
        return {}
    return {id_param[:-2]: [ref.id]} if id_param.endswith("[]") else {id_param: ref.id}


def call_operation(
    context: OperationContext,
    call: AwsOperation,
    ref: ResourceRef,
    arguments: Mapping[str, Value] | None = None,
) -> Properties | None:
    """Call the operation with `arguments`; return the description in its response."""
    params = {**(arguments or {}), **id_parameters(call.id_param, ref)}
    if call.extra_params:
        params |= call.extra_params(context, ref.properties)
    response = context.call(call.name_for(ref.properties), params)
    if call.find:
        found: Properties | None = call.find(ref, params, response)
        return found
    description: Properties | None = (
        call.result(ref, response)
        if callable(call.result)
        else shapes.search_path(call.result, response)
    )
    return description


@contextmanager
def tolerated(*codes: str) -> Iterator[None]:
    """Go on where AWS refuses with one of these codes. Raises the other errors."""
    try:
        yield
    except AwsCallFailed as exc:
        if exc.code not in codes:
            raise


def wait_for_state(
    context: OperationContext, awaited: AwaitedState, ref: ResourceRef, subject: str = ""
) -> None:
    """Poll until the state is a wanted one. Raises ProviderError for a failed state.

    `subject` names the resource in messages, instead of its id.
    """

    def poll() -> tuple[bool, str]:
        description = call_operation(context, awaited.call, ref)
        state = str(shapes.search_path(awaited.state, description))
        if state in awaited.failed:
            why = ""
            if awaited.failure_reason:
                reason = shapes.search_path(awaited.failure_reason, description)
                why = f": {reason or 'no reason given'}"
            raise ProviderError(f"{subject or ref.id} is {state}{why}")
        return state in awaited.wanted, state

    wanted = " or ".join(sorted(awaited.wanted))
    context.waiter.wait(f"{subject or ref.id} to be {wanted}", poll)
