"""Control's checkpoint: moto's state after a call of the journal, so that a start is fast.

A checkpoint is a shortcut, and the truth only where the journal has lost its end, as by a power
cut. It is used only by the program that could have written it: it names the versions of Python and
moto and a digest of the twin's own corrections, and the journal that it belongs to. Any other one,
and one that is damaged, is ignored, and the whole journal is replayed instead.

The file is a checksummed line in JSON, the header, and a pickle. It lies in the folder of the
twin's state, which only its user can write.
"""

import hashlib
import logging
import pickle
import platform
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import twin.moto
from common.files.append_log import decode_line, encode_line
from common.files.atomic_file import write_atomically
from twin import codec
from twin.errors import CodecError
from twin.moto.state_snapshot import StateSnapshot

FORMAT = 1

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointHeader:
    """What a checkpoint was made by, and of what."""

    format: int
    program: str
    """`describe_program` of the program that wrote it."""
    born: float
    """Of the journal, in seconds since 1970."""
    number: int
    """Of the journal's last call whose change is included."""
    crc32: int
    """Of the content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """moto's state after a call of the journal."""

    number: int
    snapshot: StateSnapshot


class CheckpointFile:
    """The one checkpoint of a journal."""

    def __init__(self, path: Path, born: float) -> None:
        """`born`: creation time of the journal."""
        self._path = path
        self._born = born

    def write(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint. Raises OSError."""
        snapshot = checkpoint.snapshot
        content = pickle.dumps((snapshot.content, snapshot.zips), protocol=5)
        header = CheckpointHeader(
            format=FORMAT,
            program=describe_program(),
            born=self._born,
            number=checkpoint.number,
            crc32=zlib.crc32(content),
        )
        line = encode_line(codec.dumps(header).encode())
        write_atomically(self._path, line + content, mode=0o600)

    def read(self) -> Checkpoint | None:
        """The checkpoint; None where there is none that this program may use."""
        try:
            header, content = _read_checkpoint(self._path)
        except FileNotFoundError:
            return None
        except (CodecError, OSError) as exc:
            log.warning("%s can't be read, all calls are replayed: %s", self._path, exc)
            return None
        if (header.format, header.program) != (FORMAT, describe_program()):
            log.info("%s is of another version; all calls are replayed", self._path)
            return None
        if (header.born, header.crc32) != (self._born, zlib.crc32(content)):
            log.warning("%s is damaged; all calls are replayed", self._path)
            return None
        state, zips = pickle.loads(content)  # noqa: S301 - of this user's own state
        return Checkpoint(number=header.number, snapshot=StateSnapshot(state, zips))


def checkpoint_path(journal: Path) -> Path:
    """The file of a journal's checkpoint."""
    return journal.with_name("checkpoint")


def find_born(path: Path) -> float | None:
    """The creation time of the journal that the checkpoint belongs to, if it names one."""
    try:
        return _read_checkpoint(path)[0].born
    except (CodecError, OSError):
        return None


def _read_checkpoint(path: Path) -> tuple[CheckpointHeader, bytes]:
    """The header, and the content as it is. Raises CodecError, OSError."""
    line, end, content = path.read_bytes().partition(b"\n")
    return codec.loads(CheckpointHeader, decode_line(line + end) or b""), content


@cache
def describe_program() -> str:
    """Python's and moto's versions, and a digest of the code that shapes moto's state."""
    code = digest_code(Path(*twin.moto.__path__))
    return f"python {platform.python_version()}, moto {version('moto')}, {code}"


def digest_code(folder: Path) -> str:
    """Of all modules in a package and below it."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
