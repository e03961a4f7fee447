"""Calls of API Gateway's operations without a process."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from twin.control.apigateway.domain_rules import CertificateFacts
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.publication import add_api_gateways
from twin.control.apigateway.service import http_operations, rest_operations
from twin.control.document_service import CallContext, CallRefused, Operation
from twin.topology.apigateway import Api, ApiGatewayTopology, Stage
from twin.topology.model import Topology

ACCOUNT = "123456789012"
REGION = "eu-central-1"
NOW = 1_800_000_000.0
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:kv:live"
INVOCATIONS = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
PENDING = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/2"
LOG_GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/api"
CERTIFICATES = {
    CERTIFICATE: CertificateFacts(names=("api.muster.test", "*.muster.test"), is_issued=True),
    PENDING: CertificateFacts(names=("*.muster.test",), is_issued=False),
}


class Gateway:
    """The operations on a state of their own."""

    def __init__(self) -> None:
        self.state = ApiGatewayState()
        self.now = NOW
        self.region = REGION
        self._rng = random.Random(1)
        self._http: Mapping[str, Operation[ApiGatewayState]] = http_operations(CERTIFICATES.get)

        self._rest: Mapping[str, Operation[ApiGatewayState]] = rest_operations(CERTIFICATES.get)

    def http(self, operation: str, /, **parameters: object) -> dict[str, Any]:
        """A call of the API `apigatewayv2`. Raises CallRefused."""
        self.state, result = self._http[operation](self.state, self.context(), parameters)
        return dict(result)

    def rest(self, operation: str, /, **parameters: object) -> dict[str, Any]:
        """A call of the API `apigateway`. Raises CallRefused."""
        self.state, result = self._rest[operation](self.state, self.context(), parameters)
        return dict(result)

    def context(self) -> CallContext:
        return CallContext(account=ACCOUNT, region=self.region, now=self.now, rng=self._rng)

    def refused(self, operation: str, /, **parameters: object) -> CallRefused:
        """The refusal of a call that changes nothing."""
        before = self.state
        with pytest.raises(CallRefused) as caught:
            self.http(operation, **parameters)
        assert self.state == before
        return caught.value

    def rest_refused(self, operation: str, /, **parameters: object) -> CallRefused:
        """The refusal of a call of the API `apigateway`, which changes nothing."""
        before = self.state
        with pytest.raises(CallRefused) as caught:
            self.rest(operation, **parameters)
        assert self.state == before
        return caught.value

    # -- REST APIs

    def rest_api(self, **parameters: object) -> dict[str, Any]:
        given = {"name": "kv", "endpointConfiguration": {"types": ["REGIONAL"]}, **parameters}
        return self.rest("CreateRestApi", **given)

    def resource(self, api: str, parent: str, part: str) -> str:
        """A resource; its id."""
        made = self.rest("CreateResource", restApiId=api, parentId=parent, pathPart=part)
        return str(made["id"])

    def method(self, api: str, resource: str, name: str = "GET", **integration: object) -> None:
        """A method with an integration: with the function, unless others are given."""
        where = {"restApiId": api, "resourceId": resource, "httpMethod": name}
        self.rest("PutMethod", **where, authorizationType="NONE")
        given = {
            "type": "AWS_PROXY",
            "integrationHttpMethod": "POST",
            "uri": INVOCATIONS,
            **integration,
        }
        self.rest("PutIntegration", **where, **given)

    def deployed_rest_api(self) -> tuple[str, str]:
        """An API with `GET /` in its stage `live`; its id, and that of its root."""
        made = self.rest_api()
        api, root = str(made["id"]), str(made["rootResourceId"])
        self.method(api, root)
        self.rest("CreateDeployment", restApiId=api, stageName="live")
        return api, root

    def patch(
        self,
        operation: str,
        path: str,
        value: str | None = None,
        /,
        op: str = "replace",
        **where: object,
    ) -> dict[str, Any]:
        """A call with one patch operation. Raises CallRefused."""
        given = {"op": op, "path": path, **({} if value is None else {"value": value})}
        return self.rest(operation, **where, patchOperations=[given])

    # -- HTTP APIs

    def api(self, **parameters: object) -> str:
        """An HTTP API; its id."""
        made = self.http("CreateApi", **{"Name": "kv", "ProtocolType": "HTTP", **parameters})
        return str(made["ApiId"])

    def integration(self, api: str, **parameters: object) -> str:
        """An integration; its id."""
        given = {
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": FUNCTION,
            "PayloadFormatVersion": "2.0",
        }
        made = self.http("CreateIntegration", ApiId=api, **{**given, **parameters})
        return str(made["IntegrationId"])

    def route(self, api: str, key: str = "GET /a", *, integration: str = "") -> str:
        """A route to an integration, a new one if none is given; its id."""
        target = f"integrations/{integration or self.integration(api)}"
        made = self.http("CreateRoute", ApiId=api, RouteKey=key, Target=target)
        return str(made["RouteId"])

    def stage(self, api: str, name: str = "$default", **parameters: object) -> dict[str, Any]:
        """A stage with automatic deployment."""
        given = {"AutoDeploy": True, **parameters}
        return self.http("CreateStage", ApiId=api, StageName=name, **given)

    def domain(self, name: str = "api.muster.test") -> dict[str, Any]:
        return self.http(
            "CreateDomainName",
            DomainName=name,
            DomainNameConfigurations=[{"CertificateArn": CERTIFICATE}],
        )

    # -- what is published

    def published(self) -> ApiGatewayTopology:
        """What the Region of the calls gets."""
        whole = add_api_gateways(
            Topology(), self.state, address=lambda region: f"address of {region}", port=443
        )
        region = whole.regions.get(self.region)
        return ApiGatewayTopology() if region is None else region.api_gateway

    def published_api(self, api: str) -> Api:
        (found,) = (one for one in self.published().apis if one.id == api)
        return found

    def published_stage(self, api: str, name: str = "$default") -> Stage:
        (found,) = (one for one in self.published_api(api).stages if one.name == name)
        return found

    def served_paths(self, api: str, name: str = "$default") -> list[str]:
        """`GET /a` for each route that a stage serves."""
        return [f"{route.method} {route.path}" for route in self.published_stage(api, name).routes]
