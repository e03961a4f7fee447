"""Global Accelerator's state on disk: one JSON document, written whole, before each answer."""

from pathlib import Path

from twin import codec
from twin.control.files import write_atomically
from twin.control.globalaccelerator.model import State
from twin.errors import CodecError, StateCorrupt


def load(path: Path) -> State:
    """The saved state, or an empty one. Raises StateCorrupt."""
    try:
        return codec.loads(State, path.read_bytes())
    except FileNotFoundError:
        return State()
    except CodecError as exc:
        raise StateCorrupt(
            f"{path}: {exc}. It is Global Accelerator's state; `twin down` removes it."
        ) from exc


def save(path: Path, state: State) -> None:
    """Replace the saved state."""
    write_atomically(path, codec.dumps(state).encode())
