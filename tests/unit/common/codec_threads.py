"""A program whose threads read a document at the same time, of a type that nobody has read yet."""

import dataclasses
import sys
import threading
from typing import Literal

from common.codec import Codec

THREADS = 4
TYPES = 50
FIELDS = tuple(f"f{number}" for number in range(20))


def make_type() -> type:
    """Two dataclasses, one in the other, with many fields: they take long to find out about."""
    inner = dataclasses.make_dataclass("Inner", [(name, int | None) for name in FIELDS])
    kind = ("kind", Literal["outer"], "outer")
    return dataclasses.make_dataclass(
        "Outer", [*((name, inner) for name in FIELDS), kind], kw_only=True
    )


def read_in_threads(codec: Codec) -> int:
    """How many threads have read the document."""
    outer = make_type()
    raw = {"kind": "outer", **{name: dict.fromkeys(FIELDS, 1) for name in FIELDS}}
    together = threading.Barrier(THREADS)
    read: list[object] = []

    def run() -> None:
        together.wait()
        read.append(codec.plain(codec.decode(outer, raw)))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return read.count(raw)


if __name__ == "__main__":
    sys.setswitchinterval(1e-6)
    codecs = (Codec(), Codec(refuse_unknown_fields=True))
    sys.stdout.write(str(sum(read_in_threads(codec) for codec in codecs for _ in range(TYPES))))
