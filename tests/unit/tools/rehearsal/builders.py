"""A subject of rehearsals, and a runner that runs nothing."""

from dataclasses import dataclass, field
from pathlib import Path

from tests.clocks import ManualClock
from tools.rehearsal.plan import RehearsalStep, Subject, parse_subject
from tools.rehearsal.record import RehearsalRecord
from tools.rehearsal.runner import Rehearsal

ROOT = Path(__file__).resolve().parents[4]


def make_subject(stack: str = "prod") -> Subject:
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text()
    return parse_subject(stack, text, "ap-northeast-1")


EMPTY = RehearsalRecord(stack="prod", target="aws", stack_file="config: {}\n")


@dataclass
class FakeCommands:
    """Commands that end as they must, but for those named in `codes`; each takes `takes_s`."""

    clock: ManualClock
    codes: dict[str, int | None] = field(default_factory=dict)
    interrupt_at: str = ""
    takes_s: float = 10.0
    ran: list[str] = field(default_factory=list)

    def __call__(self, step: RehearsalStep) -> tuple[int | None, str]:
        self.ran.append(step.name)
        self.clock.seconds += self.takes_s
        if step.name == self.interrupt_at:
            raise KeyboardInterrupt
        code = self.codes.get(step.name, step.exit_codes[0])
        return code, f"{step.words}output of {step.name} in 123456789012"


def make_rehearsal(path: Path, commands: FakeCommands, within_s: float = 1e6) -> Rehearsal:
    return Rehearsal(
        path=path, run=commands, clock=commands.clock, say=lambda _: None, within_s=within_s
    )
