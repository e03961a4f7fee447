"""What a soak reports: each kind of fault once, with the call that found it, and a summary."""

import argparse
import collections
import random
import sys

from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.calls.checks import DOCS


class FaultReport:
    """The faults that calls have shown, and the statuses of their responses."""

    def __init__(self) -> None:
        self._faults: collections.Counter[str] = collections.Counter()
        self.answers: collections.Counter[int] = collections.Counter()

    def note(self, fault: str, call: AwsCall) -> None:
        kind = f"{call.label.partition(' (')[0]}: {fault}"
        self.note_sample(kind, f"{call.method} {call.url} {call.body[:300]!r}")

    def note_sample(self, kind: str, sample: str) -> None:
        """Count a fault of this kind, and show the first one's sample."""
        self._faults[kind] += 1
        if self._faults[kind] == 1:
            sys.stdout.write(f"{kind}\n    {sample}\n")
            sys.stdout.flush()

    def finish(self, calls: str) -> int:
        """Print the summary; the exit code, 1 if there is any fault."""
        sys.stdout.write(
            f"{calls}, {len(self._faults)} kinds of faults, {dict(sorted(self.answers.items()))}\n"
        )
        return 1 if self._faults else 0


def is_fault(response: AwsResponse) -> bool:
    """Whether it is a redirect or a server error; a refusal that names the docs is none."""
    if response.status == 501 and DOCS.encode() in response.body:
        return False
    return response.status >= 500 or 300 <= response.status < 400


def parse_options(argv: list[str]) -> tuple[int, random.Random]:
    """The number of calls, and the source of their randomness."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    return options.calls, random.Random(options.seed)
