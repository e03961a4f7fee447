"""A process with the tables of one Region only: python -m ...serve_tables REGION."""

import asyncio
import random
import sys

from aiohttp import web

from twin import codec
from twin.faults.watch import FaultWatcher
from twin.internal_api.schemas import MetricsReport, RegionStatus
from twin.internal_api.server import json_response, serving
from twin.region.process import MAX_BODY_BYTES
from twin.region.tables.region_tables import RegionTables
from twin.runtime.daemon import DaemonContext, run_daemon


async def main(context: DaemonContext) -> None:
    region = sys.argv[1]
    tables = await RegionTables.open(
        instance=context.instance,
        settings=context.settings,
        region=region,
        clock=context.clock,
        rng=random.Random(),
    )

    async def status(_request: web.Request) -> web.Response:
        return web.Response(
            text=codec.dumps(
                RegionStatus(
                    region=region,
                    topology_version=0,
                    tables=tables.table_statuses(),
                    peers=tables.peer_statuses(),
                    replication_paused=tables.paused,
                )
            )
        )

    async def metrics(_request: web.Request) -> web.Response:
        return json_response(MetricsReport(samples=tuple(tables.take_metrics())))

    feed = FaultWatcher(context.instance, context.clock, tables.apply_faults)
    feed.look()
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    feed.add_routes(app)
    tables.add_routes(app)
    app.router.add_get("/_twin/status", status)
    app.router.add_post("/_twin/metrics", metrics)
    async with serving(app, context.instance.region_address(region)), asyncio.TaskGroup() as group:
        running = [group.create_task(tables.run()), group.create_task(feed.run())]
        await context.stop.wait()
        for task in running:
            task.cancel()
    await tables.close()


if __name__ == "__main__":
    sys.exit(run_daemon(main))
