"""The floor of a GET: the function's handler in a loop in this process, with the same table.

`python -m bench.floor COUNT`, in the environment of a function, prints JSON. The rest of the
latency of a GET comes from the accelerator, the load balancer and the Lambda runtime.
"""

import io
import json
import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from statistics import quantiles

from app.handler import handle

WARM_UP = 200


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """The used part of Lambda's context."""

    aws_request_id: str = "bench"


EVENT = {
    "requestContext": {"elb": {"targetGroupArn": "bench"}},
    "httpMethod": "GET",
    "path": "/get/foobar",
    "queryStringParameters": {},
    "headers": {"accept": "*/*", "host": "bench", "x-forwarded-for": "127.0.0.1"},
    "body": "",
    "isBase64Encoded": False,
}


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
