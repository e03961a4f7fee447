"""The floor of a GET: the function's handler in a loop, in this process, against the same table.

Run as `python -m bench.floor COUNT`, in the environment that a function has; prints JSON.
What the whole path costs above this is the accelerator, the load balancer and the runtime.
"""

import json
import sys
import time
from dataclasses import dataclass
from statistics import quantiles

from app.handler import handle

WARM_UP = 200


@dataclass(frozen=True, slots=True)
class LambdaContext:
    """What the handler uses of Lambda's context."""

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
    """Latencies of `count` calls after a warm-up; a call that is not a 200 stops it."""
    context = LambdaContext()
    took = []
    for number in range(WARM_UP + count):
        started = time.perf_counter()
        answer = handle(EVENT, context)
        if number >= WARM_UP:
            took.append((time.perf_counter() - started) * 1e6)
        if answer["statusCode"] != 200:
            raise SystemExit(f"the handler answered {answer}")
    cuts = quantiles(took, n=100)
    return {"p50_us": cuts[49], "p99_us": cuts[98], "per_s": 1e6 * count / sum(took)}


def main() -> None:
    """Send what the handler logs to nowhere, so that only figures are printed."""
    figures_to = sys.stdout
    with open("/dev/null", "w") as nowhere:
        sys.stdout = nowhere
        figures = measure_handler(int(sys.argv[1]))
    sys.stdout = figures_to
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
