"""`muster drill approve` and `muster drill mark`, beside a process that executes a run."""

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from common.drill_lease import DrillProgress
from muster.cli.drills.people import TAKEN_WITHIN_S, parse_time
from muster.cli.main import main
from muster.drill.journal.events import (
    ApprovalAnswered,
    JournalEvent,
    MomentMarked,
    RunClosed,
    StepFailed,
    StepStarted,
)
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.orders import ApprovalOrder, MarkOrder, OrderFolder, PersonOrder
from muster.drill.journal.run_folders import JOURNAL_FILE
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import AwaitApproval, Pause
from muster.drill.run.lease import DynamoDBLeaseTable, Lease
from tests.clocks import ManualClock
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.drill.builders import build_plan
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_clock import make_clock
from tests.unit.muster.sample_stack import CONTROL_TABLE, ENDPOINT, FRANKFURT, OREGON

ASKED = StepStarted(step="m3", do=AwaitApproval(words="go on"))
WAITS = StepStarted(step="m3", do=Pause(seconds=9.0))
RUN = "2026-11-21T10-00-00-test"
HOST = socket.gethostname()


class RunnerClock(ManualClock):
    """While a command sleeps, the process that executes the run acts."""

    def __init__(self, act: Callable[[], object]) -> None:
        start = make_clock()
        super().__init__(start.seconds, epoch_s=start.now() - start.seconds)
        self._act = act

    async def sleep(self, seconds: float) -> None:
        self._act()
        await super().sleep(seconds)


