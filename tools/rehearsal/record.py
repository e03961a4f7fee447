"""The record of a rehearsal: times and texts of each step, as JSON; and the comparison of two.

A later run goes on from its record. Numbers that belong to one account are replaced by words, so
that a record can be shown and compared.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from common.files.atomic_file import write_atomically
from tools.rehearsal.plan import RehearsalError, RehearsalStep

VERSION = 1
MAX_TEXT = 20_000
"""Characters of a step's output that are kept, the last ones."""
_HIDDEN = (
    (re.compile(r"\b\d{12}\b"), "ACCOUNT"),
    (re.compile(r"\bA(KI|SI)A[A-Z0-9]{16}\b"), "KEY"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """The end of a step."""

    name: str
    command: str
    exit_code: int | None
    """None: it was ended, since it took too long or was interrupted."""
    seconds: float
    text: str
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalRecord:
    """What has been done of a rehearsal."""

    stack: str
    target: str
    """`aws` or `twin`."""
    stack_file: str
    """The stack's file before the rehearsal, which changes it."""
    steps: tuple[StepRecord, ...] = field(default=())
    version: int = VERSION

    def with_step(self, step: StepRecord) -> "RehearsalRecord":
        """With the step's newest end."""
        others = tuple(one for one in self.steps if one.name != step.name)
        return replace(self, steps=(*others, step))

    def left(self, plan: Sequence[RehearsalStep]) -> tuple[RehearsalStep, ...]:
        """The steps that are not done yet."""
        done = {step.name for step in self.steps if step.ok}
        return tuple(step for step in plan if step.name not in done)


def hide_account(text: str) -> str:
    """The end of a text without account ids and access keys."""
    for pattern, word in _HIDDEN:
        text = pattern.sub(word, text)
    return text[-MAX_TEXT:]


def write_record(path: Path, record: RehearsalRecord) -> None:
    """Raises OSError."""
    write_atomically(path, json.dumps(asdict(record), indent=2) + "\n", mode=0o600)


def read_record(path: Path) -> RehearsalRecord:
    """Raises RehearsalError."""
    try:
        fields = json.loads(path.read_text())
        steps = tuple(StepRecord(**step) for step in fields.pop("steps"))
        record = RehearsalRecord(**fields, steps=steps)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise RehearsalError(f"{path} is no record of a rehearsal: {exc}") from exc
    if record.version != VERSION:
        raise RehearsalError(f"{path} is of version {record.version}, not {VERSION}")
    return record


def compare_records(first: RehearsalRecord, second: RehearsalRecord) -> Iterator[str]:
    """A line for each step of either: seconds and exit codes, side by side."""
    by_name = [{step.name: step for step in record.steps} for record in (first, second)]
    names = dict.fromkeys([*by_name[0], *by_name[1]])
    yield f"{'step':<22} {first.target:>20} {second.target:>20}"
    for name in names:
        shown = [_shown(steps.get(name)) for steps in by_name]
        mark = "" if _code(by_name[0], name) == _code(by_name[1], name) else "   differ"
        yield f"{name:<22} {shown[0]:>20} {shown[1]:>20}{mark}"


def _shown(step: StepRecord | None) -> str:
    if step is None:
        return "-"
    code = "ended" if step.exit_code is None else f"exit {step.exit_code}"
    return f"{step.seconds:.1f} s, {code}"


def _code(steps: dict[str, StepRecord], name: str) -> int | None:
    return steps[name].exit_code if name in steps else None
