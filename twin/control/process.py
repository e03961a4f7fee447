"""The control process: restore, then serve, until told to stop."""

import asyncio
import random

import aiohttp

from twin import roles
from twin.control import control_planes, journal, web
from twin.control.control import Control
from twin.control.metrics.collector import Collector
from twin.control.metrics.evaluator import Evaluator
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
            speed=context.settings.speed,
            give_up=context.stop.set,
        )
        async with aiohttp.ClientSession() as session:
            await _serve(context, planes, Peers(instance, session))


async def _serve(context: Context, planes: control_planes.ControlPlanes, peers: Peers) -> None:
    publisher = Publisher(context.instance)
    control = Control(context, planes, publisher, peers, random.SystemRandom())
    starter = RegionStarter(context.instance, publisher, peers, context.clock)
    engine, clock = planes.engine, context.clock
    collector = Collector(
        peers,
        regions=lambda: roles.started_regions(context.instance),
        store=engine.metrics,
        clock=clock,
    )
    alarms = Evaluator(engine, clock, context.settings.speed)
    async with (
        serving(web.application(control, publisher), context.instance.control),
        asyncio.TaskGroup() as tasks,
    ):
        background = [
            tasks.create_task(control.deployments.run(), name="deployments"),
            tasks.create_task(starter.run(), name="region starter"),
            tasks.create_task(collector.run(), name="metrics"),
            tasks.create_task(alarms.run(), name="alarms"),
        ]
        await context.stop.wait()
        publisher.close()
        for task in background:
            task.cancel()
