"""Asynchronous invocations: which of them are tried again, and when.

An error of the function: twice more, after one minute and after two more. Want of concurrency, and
Lambda's own faults: for up to six hours, after a second first, then after twice as long each time,
up to five minutes. Times are those of AWS, and divided by the twin's speed by who calls this. What
is given up is gone: there are no destinations and no queues for it here.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

import logging
from collections.abc import Awaitable, Callable

from common.clock import Clock
from twin.region.lambdas.invocation import FunctionNotFound, InvocationResult, InvokeError

log = logging.getLogger(__name__)

AFTER_ERRORS_S = (60.0, 120.0)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
LONGEST_S = 6 * 3600.0

Invoke = Callable[[], Awaitable[InvocationResult]]
"""One try. Raises InvokeError."""


async def invoke_with_retries(
    name: str, invoke: Invoke, clock: Clock, scaled: Callable[[float], float]
) -> bool:
    """Invoke the function of this name until it succeeds or is given up; whether it succeeded.

    `scaled`: seconds of AWS -> seconds here.
    """
    gives_up_at = clock.monotonic() + scaled(LONGEST_S)
    after_errors, pause_s = list(AFTER_ERRORS_S), FIRST_PAUSE_S
    while True:
        try:
            outcome = await invoke()
        except FunctionNotFound as exc:
            log.info("asynchronous invocation of %s is given up: %s", name, exc)
            return False
        except InvokeError as exc:
            wait_s, pause_s = pause_s, min(2 * pause_s, LONGEST_PAUSE_S)
            log.info("asynchronous invocation of %s: %s", name, exc)
        else:
            if not outcome.function_error:
                return True
            if not after_errors:
                return False
            wait_s = after_errors.pop(0)
        if clock.monotonic() + scaled(wait_s) > gives_up_at:
            return False
        await clock.sleep(scaled(wait_s))
