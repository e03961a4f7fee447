"""Retries of asynchronous invocations.

After a function error an invocation is retried twice, after one minute and after two more. After a
throttle or an internal error of Lambda it is retried for up to six hours, first after a second,
then after twice the last pause, up to five minutes. These are AWS's times; the caller scales them
by the twin's speed. Dead-letter queues and destinations are not emulated.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import logging
from collections.abc import Awaitable, Callable

from common.clock import Clock
from twin.region.lambdas.invocation import FunctionNotFound, InvocationResult, InvokeError

log = logging.getLogger(__name__)

PAUSES_AFTER_ERRORS_S = (60.0, 120.0)
FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 300.0
MAX_AGE_S = 6 * 3600.0

Invoke = Callable[[], Awaitable[InvocationResult]]
"""One attempt. Raises InvokeError."""


async def invoke_with_retries(
    name: str, invoke: Invoke, clock: Clock, scaled: Callable[[float], float]
) -> bool:
    """Invoke until success (True) or until no retry is left (False).

    `scaled` turns AWS's seconds into seconds at the twin's speed.
    """
    deadline = clock.monotonic() + scaled(MAX_AGE_S)
    pauses_after_errors, pause_s = list(PAUSES_AFTER_ERRORS_S), FIRST_PAUSE_S
    while True:
        try:
            result = await invoke()
        except FunctionNotFound as exc:
            log.info("asynchronous invocation of %s is given up: %s", name, exc)
            return False
        except InvokeError as exc:
            wait_s, pause_s = pause_s, min(2 * pause_s, MAX_PAUSE_S)
            log.info("asynchronous invocation of %s: %s", name, exc)
        else:
            if not result.function_error:
                return True
            if not pauses_after_errors:
                return False
            wait_s = pauses_after_errors.pop(0)
        if clock.monotonic() + scaled(wait_s) > deadline:
            return False
        await clock.sleep(scaled(wait_s))
