"""The floor of a GET: the function's handler in a loop in this process, with the same table.

`python -m bench.requests.floor COUNT`, in the environment of a function, prints JSON. The rest
of the latency of a GET comes from the accelerator, the load balancer and the Lambda runtime.
"""

import io
import json
import sys
import time
from contextlib import redirect_stdout
from statistics import quantiles

from app.handler import handle
from bench.requests.handler_loop import LambdaContext, make_event

WARM_UP = 200
EVENT = make_event("GET", "/get/foobar", None)


def measure_handler(count: int) -> dict[str, float]:
    """Latencies of `count` calls after a warm-up. Exits if a call is not answered with 200."""
    context = LambdaContext()
    durations_us = []
    for number in range(WARM_UP + count):
        started = time.perf_counter()
        answer = handle(EVENT, context)
        if number >= WARM_UP:
            durations_us.append((time.perf_counter() - started) * 1e6)
        if answer["statusCode"] != 200:
            raise SystemExit(f"the handler answered {answer}")
    cuts = quantiles(durations_us, n=100)
    return {"p50_us": cuts[49], "p99_us": cuts[98], "per_s": 1e6 * count / sum(durations_us)}


def main() -> None:
    """Print the latencies without the handler's log."""
    with redirect_stdout(io.StringIO()):
        latencies = measure_handler(int(sys.argv[1]))
    print(json.dumps(latencies))


if __name__ == "__main__":
    main()
