"""Idempotency tokens: repeating a Create request makes no second resource.

https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html does not say
what a different request with a used token gets. No Create operation declares ConflictException, so
that gets InvalidArgumentException here.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from twin.control.globalaccelerator.call_context import OperationResult, Params, ResponseBody
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.model import IdempotencyToken, ServiceState, find_token


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
