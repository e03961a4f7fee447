"""The last published Topology, on disk: control writes it, every process starts with it."""

from common.files.atomic_file import write_atomically
from common.files.regular_file import read_regular_file
from twin import codec
from twin.runtime.instance import Instance
from twin.topology.model import Topology


def read_topology(instance: Instance) -> Topology | None:
    """The stored Topology; None before the first publication. Raises CodecError."""
    try:
        return codec.loads(Topology, read_regular_file(instance.topology_path))
    except FileNotFoundError:
        return None


def write_topology(instance: Instance, text: str) -> None:
    """Replace the stored Topology; `text` is its JSON. Raises OSError."""
    instance.topology_path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(instance.topology_path, text)
