"""The control process: restore, then serve, until told to stop."""

import asyncio
import random

import aiohttp

from twin.control import control_planes, journal, web
from twin.control.control import Control
from twin.control.peers import Peers
from twin.control.publisher import Publisher
from twin.control.region_starter import RegionStarter
from twin.daemon import Context
from twin.instance import ACCOUNT
from twin.web import serving


async def main(context: Context) -> None:
    """Run control. Raises StateCorrupt when its state can't be read back."""
    instance = context.instance
    with journal.open_journal(control_planes.journal_path(instance), context.clock.now()) as log:
        planes = control_planes.restore(
            log,
            account=ACCOUNT,
            addresses=instance.load_balancer_address,
            clock=context.clock,
            give_up=context.stop.set,
        )
        async with aiohttp.ClientSession() as session:
            await _serve(context, planes, Peers(instance, session))


async def _serve(context: Context, planes: control_planes.ControlPlanes, peers: Peers) -> None:
    publisher = Publisher(context.instance)
    control = Control(context, planes, publisher, peers, random.SystemRandom())
    starter = RegionStarter(context.instance, publisher, peers, context.clock)
    async with (
        serving(web.application(control, publisher), context.instance.control),
        asyncio.TaskGroup() as tasks,
    ):
        background = [
            tasks.create_task(control.deployments.run(), name="deployments"),
            tasks.create_task(starter.run(), name="region starter"),
        ]
        await context.stop.wait()
        publisher.close()
        for task in background:
            task.cancel()
