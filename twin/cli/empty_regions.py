"""Ends the processes of Regions in which nothing is deployed, as after a Region's last resource.

A Region's process begins with the first resource there. One that is ended here counts as never
started: the gateway starts it again at the next call that needs it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from twin.cli.progress import Progress
from twin.cli.status_report import fetch_status
from twin.errors import CodecError
from twin.internal_api.schemas import RegionStatus
from twin.runtime import processes, roles
from twin.runtime.folder_removal import discard_folder
from twin.runtime.instance import Instance
from twin.topology.model import Topology
from twin.topology.store import read_topology

APPLIED_WITHIN_S = 5.0
"""Until a Region has put the last Topology in force."""
_POLL_S = 0.1

ReadStatus = Callable[[str], RegionStatus | None]
"""Of a Region's process; None where it does not answer."""


@dataclass(frozen=True, slots=True)
class RegionEnder:
    """Ends single Regions of one twin."""

    instance: Instance
    progress: Progress
    read_status: ReadStatus
    stop: Callable[[str], object]
    """End a role's process."""
    start: Callable[[str], object]
    """Start it again."""

    def end_if_empty(self, region: str) -> bool:
        """End the process and remove its state, unless something is in the Region."""
        role, topology = roles.region_role(region), _read_topology(self.instance)
        if region in topology.regions:
            return False
        written = self._describe_tables(region)
        status = self._read_status_after(region, topology.version)
        if status is None or not holds_nothing(status):
            return False
        self.stop(role)
        if self._describe_tables(region) != written:  # somebody has just made a table
            self.start(role)
            return False
        discard_folder(self.instance.region_state(region))
        roles.run_file_path(self.instance, role).unlink(missing_ok=True)
        self.progress.report(role, "ended: nothing is deployed there")
        return True

    def _read_status_after(self, region: str, version: int) -> RegionStatus | None:
        """With this Topology in force; None for a Region that has not taken it in time."""
        clock = self.progress.clock
        deadline = clock.monotonic() + APPLIED_WITHIN_S
        while (status := self.read_status(region)) is not None:
            if status.topology_version >= version:
                return status
            if clock.monotonic() >= deadline:
                return None
            clock.wait(_POLL_S)
        return None

    def _describe_tables(self, region: str) -> frozenset[tuple[str, int]]:
        """Names and sizes of the files of the tables: each write makes one of them longer."""
        folder = self.instance.region_state(region) / "tables"
        return frozenset(
            (path.name, path.stat().st_size) for path in folder.glob("*") if path.is_file()
        )


def holds_nothing(status: RegionStatus) -> bool:
    """Whether nothing is deployed in the Region that its process would serve."""
    return not (status.load_balancers or status.api_gateway or status.functions or status.tables)


def end_empty_regions(
    instance: Instance, progress: Progress, environ: Mapping[str, str], *, kept: Collection[str]
) -> None:
    """End the process of each Region with nothing in it, but for those that are `kept`."""

    def read_status(region: str) -> RegionStatus | None:
        return fetch_status(instance, roles.region_role(region), RegionStatus)

    clock = progress.clock
    ender = RegionEnder(
        instance,
        progress,
        read_status,
        stop=lambda role: processes.stop_process(instance, role, clock=clock),
        start=lambda role: processes.start_process(instance, role, environ=environ, clock=clock),
    )
    for region in roles.started_regions(instance):
        if region not in kept:
            ender.end_if_empty(region)


def _read_topology(instance: Instance) -> Topology:
    try:
        return read_topology(instance) or Topology()
    except (CodecError, OSError):
        return Topology()
