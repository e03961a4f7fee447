"""Levers of the fake AWS."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from muster.retry import RetryPolicy
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import ENDPOINT


@dataclass
class NotifiedLines:
    """Collects what a lever tells whoever watches."""

    lines: list[str] = field(default_factory=list)

    def __call__(self, line: str) -> None:
        self.lines.append(line)

    def __contains__(self, words: str) -> bool:
        return any(words in line for line in self.lines)


def make_retry_policy(aws: FakeAws, said: NotifiedLines | None = None) -> RetryPolicy:
    """Waits by the fake's clock."""
    return RetryPolicy(aws.clock, random.Random(1), said or NotifiedLines())


def write_twin_program(home: Path, does: str) -> None:
    """A stand-in for `twin` that tells whose it is, and else does this."""
    program = home / "bin" / "twin"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f"""[ "$1" = status ] && echo '{{"endpoint_url": "{ENDPOINT}"}}' && exit 0\n"""
        f"{does}\n"
    )
    program.chmod(0o755)
