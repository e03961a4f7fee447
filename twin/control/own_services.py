"""The services that control serves by itself, each with a state of its own, instead of moto.

Global Accelerator is not among them: its API is asynchronous in another way (service.py).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from common.aws import US_EAST_1
from twin.control.acm.service import CertificateManager
from twin.control.acm.usage import add_certificates
from twin.control.apigateway.domain_rules import CertificateFacts
from twin.control.apigateway.publication import add_api_gateways
from twin.control.apigateway.service import ApiGateway
from twin.control.apigateway.tags import find_gateway_tags
from twin.control.document_service import CallContext, DocumentService
from twin.control.route53.service import Route53, build_route53_topology
from twin.control.route53.tags import find_tags
from twin.control.surroundings import Surroundings
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.calls.request_parser import service_key
from twin.runtime.https_port import find_https_port
from twin.runtime.instance import ACCOUNT
from twin.topology.model import Topology


class OwnServices:
    """All of them, by service key (twin.moto.calls.request_parser)."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Restore their states."""
        self._surroundings = surroundings
        self.certificates = CertificateManager(
            instance=surroundings.instance,
            settings=surroundings.settings,
            clock=surroundings.clock,
            topology=lambda: surroundings.publisher.current,
            make_context=self._make_context,
            on_change=self._publish,
        )
        self.api_gateway = ApiGateway(
            instance=surroundings.instance,
            find_certificate=self._find_certificate,
            make_context=self._make_context,
            on_change=self._publish,
        )
        self._https_port = find_https_port(surroundings.instance.api_gateway_address(US_EAST_1))
        self.route53 = Route53(surroundings, self._make_context)
        self._services: dict[str, DocumentService[Any]] = {
            "acm": self.certificates.service,
            "apigateway": self.api_gateway.rest_apis,
            "apigatewayv2": self.api_gateway.http_apis,
            "route53": self.route53.service,
        }

    def serves(self, call: AwsCall) -> bool:
        return service_key(call) in self._services

    async def handle(self, call: AwsCall) -> AwsResponse:
        """Answer a call of one of the services."""
        return await self._services[service_key(call)].handle(call)

    def add_to_topology(self, topology: Topology) -> Topology:
        """The Topology with what these services publish."""
        route53 = build_route53_topology(self.route53.service.state)
        with_gateways = add_api_gateways(
            replace(topology, route53=route53),
            self.api_gateway.state,
            address=self._surroundings.instance.api_gateway_address,
            port=self._https_port,
        )
        return add_certificates(with_gateways, self.certificates.state)

    def states(self) -> tuple[object, ...]:
        """Of all services, each immutable."""
        return tuple(service.state for service in self._services.values())

    def resource_tags(self, arn: str) -> Mapping[str, str] | None:
        """The tags of a resource of these services; None for any other one."""
        certificate = self.certificates.state.find(arn)
        if certificate is not None:
            return certificate.tags
        tags = find_gateway_tags(self.api_gateway.state, arn)
        return find_tags(self.route53.service.state, arn) if tags is None else tags

    def track_pending(self, version: int) -> None:
        """Go on with what an earlier process has begun; this Topology version carries it."""
        self.route53.track_pending(version)

    async def run(self) -> None:
        """What these services do without calls, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.certificates.lifecycle.run(), name="certificates")
            tasks.create_task(self.route53.propagation.run(), name="changes of Route 53")

    def _publish(self) -> None:
        self._surroundings.publish()

    def _find_certificate(self, arn: str) -> CertificateFacts | None:
        record = self.certificates.state.find(arn)
        if record is None:
            return None
        return CertificateFacts(names=record.names, is_issued=record.status == "ISSUED")

    def _make_context(self, call: AwsCall) -> CallContext:
        return CallContext(
            account=ACCOUNT,
            region=call.region or US_EAST_1,
            now=self._surroundings.clock.now(),
            rng=self._surroundings.rng,
        )
