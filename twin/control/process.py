"""The control process: restore, then serve, until told to stop."""

import asyncio
import random

import aiohttp

from twin.control import journaled_engine
from twin.control.call_journal import open_call_journal
from twin.control.http_api import build_application
from twin.control.metrics.alarm_evaluator import AlarmEvaluator
from twin.control.metrics.collector import MetricsCollector
from twin.control.process_client import ProcessClient
from twin.control.region_starter import RegionStarter
from twin.control.service import ControlService
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.server import serving
from twin.runtime import roles
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT


async def main(context: DaemonContext) -> None:
    """Run control. Raises StateCorrupt when its state can't be read back."""
    instance = context.instance
    with open_call_journal(journaled_engine.journal_path(instance), context.clock.now()) as log:
        planes = journaled_engine.restore_engine(
            log,
            account=ACCOUNT,
            addresses=instance.load_balancer_address,
            clock=context.clock,
            speed=context.settings.speed,
            give_up=context.stop.set,
        )
        async with aiohttp.ClientSession() as session:
            await _serve(context, planes, ProcessClient(instance, session))


async def _serve(
    context: DaemonContext, planes: journaled_engine.JournaledEngine, peers: ProcessClient
) -> None:
    publisher = TopologyPublisher(context.instance)
    control = ControlService(context, planes, publisher, peers, random.SystemRandom())
    starter = RegionStarter(context.instance, publisher, peers, context.clock)
    engine, clock = planes.engine, context.clock
    collector = MetricsCollector(
        peers,
        regions=lambda: roles.started_regions(context.instance),
        store=engine.metrics.for_region,
        clock=clock,
    )
    alarms = AlarmEvaluator(engine.alarms, engine.metrics.for_region, clock, context.settings.speed)
    async with (
        serving(build_application(control, publisher), context.instance.control_address),
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
