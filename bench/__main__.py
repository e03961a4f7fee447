"""Run the benches: `python -m bench [get] [deploy] [memory]`; all of them without an argument.

Each works on a copy of the checkout with a twin of its own, on loopback, and stops by itself.
"""

import os
import sys
import tempfile
from pathlib import Path

from bench import deploy, get, memory
from bench.wrk import WrkMissing
from tests.e2e import checkout
from tests.e2e.checkout import Checkout

NAMES = ("get", "memory", "deploy")


def main(names: tuple[str, ...]) -> int:
    """Bring a copy up, run the benches named, take it down."""
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"no bench {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
        return 2
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f} before the first bench\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder:
        copy = checkout.copy_to(Path(folder))
        try:
            copy.run("make", "up", "INSTANCE=auto").ok()
            for name in names or NAMES:
                print(f"## {name}\n\n{_bench(name, copy)}\n", flush=True)
        except WrkMissing as exc:
            print(exc)
            return 1
        finally:
            copy.run("make", "down")
    return 0


def _bench(name: str, copy: Checkout) -> str:
    if name == "get":
        return get.table(get.measure(copy))
    if name == "memory":
        return memory.table(memory.measure(copy))
    return deploy.table([deploy.measure(copy, ("us-west-2",)), deploy.measure(copy, deploy.EIGHT)])


if __name__ == "__main__":
    sys.exit(main(tuple(sys.argv[1:])))
