"""A Region's process without tables: `python -m tests.functional.twin.region.serve_without_tables
REGION`."""

import asyncio
import random
import sys

from aiohttp import web

from common.clock import Clock
from twin.core.faults import Faults
from twin.internal_api.schemas import MetricSample, PeerStatus, TableStatus
from twin.region.process import main
from twin.runtime.daemon import run_daemon
from twin.runtime.instance import Instance
from twin.settings import TwinSettings


class NoTables:
    """A Region that has no table."""

    paused = False

    def add_routes(self, app: web.Application) -> None:
        """Nothing to serve."""

    def table_statuses(self) -> tuple[TableStatus, ...]:
        """None."""
        return ()

    def peer_statuses(self) -> tuple[PeerStatus, ...]:
        """None."""
        return ()

    def take_metrics(self) -> tuple[MetricSample, ...]:
        """None."""
        return ()

    def follow_faults(self, faults: Faults) -> None:
        """Nothing to hold."""

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing to close."""


async def open_no_tables(
    *, instance: Instance, settings: TwinSettings, region: str, clock: Clock, rng: random.Random
) -> NoTables:
    """As Tables.open."""
    del instance, settings, region, clock, rng
    return NoTables()


if __name__ == "__main__":
    sys.exit(run_daemon(main(sys.argv[1], open_no_tables)))
