"""Answers AWS calls and keeps the Topology in step with the resources.

A change is saved, then published, then answered. Nothing is published before all saved resources
are restored.
"""

import random

from twin.control.deployments import DeploymentTracker
from twin.control.globalaccelerator.call_context import CallContext, HealthByEndpoint
from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.service import GlobalAccelerator
from twin.control.journaled_services import JournaledServices
from twin.control.process_client import ProcessClient
from twin.control.topology_builder import build_topology, load_balancers_by_arn
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.schemas import ControlStatus
from twin.moto.aws_call import AwsCall, AwsResponse
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT


class ControlService:
    """Global Accelerator, moto's services, and the Topology that they make up."""

    def __init__(
        self,
        context: DaemonContext,
        services: JournaledServices,
        publisher: TopologyPublisher,
        processes: ProcessClient,
        rng: random.Random,
    ) -> None:
        """Restore Global Accelerator, then publish. Raises StateCorrupt."""
        self._instance = context.instance
        self._clock = context.clock
        self._rng = rng
        self._services = services
        self._publisher = publisher
        self._processes = processes
        self._regions = services.moto.region_topologies()
        self._accelerators = GlobalAccelerator(
            context.instance.state_dir / "control" / "globalaccelerator.json",
            make_context=self._make_call_context,
            fetch_health=processes.fetch_endpoint_health,
            on_change=self._publish_accelerators,
        )
        self.deployments = DeploymentTracker(
            publisher,
            context.clock,
            context.settings.scaled(context.settings.propagation_s),
            self._accelerators.mark_deployed,
        )
        version = self._publish(self._accelerators.state)
        for accelerator in self._accelerators.state.accelerators:
            if accelerator.status == "IN_PROGRESS":
                self.deployments.track(accelerator.arn, version)

    async def answer(self, call: AwsCall) -> AwsResponse:
        """Answer one AWS call."""
        target = call.headers.get("x-amz-target", "")
        if call.service == "globalaccelerator" or target.startswith("GlobalAccelerator"):
            status, body = await self._accelerators.handle(call.region, target, call.body)
            content_type = ("Content-Type", "application/x-amz-json-1.1")
            return AwsResponse(status=status, headers=(content_type,), body=body)
        if call.operation == "DescribeTargetHealth" and call.region:
            targets = await self._processes.fetch_targets(call.region)
            self._services.moto.target_reports.put(call.region, targets)
        response = self._services.handle(call)
        if call.changes_state and response.succeeded:
            self._regions = self._services.moto.region_topologies()
            self._publish(self._accelerators.state)
        return response

    def status(self) -> ControlStatus:
        return ControlStatus(
            topology_version=self._publisher.current.version,
            acknowledged=dict(self._publisher.acknowledged),
            journal_entries=self._services.journaled_calls,
        )

    def _make_call_context(self, health: HealthByEndpoint) -> CallContext:
        return CallContext(
            account=ACCOUNT,
            now=self._clock.now(),
            rng=self._rng,
            static_ips=self._instance.static_ips,
            load_balancers=load_balancers_by_arn(self._regions),
            health=health,
        )

    def _publish_accelerators(self, before: ServiceState, after: ServiceState) -> None:
        """Publish a saved change, and track its deployment."""
        version = self._publish(after)
        old = {accelerator.arn: accelerator for accelerator in before.accelerators}
        for accelerator in after.accelerators:
            unchanged = old.pop(accelerator.arn, None) == accelerator
            if accelerator.status == "IN_PROGRESS" and not unchanged:
                self.deployments.track(accelerator.arn, version)
        for deleted in old:
            self.deployments.forget(deleted)

    def _publish(self, accelerators: ServiceState) -> int:
        content = build_topology(ACCOUNT, self._regions, accelerators, self._instance.static_ips)
        return self._publisher.publish(content, self._services.moto.code_archives())
