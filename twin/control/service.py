"""Control as a whole: resources, their Topology, and the order in which things happen.

A change is saved, then published, then answered. Nothing is published before everything that was
there is restored.
"""

import random

from twin.control.deployments import DeploymentTracker
from twin.control.globalaccelerator.model import GlobalAcceleratorState
from twin.control.globalaccelerator.service import GlobalAccelerator
from twin.control.globalaccelerator.validation import LoadBalancers
from twin.control.journaled_engine import JournaledEngine
from twin.control.process_client import ProcessClient
from twin.control.topology_builder import KnownLoadBalancers, build_topology
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.schemas import ControlStatus
from twin.moto.aws_call import AwsCall, AwsResponse
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT


class ControlService:
    """Answers AWS calls and keeps the Topology in step; publishes once at its start."""

    account = ACCOUNT

    def __init__(
        self,
        context: DaemonContext,
        planes: JournaledEngine,
        publisher: TopologyPublisher,
        peers: ProcessClient,
        rng: random.Random,
    ) -> None:
        """Restore Global Accelerator, then publish. Raises StateCorrupt."""
        self._instance = context.instance
        self._planes = planes
        self._publisher = publisher
        self._peers = peers
        self._accelerators = GlobalAccelerator(
            context.instance.state_dir / "control" / "globalaccelerator.json",
            self,
            peers.endpoint_health,
            context.clock,
            rng,
        )
        self.deployments = DeploymentTracker(
            publisher,
            context.clock,
            context.settings.scaled(context.settings.propagation_s),
            self._accelerators.settle,
        )
        self._regions = planes.engine.region_topologies()
        version = self._publish(self._accelerators.state)
        for accelerator in self._accelerators.state.accelerators:
            if accelerator.status == "IN_PROGRESS":
                self.deployments.changed(accelerator.arn, version)

    async def answer(self, call: AwsCall) -> AwsResponse:
        """Answer one AWS call."""
        target = call.headers.get("x-amz-target", "")
        if call.service == "globalaccelerator" or target.startswith("GlobalAccelerator"):
            status, body = await self._accelerators.handle(call.region, target, call.body)
            kind = ("Content-Type", "application/x-amz-json-1.1")
            return AwsResponse(status=status, headers=(kind,), body=body)
        if call.operation == "DescribeTargetHealth" and call.region:
            targets = await self._peers.targets(call.region)
            self._planes.engine.target_reports.put(call.region, targets)
        answer = self._planes.handle(call)
        if call.changes_state and answer.succeeded:
            self._regions = self._planes.engine.region_topologies()
            self._publish(self._accelerators.state)
        return answer

    def status(self) -> ControlStatus:
        """How control is."""
        return ControlStatus(
            topology_version=self._publisher.current.version,
            acknowledged=dict(self._publisher.acknowledged),
            journal_entries=self._planes.calls,
        )

    # -- what Global Accelerator asks (its World)

    def static_ips(self, ordinal: int) -> tuple[str, str]:
        """The addresses of accelerator number `ordinal`."""
        return self._instance.static_ips(ordinal)

    def load_balancers(self) -> LoadBalancers:
        """The load balancers that exist now."""
        return KnownLoadBalancers(self._regions)

    def changed(self, before: GlobalAcceleratorState, after: GlobalAcceleratorState) -> None:
        """Publish, and watch what changed until the edge has it."""
        version = self._publish(after)
        old = {accelerator.arn: accelerator for accelerator in before.accelerators}
        for accelerator in after.accelerators:
            unchanged = old.pop(accelerator.arn, None) == accelerator
            if accelerator.status == "IN_PROGRESS" and not unchanged:
                self.deployments.changed(accelerator.arn, version)
        for gone in old:
            self.deployments.forget(gone)

    def _publish(self, accelerators: GlobalAcceleratorState) -> int:
        content = build_topology(
            self.account, self._regions, accelerators, self._instance.static_ips
        )
        return self._publisher.publish(content, self._planes.engine.code_archives())
