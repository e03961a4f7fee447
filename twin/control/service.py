"""Answers AWS calls and keeps the Topology in step with the resources.

A change is saved, then published, then answered. Nothing is published before all saved resources
are restored.

A change of an accelerator is deployed once the edge has it and the propagation delay is over. AWS's
accelerators are IN_PROGRESS while a change propagates, then DEPLOYED; AWS publishes no
duration (https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html). While the
edge does not run they stay IN_PROGRESS.
"""

import asyncio
import logging
import random
from collections.abc import Iterable

from twin.control.access import (
    ControlFacts,
    IdentityPublisher,
    is_accelerator_call,
    make_authorizer,
)
from twin.control.acm.listener_checks import CHECKED_OPERATIONS, check_listener_certificates
from twin.control.deployment_tracker import DeploymentTracker
from twin.control.function_logs import create_group_call
from twin.control.globalaccelerator.call_context import CallContext, HealthByEndpoint
from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.security_groups import (
    Vpc,
    create_security_group_call,
    find_entered_vpcs,
)
from twin.control.globalaccelerator.service import GlobalAccelerator
from twin.control.journal.journaled_services import JournaledServices
from twin.control.own_services import OwnServices
from twin.control.process_client import ProcessClient
from twin.control.surroundings import Surroundings
from twin.control.tokens import TokenService
from twin.control.topology_publisher import TopologyPublisher, build_topology, load_balancers_by_arn
from twin.iam.authorizer import Authorizer
from twin.iam.session_token import TokenIssuer, load_token_key
from twin.internal_api.schemas import ControlStatus, LogEntry
from twin.moto.calls.aws_call import AwsCall, AwsResponse, aws_error_response, make_request_id
from twin.moto.lambda_.code_uploads import CodeUpload, UnusableCode, carries_code, read_code_upload
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import ACCOUNT
from twin.runtime.roles import EDGE, region_role
from twin.topology.model import RegionTopology
from twin.topology.validation import check_topology

log = logging.getLogger(__name__)

