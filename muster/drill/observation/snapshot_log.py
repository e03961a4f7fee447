"""views.jsonl: the system every two seconds, for the report's charts.

Decides the form of a line: times, the view, and what the probes saw just then. Not fsynced: it is
told again two seconds later.
"""

from dataclasses import dataclass
from pathlib import Path

from common.clock import Clock
from common.jsonl import cut_torn_line
from muster import codec
from muster.drill.observation.probe_window import Observation
from muster.model import SystemView


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSnapshot:
    """One line of views.jsonl."""

    at_s: float
    """Monotonic seconds: one axis with the journal and the samples."""
    at: float
    """Seconds since 1970."""
    view: SystemView
    lag_s: dict[str, float]
    """Replication lag by our own writes, by the Region that they leave."""
    error_rate: float | None = None
    lost_writes: int = 0


class SnapshotLog:
    """Appends views to a file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """The file is made with the first view."""
        self._path = path
        self._clock = clock
        self._begun = False

    def put(self, observation: Observation, view: SystemView) -> None:
        """Append one; a disk that is full costs the chart, and not the drill."""
        line = ViewSnapshot(
            at_s=self._clock.monotonic(),
            at=self._clock.now(),
            view=view,
            lag_s=dict(observation.lag_s),
            error_rate=observation.error_rate,
            lost_writes=observation.lost_writes,
        )
        try:
            if not self._begun:
                cut_torn_line(self._path)  # an earlier process may have died in the midst of a line
                self._begun = True
            with self._path.open("a") as file:
                file.write(codec.dumps(line) + "\n")
        except OSError:
            return
