"""The control process: restore the resources, then serve until a signal stops it."""

import asyncio
import random
from functools import partial

import aiohttp

from common.files.atomic_file import remove_abandoned_drafts
from twin.control.http_api import build_application
from twin.control.journal.call_journal import open_call_journal
from twin.control.journal.checkpoint import checkpoint_path, find_born
from twin.control.journal.journaled_services import JournaledServices, restore_services
from twin.control.metrics.alarm_evaluator import AlarmEvaluator
from twin.control.metrics.collector import MetricsCollector
from twin.control.metrics.metric_checks import MetricChecks
from twin.control.process_client import ProcessClient, RegionStarter
from twin.control.service import ControlService
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.connector import own_user_connector
from twin.internal_api.server import serving
from twin.runtime import roles
from twin.runtime.daemon import DaemonContext
from twin.runtime.damaged_state import list_state_files
from twin.runtime.instance import ACCOUNT


async def main(context: DaemonContext) -> None:
    """Run control until the context's stop event is set."""
    instance = context.instance
    journal_path = instance.state_dir / "control" / "journal"
    checkpoint = checkpoint_path(journal_path)
    remove_abandoned_drafts(list_state_files(instance.state_dir))
    with open_call_journal(
        journal_path, context.clock.now(), partial(find_born, checkpoint)
    ) as journal:
        services = restore_services(
            journal,
            account=ACCOUNT,
            addresses=instance.load_balancer_address,
            clock=context.clock,
            speed=context.settings.speed,
        )
        async with aiohttp.ClientSession(connector=own_user_connector()) as session:
            await _serve(context, services, ProcessClient(instance, session, context.clock))
        services.write_checkpoint()


async def _serve(
    context: DaemonContext, services: JournaledServices, processes: ProcessClient
) -> None:
    instance, clock, moto = context.instance, context.clock, services.moto
    publisher = TopologyPublisher(instance)
    control = ControlService(context, services, publisher, processes, random.SystemRandom())
    starter = RegionStarter(instance, publisher, processes.start_region, clock)
    collector = MetricsCollector(
        processes,
        regions=lambda: roles.started_regions(instance),
        store=moto.metrics.for_region,
        deliver_logs=control.deliver_logs,
        clock=clock,
    )
    alarms = AlarmEvaluator(moto.alarms, moto.metrics.for_region, clock, context.settings.speed)
    metric_checks = MetricChecks(moto.alarms, lambda: publisher.current.route53.health_checks)
    check_metrics = AlarmEvaluator(
        metric_checks, moto.metrics.for_region, clock, context.settings.speed
    )
    async with (
        serving(
            build_application(control, publisher, metric_checks),
            instance.control_address,
            auto_decompress=False,
        ),
        asyncio.TaskGroup() as tasks,
    ):
        background = [
            tasks.create_task(control.deployments.run(), name="deployments"),
            tasks.create_task(starter.run(), name="region starter"),
            tasks.create_task(collector.run(), name="metrics"),
            tasks.create_task(alarms.run(), name="alarms"),
            tasks.create_task(check_metrics.run(), name="metrics of health checks"),
            tasks.create_task(control.own_services.run(), name="own services"),
        ]
        await context.stop.wait()
        publisher.close()
        for task in background:
            task.cancel()
