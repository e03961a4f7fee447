"""`python -m bench [get] [handlers] [https] [memory] ...`: these, or all of BENCHES.

They run on a copy of the checkout with a twin of its own, on loopback only.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.commands import format_commands_table, measure_commands
from bench.deploy import OTHER_REGIONS, format_deploy_table, measure_deploy
from bench.dynamodb import format_dynamodb_table, measure_dynamodb
from bench.processes import format_memory_table, measure_memory
from bench.requests.doors import format_doors_table, measure_doors
from bench.requests.get import WrkMissing, format_get_table, measure_get
from bench.requests.handlers import format_handlers_table, measure_handlers
from bench.requests.https import format_https_table, measure_https
from bench.requests.peer_get import format_peer_table, measure_peer_gets
from bench.restart import format_restart_table, measure_restarts
from tests.e2e.checkout import Checkout, copy_checkout

BENCHES: dict[str, Callable[[Checkout], str]] = {
    "get": lambda copy: "\n\n".join(
        (
            format_get_table(measure_get(copy)),
            format_doors_table(measure_doors(copy)),
            format_peer_table(measure_peer_gets(copy)),
        )
    ),
    "handlers": lambda copy: format_handlers_table(measure_handlers(copy)),
    "https": lambda copy: format_https_table(measure_https(copy)),
    "memory": lambda copy: format_memory_table(measure_memory(copy)),
    "commands": lambda copy: format_commands_table(measure_commands(copy)),
    "restart": lambda copy: format_restart_table(measure_restarts(copy)),
    "dynamodb": lambda copy: format_dynamodb_table(measure_dynamodb(copy)),
    "deploy": lambda copy: format_deploy_table(
        [measure_deploy(copy, ("us-west-2",)), measure_deploy(copy, OTHER_REGIONS)]
    ),
}


def main(names: tuple[str, ...]) -> int:
    """Run the named benchmarks on a copy of the checkout; the exit code."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f} before the first bench\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        copy = copy_checkout(Path(folder))
        try:
            copy.run("make", "up", "INSTANCE=auto").ok()
            for name in names or BENCHES:
                print(f"## {name}\n\n{BENCHES[name](copy)}\n", flush=True)
        except WrkMissing as exc:
            print(exc)
            return 1
        finally:
            copy.run("make", "down")
    return 0


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
