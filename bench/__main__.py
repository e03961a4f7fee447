"""Run the benches: `python -m bench [get] [memory] [commands] [restart] [deploy]`; without an
argument all of them.

Each works on a copy of the checkout with a twin of its own, on loopback, and stops by itself.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import commands, deploy, get, memory, restart
from bench.wrk import WrkMissing
from tests.e2e import checkout
from tests.e2e.checkout import Checkout

BENCHES: dict[str, Callable[[Checkout], str]] = {
    "get": lambda copy: get.table(get.measure(copy)),
    "memory": lambda copy: memory.table(memory.measure(copy)),
    "commands": lambda copy: commands.table(commands.measure(copy)),
    "restart": lambda copy: restart.table(restart.measure(copy)),
    "deploy": lambda copy: deploy.table(
        [deploy.measure(copy, ("us-west-2",)), deploy.measure(copy, deploy.EIGHT)]
    ),
}


def main(names: tuple[str, ...]) -> int:
    """Bring a copy up, run the benches named, take it down."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f} before the first bench\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        copy = checkout.copy_to(Path(folder))
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
