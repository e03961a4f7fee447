"""One Region's tables alone in a process, for the tests: python -m ...serve REGION."""

import asyncio
import random
import sys

from aiohttp import web

from twin import codec, daemon
from twin.messages import RegionStatus
from twin.region.tables import MAX_BODY, Tables
from twin.web import serving


async def main(context: daemon.Context) -> None:
    region = sys.argv[1]
    tables = await Tables.open(
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

    app = web.Application(client_max_size=MAX_BODY)
    tables.add_routes(app)
    app.router.add_get("/_twin/status", status)
    async with serving(app, context.instance.region(region)), asyncio.TaskGroup() as group:
        running = group.create_task(tables.run())
        await context.stop.wait()
        running.cancel()
    await tables.close()


if __name__ == "__main__":
    sys.exit(daemon.run(main))
