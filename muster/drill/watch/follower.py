"""Follows the files of a run while another process writes them. Changes nothing.

The journal tells what happened, samples and sightings what users saw, views how the system is. A
file that is damaged or not there costs what it would have shown; the journal must be readable.
"""

from common.files.jsonl import read_last_line
from muster import codec
from muster.drill.journal.events import JournalLine
from muster.drill.journal.journal_file import read_journal
from muster.drill.journal.run_folders import SIGHTINGS_FILE, VIEWS_FILE, RunFolder
from muster.drill.journal.run_state import RunState, fold_journal
from muster.drill.observation.probe_window import Observation, ProbeWindow
from muster.drill.observation.snapshot_log import ViewSnapshot
from muster.errors import InvalidDocument, InvalidJournal, InvalidProbeRecord
from muster.model import SystemView
from muster.probe import RecordTail


class RunFollower:
    """One reader of a run."""

    def __init__(self, folder: RunFolder) -> None:
        """Raises InvalidJournal."""
        self.folder = folder
        self.problem = ""
        """What can't be read of the probes any more, in words."""
        self._shown = 0
        self._lines: tuple[JournalLine, ...] = ()
        self._state = self._fold()
        plan = self._state.plan
        self._window = ProbeWindow(plan.regions, plan.door)
        self._tails: dict[str, RecordTail] = {}
        self._view: SystemView | None = None

    @property
    def state(self) -> RunState:
        """As of the last `read_lines`."""
        return self._state

    @property
    def last_s(self) -> float:
        """Time of the newest line; monotonic seconds."""
        return self._lines[-1].at_s

    def _fold(self) -> RunState:
        self._lines = read_journal(self.folder.journal)
        try:
            return fold_journal(self._lines)
        except ValueError as exc:
            raise InvalidJournal(self.folder.journal, 1, str(exc)) from exc

    def read_lines(self) -> tuple[JournalLine, ...]:
        """The journal's lines since the last call; first all of them. Raises InvalidJournal."""
        self._state = self._fold()
        new = self._lines[self._shown :]
        self._shown = len(self._lines)
        return new

    def observe(self, now_s: float) -> tuple[Observation, SystemView | None]:
        """What the probes saw in the last seconds, and the system's last known state.

        `now_s` is monotonic: samples have the times of this machine's boot.
        """
        self._read_probes()
        self._read_view()
        return self._window.observe(now_s), self._view

    def _read_probes(self) -> None:
        for path in (*self.folder.samples(), self.folder.path / SIGHTINGS_FILE):
            tail = self._tails.setdefault(path.name, RecordTail(path))
            try:
                while not self.problem and (records := tail.read()):
                    self._window.add(records)
            except (InvalidProbeRecord, OSError) as exc:
                self.problem = f"the probes can't be read any more: {exc}"

    def _read_view(self) -> None:
        try:
            line = read_last_line(self.folder.path / VIEWS_FILE)
            if line is not None:
                self._view = codec.loads(ViewSnapshot, line).view
        except (InvalidDocument, OSError):
            self._view = None  # unknown
