"""Where the twin's faults are written down: one file of its state, `faults.json`.

Who writes it is the `twin` command, and the gateway when it ends the fault of a process. How
processes follow it is twin.faults.watch's business, what a fault means twin.core.faults'.
"""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twin import codec
from twin.core.faults import Faults
from twin.errors import CodecError, StateCorrupt
from twin.runtime.instance import Instance


def read_faults(instance: Instance) -> Faults:
    """All faults that are written down. Raises StateCorrupt."""
    path = instance.faults_path
    try:
        return codec.loads(Faults, path.read_bytes())
    except FileNotFoundError:
        return Faults()
    except CodecError as exc:
        raise StateCorrupt(f"{path}: {exc}; delete it to be rid of all faults") from exc


def update_faults(instance: Instance, how: Callable[[Faults], Faults]) -> Faults:
    """Write down what `how` makes of the faults; one caller at a time. Raises StateCorrupt."""
    with _alone(instance.faults_path):
        before = read_faults(instance)
        after = how(before)
        if after != before:
            fresh = instance.faults_path.with_suffix(".new")
            fresh.write_text(codec.dumps(after))
            fresh.replace(instance.faults_path)
    return after


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
