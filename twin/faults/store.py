"""The stored faults of a twin: `faults.json` in its state.

The `twin` command writes it, and the gateway when it ends the fault of a process. Processes follow
it with twin.faults.watch; twin.core.faults decides what a fault means.
"""

from collections.abc import Callable

from common.atomic_file import write_atomically
from common.file_lock import FileLock
from twin import codec
from twin.core.faults import Faults
from twin.errors import CodecError, StateCorrupt
from twin.runtime.instance import Instance


def read_faults(instance: Instance) -> Faults:
    """All stored faults, also those that are over. Raises StateCorrupt."""
    path = instance.faults_path
    try:
        return codec.loads(Faults, path.read_bytes())
    except FileNotFoundError:
        return Faults()
    except CodecError as exc:
        raise StateCorrupt(f"{path}: {exc}; delete it to be rid of all faults") from exc


def update_faults(instance: Instance, change: Callable[[Faults], Faults]) -> Faults:
    """Store and return `change(faults)`, under a lock between processes. Raises StateCorrupt."""
    path = instance.faults_path
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock.acquire(path.with_suffix(".lock")):
        before = read_faults(instance)
        after = change(before)
        if after != before:
            write_atomically(path, codec.dumps(after))
    return after