@dataclass
class Terminal:
    """Another terminal beside a run."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    act: Callable[[], object] = lambda: None
    """What the process at work does while a command waits."""
    aws: FakeAws = field(default_factory=FakeAws)

    @property
    def run(self) -> Path:
        return self.folder / ".muster" / RUN

    def open_journal(self, *events: JournalEvent, run: str = RUN) -> DrillJournal:
        """The journal of a process at work, as long as it is open."""
        first = build_run_opened(build_plan("shift"), run)
        journal = self.folder / ".muster" / run / JOURNAL_FILE
        return DrillJournal.create(journal, make_clock(), (first, *events))

    def call(self, *line: str) -> tuple[int, str, str]:
        command_line = CommandLine(self.folder, self.aws, twin=True)
        context = replace(command_line.context(), clock=RunnerClock(self.act))
        code = main(line, context)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def leave_lease(self, host: str, folder: Path) -> None:
        """A lease of the run, which a process on `host` executes in `folder`."""
        lease = Lease(
            run=RUN,
            scenario="shift",
            by="ann",
            host=host,
            until=self.aws.clock.now() + 50.0,
            found=DrillBaseline(),
            touched=DrillChanges(),
            progress=DrillProgress(folder=str(folder), phase="method", step="m3"),
        )
        table = DynamoDBLeaseTable(self.aws.clients(ENDPOINT), CONTROL_TABLE)
        for region in (FRANKFURT, OREGON):
            asyncio.run(table.write(region, lease, over=None))

    def orders(self) -> Sequence[object]:
        return [order for _, order in OrderFolder(self.run).read(())]


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def take(journal: DrillJournal, order: PersonOrder) -> None:
    """Journal an order as the process at work does."""
    match order:
        case ApprovalOrder(approved=approved, by=by, host=host):
            journal.append(
                ApprovalAnswered(step="m3", approved=approved, by=by, host=host, order=1)
            )
        case MarkOrder(words=words, marked_at=at, by=by, host=host):
            journal.append(MomentMarked(words=words, marked_at=at, by=by, host=host, order=1))


def taking(terminal: Terminal, journal: DrillJournal) -> Callable[[], None]:
    """A process at work that takes each order once."""
    taken: set[int] = set()

    def act() -> None:
        for number, order in OrderFolder(terminal.run).read(taken):
            assert isinstance(order, PersonOrder)
            taken.add(number)
            take(journal, order)

    return act


@pytest.mark.parametrize(
    ("option", "approved", "effect"),
    [((), True, "approved; the drill goes on"), (("--no",), False, "refused; the drill stops")],
)
def test_an_answer_reaches_the_run_that_is_under_way(
    terminal: Terminal, option: tuple[str, ...], approved: bool, effect: str
) -> None:
    with terminal.open_journal(ASKED) as journal:
        terminal.act = taking(terminal, journal)

        code, output, _ = terminal.call("drill", "approve", *option, "--by", "ann")

    assert code == 0
    assert output == f"{RUN}: m3 (go on) {effect}\n"
    assert terminal.orders() == [ApprovalOrder(question=2, approved=approved, by="ann", host=HOST)]


def test_a_mark_reaches_the_run_with_who_says_so(terminal: Terminal) -> None:
    with terminal.open_journal(WAITS) as journal:
        terminal.act = taking(terminal, journal)

        code, output, _ = terminal.call("--by", "ben", "drill", "mark", "on-call paged", RUN)

    assert code == 0
    assert output == f"{RUN}: marked: on-call paged\n"
    now = make_clock().now()
    assert terminal.orders() == [
        MarkOrder(words="on-call paged", marked_at=now, by="ben", host=HOST)
    ]


def test_nothing_is_approved_that_is_not_asked(terminal: Terminal) -> None:
    with terminal.open_journal(WAITS):
        code, _, errors = terminal.call("drill", "approve")

    assert code == 3
    assert f"run {RUN} waits for no approval now; `muster drill watch` shows" in errors
    assert terminal.orders() == []


def test_nothing_is_approved_for_a_killed_run_which_will_ask_again(terminal: Terminal) -> None:
    with terminal.open_journal(ASKED):
        pass

    code, _, errors = terminal.call("drill", "approve", RUN)

    assert code == 3
    assert f"no process is at work on run {RUN}" in errors
    assert f"`muster drill resume {RUN}`" in errors
    assert terminal.orders() == []


def test_a_mark_for_a_killed_run_is_kept_until_it_is_resumed(terminal: Terminal) -> None:
    with terminal.open_journal(ASKED):
        pass

    code, output, _ = terminal.call("drill", "mark", "on-call paged", RUN)

    assert code == 0
    assert "the mark is journaled when the run is resumed or rolled back" in output
    assert len(terminal.orders()) == 1


def test_a_run_that_is_over_takes_no_mark(terminal: Terminal) -> None:
    with terminal.open_journal(RunClosed(status="met", exit_code=0, why="well")):
        pass

    code, _, errors = terminal.call("drill", "mark", "on-call paged", RUN)

    assert code == 2
    assert f"run {RUN} is over" in errors
    assert not (terminal.run / "orders").exists()


def test_an_answer_that_comes_when_the_time_is_over_is_told_so(terminal: Terminal) -> None:
    with terminal.open_journal(ASKED) as journal:
        terminal.act = lambda: journal.append(StepFailed(step="m3", why="late"))

        code, _, errors = terminal.call("drill", "approve")

    assert code == 1
    assert f"the answer came too late: run {RUN} does not wait for it any more" in errors


def test_a_process_that_hangs_is_waited_for_only_so_long(terminal: Terminal) -> None:
    with terminal.open_journal(WAITS):
        code, _, errors = terminal.call("drill", "mark", "on-call paged")

    assert code == 1
    assert f"run {RUN} has not taken this within {TAKEN_WITHIN_S:.0f} s" in errors


def test_a_process_that_ends_meanwhile_is_told(terminal: Terminal) -> None:
    journal = terminal.open_journal(WAITS)
    terminal.act = journal.close

    code, _, errors = terminal.call("drill", "mark", "on-call paged")

    assert code == 1
    assert f"run {RUN} ended before it took this: it is in no record" in errors


def test_one_of_several_runs_must_be_named(terminal: Terminal) -> None:
    other = "2026-11-21T11-00-00-test"
    with terminal.open_journal(ASKED), terminal.open_journal(ASKED, run=other):
        code, _, errors = terminal.call("drill", "approve")

    assert code == 2
    assert f"several runs are under way, name one: {other}, {RUN}" in errors


@pytest.mark.parametrize("named", [(), (RUN,), ("2026-11-22",)])
@pytest.mark.parametrize("line", [("drill", "approve"), ("drill", "mark", "paged")])
def test_a_drill_on_another_machine_is_told_with_its_person_and_folder(
    terminal: Terminal, line: tuple[str, ...], named: tuple[str, ...]
) -> None:
    terminal.leave_lease("harbour", Path("/home/ann/runs") / RUN)

    code, _, errors = terminal.call(*line, *named)

    assert code == 2
    assert (
        f"The drill that is under way is {RUN} by ann on harbour, in /home/ann/runs/{RUN}:"
        " it takes approvals and marks there"
    ) in errors


@pytest.mark.parametrize("named", [(), (RUN,)])
def test_a_run_in_another_folder_of_this_machine_is_found_by_the_lease(
    terminal: Terminal, named: tuple[str, ...]
) -> None:
    with terminal.open_journal(ASKED) as journal:
        terminal.act = taking(terminal, journal)
        terminal.leave_lease(HOST, terminal.run)

        code, output, errors = terminal.call("--runs", "mine", "drill", "approve", *named)

    assert code == 0, errors
    assert "approved; the drill goes on" in output


def test_another_run_than_the_named_one_is_not_answered(terminal: Terminal) -> None:
    """The lease leads to a run that waits for approval, but the name is of another day."""
    with terminal.open_journal(ASKED):
        terminal.leave_lease(HOST, terminal.run)

        code, _, errors = terminal.call("--runs", "mine", "drill", "approve", "2026-11-22")

    assert code == 2
    assert f"The drill that is under way is {RUN} by ann on {HOST}, in {terminal.run}" in errors
    assert terminal.orders() == []


def test_without_any_drill_that_is_told(terminal: Terminal) -> None:
    code, _, errors = terminal.call("drill", "approve")

    assert code == 2
    assert f"no run in {terminal.folder / '.muster'} is under way" in errors
    assert "lease" not in errors


@pytest.mark.parametrize("words", ["", "  ", "a\nb", "\x1b[31mred", "x" * 201])
def test_a_mark_is_one_printable_line(terminal: Terminal, words: str) -> None:
    with terminal.open_journal(WAITS):
        code, _, errors = terminal.call("drill", "mark", words)

    assert code == 2
    assert "one line of 1 to 200 printable characters" in errors
    assert terminal.orders() == []


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("soon", "or a time of day such as 10:05"),
        ("2099-01-01T00:00:00Z", "is still to come"),
        ("8h", "is before the run began, at "),
        ("25:00", "or a time of day such as 10:05"),
    ],
)
def test_a_mark_is_of_a_moment_of_the_run_so_far(terminal: Terminal, at: str, why: str) -> None:
    with terminal.open_journal(WAITS):
        code, _, errors = terminal.call("drill", "mark", "paged", "--at", at)

    assert code == 2
    assert why in errors
    assert terminal.orders() == []


@pytest.mark.parametrize(("text", "ago_s"), [("0s", 0.0), ("2m", 120.0)])
def test_a_moment_may_be_told_as_how_long_ago(text: str, ago_s: float) -> None:
    assert parse_time(text, 1_763_719_000.0) == 1_763_719_000.0 - ago_s


def test_a_time_of_day_is_the_last_one() -> None:
    now = time.mktime((2026, 11, 21, 10, 5, 0, 0, 0, -1))

    assert parse_time("10:04", now) == now - 60
    assert parse_time("10:04:30", now) == now - 30
    assert parse_time("10:05", now) == now
    assert parse_time("10:06", now) == now - 86400 + 60
