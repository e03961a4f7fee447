"""Idempotency tokens: the same request made twice makes one resource.

https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html says what the
token is for, not what a second, different request with it gets. No Create operation declares
ConflictException, so that gets InvalidArgumentException here.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from twin.control.globalaccelerator.call_context import OperationResult, RequestParams, ResponseBody
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.model import (
    GlobalAcceleratorState,
    IdempotencyToken,
    find_token,
)


def create_once(
    state: GlobalAcceleratorState,
    operation: str,
    params: RequestParams,
    make: Callable[[], tuple[GlobalAcceleratorState, str]],
    show: Callable[[GlobalAcceleratorState, str], ResponseBody],
) -> OperationResult:
    """Make the resource unless this request has made it.

    `make` gives the state and the ARN of what it made, `show` the answer for an ARN.
    """
    text = str(params["IdempotencyToken"])
    request = _digest(params)
    used = find_token(state, operation, text)
    if used is None:
        made, arn = make()
        token = IdempotencyToken(operation=operation, token=text, request=request, arn=arn)
        made = replace(made, tokens=(*made.tokens, token))
        return made, show(made, arn)
    if used.request != request:
        raise InvalidArgument(
            f"IdempotencyToken: '{text}' was used for another {operation}, which made '{used.arn}'."
        )
    return state, show(state, used.arn)


def _digest(params: RequestParams) -> str:
    """The request without its token, as one string."""
    rest = {key: value for key, value in params.items() if key != "IdempotencyToken"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
