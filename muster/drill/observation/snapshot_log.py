"""views.jsonl: snapshots of the system every two seconds, for the report's charts.

Not fsynced: the next snapshot follows two seconds later.
"""

from dataclasses import dataclass
from pathlib import Path

from common.clock import Clock
from common.files.jsonl import cut_torn_line
from muster import codec
from muster.drill.observation.probe_window import Observation
from muster.model import SystemView


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSnapshot:
    """One line."""

    at_s: float
    """Monotonic seconds, as in the journal and the samples."""
    at: float
    """Seconds since 1970."""
    view: SystemView
    lag_s: dict[str, float]
    """Largest known replication lag of our own writes, by source Region."""
    error_rate: float | None = None
    lost_writes: int = 0


class SnapshotLog:
    """Appends snapshots to a file, which the first one creates."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._opened = False

    def append(self, observation: Observation, view: SystemView) -> None:
        """Append a snapshot. A full disk costs the chart, not the drill."""
        snapshot = ViewSnapshot(
            at_s=self._clock.monotonic(),
            at=self._clock.now(),
            view=view,
            lag_s=dict(observation.lag_s),
            error_rate=observation.error_rate,
            lost_writes=observation.lost_writes,
        )
        try:
            if not self._opened:
                cut_torn_line(self._path)  # of a killed process
                self._opened = True
            with self._path.open("a") as file:
                file.write(codec.dumps(snapshot) + "\n")
        except OSError:
            return
