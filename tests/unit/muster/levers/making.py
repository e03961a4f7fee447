"""Levers of the fake AWS."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from muster.levers.patience import Patience
from tests.unit.muster.deployed import ENDPOINT
from tests.unit.muster.fake_aws import FakeAws


@dataclass
class Said:
    """Collects what a lever tells whoever watches."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    def __contains__(self, words: str) -> bool:
        return any(words in line for line in self.lines)


def patience(aws: FakeAws, said: Said | None = None) -> Patience:
    """Waits by the fake's clock."""
    return Patience(aws.clock, random.Random(1), said or Said())


def twin_program(home: Path, does: str) -> None:
    """A stand-in for `twin` that tells whose it is, and else does this."""
    program = home / "bin" / "twin"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f"""[ "$1" = status ] && echo '{{"endpoint_url": "{ENDPOINT}"}}' && exit 0\n"""
        f"{does}\n"
    )
    program.chmod(0o755)