REGION_TIMEOUT_S = 1.0
"""How long the answer to a change of a function waits for a Region to put it in force."""


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
        """Restore Global Accelerator, then publish."""
        self._instance = context.instance
        self._clock = context.clock
        self._rng = rng
        self._services = services
        self._publisher = publisher
        self._processes = processes
        self._regions = services.moto.region_topologies()
        self._one_upload = asyncio.Lock()
        """Each takes some hundred megabytes of memory."""
        self._read_regions = self._regions
        """As the call in hand has left them; not published yet."""
        issuer = TokenIssuer(load_token_key(context.instance))
        self._tokens = TokenService(
            account=ACCOUNT,
            root_key=context.instance.access_key,
            issuer=issuer,
            read_directory=services.moto.identities,
            find_policy=services.moto.managed_policy,
            now=context.clock.now,
            random_bytes=rng.randbytes,
            enforced=context.settings.enforce_iam,
        )
        self._facts = ControlFacts(services.moto)
        self._authorizer: Authorizer | None = None
        self._identities: IdentityPublisher | None = None
        if context.settings.enforce_iam:
            self._authorizer = make_authorizer(context, self._facts, issuer)
            self._identities = IdentityPublisher(context.instance, services.moto.identities)
            self._identities.publish()
        self._accelerators = GlobalAccelerator(
            context.instance.state_dir / "control" / "globalaccelerator.json",
            make_context=self._make_call_context,
            fetch_health=processes.fetch_endpoint_health,
            on_change=self._publish_accelerators,
        )
        self.deployments = DeploymentTracker(
            publisher,
            context.clock,
            role=EDGE,
            delay_s=context.settings.scaled(context.settings.propagation_s),
            finish=self._accelerators.mark_deployed,
        )
        self._facts.accelerators = self._accelerators.state
        self.own_services = OwnServices(
            Surroundings(
                instance=context.instance,
                settings=context.settings,
                clock=context.clock,
                rng=rng,
                publisher=publisher,
                route53_process=processes,
                find_alarm=lambda alarm: services.moto.alarms.find(alarm.region, alarm.name),
                publish=self._publish_own_services,
            )
        )
        self._facts.own_services = self.own_services
        version = self._publish(self._accelerators.state)
        self.own_services.track_pending(version)
        for accelerator in self._accelerators.state.accelerators:
            if accelerator.status == "IN_PROGRESS":
                self.deployments.track(accelerator.arn, version)

    async def answer(self, call: AwsCall, signed: AwsCall | None = None) -> AwsResponse:
        """Answer one AWS call; `signed` is the call as received, if that is another one."""
        if self._authorizer is not None:
            refusal = self._authorizer.check(call, signed or call)
            if refusal is not None:
                return refusal
        return await self._answer_permitted(call)

    async def _answer_permitted(self, call: AwsCall) -> AwsResponse:
        if is_accelerator_call(call):
            return await self._answer_accelerator_call(call)
        if self.own_services.serves(call):
            return await self.own_services.handle(call)
        if call.service == "sts":
            return self._services.moto.reject(call) or self._answer_token_call(call)
        return await self._answer_moto_call(call)

    async def _answer_accelerator_call(self, call: AwsCall) -> AwsResponse:
        target = call.headers.get("x-amz-target", "")
        status, body = await self._accelerators.handle(call.region, target, call.body)
        headers = (
            ("Content-Type", "application/x-amz-json-1.1"),
            ("x-amzn-RequestId", make_request_id(call)),
        )
        return AwsResponse(status=status, headers=headers, body=body)

    async def _answer_moto_call(self, call: AwsCall) -> AwsResponse:
        if call.operation == "DescribeTargetHealth" and call.region:
            rejection = self._services.moto.reject(call)
            if rejection is not None:
                return rejection
            targets = await self._processes.fetch_targets(call.region)
            self._services.moto.target_reports.put(call.region, targets)
        if (refusal := self._check_listener(call)) is not None:
            return refusal
        upload = await self._read_upload(call) if carries_code(call) else CodeUpload(call)
        if isinstance(upload, AwsResponse):
            return upload
        response = self._services.handle(call, self._find_topology_problem, upload)
        if call.changes_state and response.succeeded:
            self._regions = self._read_regions
            version = self._publish(self._accelerators.state)
            if self._identities is not None:
                self._identities.publish()
            if call.service == "lambda" and call.region:
                # So that a function can be invoked as soon as GetFunction says Active.
                role = region_role(call.region)
                await self._publisher.wait_for_role(role, version, REGION_TIMEOUT_S)
        return response

    async def _read_upload(self, call: AwsCall) -> CodeUpload | AwsResponse:
        """Check the call and its zip; other calls are answered meanwhile."""

        def read() -> CodeUpload | AwsResponse:
            return self._services.moto.reject(call) or read_code_upload(call)

        try:
            async with self._one_upload:
                return await asyncio.to_thread(read)
        except UnusableCode as exc:
            return aws_error_response(call, 400, "InvalidParameterValueException", str(exc))

    def _check_listener(self, call: AwsCall) -> AwsResponse | None:
        """The error response to a call that gives a listener a certificate that it can't have."""
        if call.service != "elasticloadbalancing" or call.operation not in CHECKED_OPERATIONS:
            return None
        rejection = self._services.moto.reject(call)
        if rejection is not None:
            return rejection
        _, parameters = self._services.moto.read_parameters(call)
        problem = check_listener_certificates(
            self.own_services.certificates.state, call.region or "", parameters
        )
        return None if problem is None else aws_error_response(call, 400, *problem)

    def _answer_token_call(self, call: AwsCall) -> AwsResponse:
        operation, parameters = self._services.moto.read_parameters(call)
        return self._tokens.answer(call, operation, parameters)

    def deliver_logs(self, region: str, entries: Iterable[LogEntry]) -> None:
        """Hand what data planes wrote to CloudWatch Logs."""
        entries, logs = tuple(entries), self._services.moto.logs
        functions = self._regions.get(region, RegionTopology()).functions
        names = {function.name for function in functions}
        for group in {entry.group for entry in entries if entry.function in names}:
            if not logs.has_group(region, group):
                response = self._services.handle(create_group_call(region, group), lambda: None)
                if not response.succeeded:
                    log.warning("the log group %s can't be made: %s", group, response.body)
        logs.deliver(region, entries)

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

    def _find_topology_problem(self) -> str | None:
        """Why edge or Regions could not use the Topology of the present resources, if so."""
        try:
            regions = self._read_regions = self._services.moto.region_topologies()
            if regions != self._regions:
                state = self._accelerators.state
                check_topology(build_topology(ACCOUNT, regions, state, self._instance.static_ips))
        except Exception as exc:  # noqa: BLE001 - moto's resources may lack anything
            log.warning("The resources make no usable Topology: %s: %s", type(exc).__name__, exc)
            return f"The twin can't serve this resource: {exc}"
        return None

    def _publish_accelerators(self, before: ServiceState, after: ServiceState) -> None:
        """Publish a saved change, and track its deployment."""
        self._facts.accelerators = after
        self._make_security_groups(before, after)
        version = self._publish(after)
        old = {accelerator.arn: accelerator for accelerator in before.accelerators}
        for accelerator in after.accelerators:
            unchanged = old.pop(accelerator.arn, None) == accelerator
            if accelerator.status == "IN_PROGRESS" and not unchanged:
                self.deployments.track(accelerator.arn, version)
        for deleted in old:
            self.deployments.forget(deleted)

    def _make_security_groups(self, before: ServiceState, after: ServiceState) -> None:
        """Make the accelerators' group in each VPC that they have just entered."""
        found = self._services.moto.load_balancer_vpcs()
        vpcs = {arn: Vpc(region, vpc_id) for arn, (region, vpc_id) in found.items()}
        for vpc in sorted(find_entered_vpcs(after, vpcs) - find_entered_vpcs(before, vpcs)):
            response = self._services.handle(create_security_group_call(vpc), lambda: None)
            if not response.succeeded and b"InvalidGroup.Duplicate" not in response.body:
                log.warning("the group of %s can't be made: %s", vpc.vpc_id, response.body)

    def _publish_own_services(self) -> int:
        return self._publish(self._accelerators.state)

    def _publish(self, accelerators: ServiceState) -> int:
        content = self.own_services.add_to_topology(
            build_topology(ACCOUNT, self._regions, accelerators, self._instance.static_ips)
        )
        return self._publisher.publish(content, self._services.moto.code_archives())
