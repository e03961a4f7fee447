"""REST APIs as immutable state.

An API is a tree of resources with methods; a method has an integration, and both have responses. A
stage serves a deployment: the methods and gateway responses as they were at one moment.
"""

from dataclasses import dataclass, field, replace
from typing import Literal

from twin.control.apigateway.entries import get_entry, put
from twin.core.apigateway.throttle import ACCOUNT_BURST, ACCOUNT_RATE_PER_S
from twin.topology.apigateway import GatewayResponse, Route

IntegrationType = Literal["AWS_PROXY", "MOCK"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodResponse:
    """A status that a method may answer with."""

    status: str
    parameters: dict[str, bool] = field(default_factory=dict)
    """`method.response.header.NAME` -> whether it is required."""
    models: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationResponse:
    """What an integration's result becomes; only a MOCK integration makes use of it."""

    status: str
    selection_pattern: str | None = None
    """None: the default response."""
    parameters: dict[str, str] = field(default_factory=dict)
    """`method.response.header.NAME` -> a text in single quotes."""
    templates: dict[str, str] = field(default_factory=dict)
    content_handling: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestIntegration:
    """What a method calls."""

    type: IntegrationType
    http_method: str = ""
    """With which the function is called: POST."""
    uri: str = ""
    passthrough_behavior: str = "WHEN_NO_MATCH"
    content_handling: str = ""
    timeout_ms: int = 29000
    cache_namespace: str
    cache_key_parameters: tuple[str, ...] = ()
    request_templates: dict[str, str] = field(default_factory=dict)
    responses: dict[str, IntegrationResponse] = field(default_factory=dict)
    """By status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestMethod:
    """A method of a resource."""

    http_method: str
    """A verb in capitals, or ANY."""
    operation_name: str = ""
    request_parameters: dict[str, bool] = field(default_factory=dict)
    request_models: dict[str, str] = field(default_factory=dict)
    responses: dict[str, MethodResponse] = field(default_factory=dict)
    """By status."""
    integration: RestIntegration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RestResource:
    """A part of the path."""

    id: str
    parent_id: str = ""
    """Empty for the root."""
    path_part: str = ""
    methods: dict[str, RestMethod] = field(default_factory=dict)

    def method(self, http_method: str) -> RestMethod:
        """Raises CallRefused."""
        return get_entry(self.methods, http_method, "Invalid Method identifier specified")


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSettings:
    """Settings of one method in a stage, or of all."""

    metrics: bool = False
    logging_level: str = "OFF"
    data_trace: bool = False
    burst: int = ACCOUNT_BURST
    """-1: only the account's limit holds, as for the rate."""
    rate_per_s: float = ACCOUNT_RATE_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class RestStage:
    """A stage of a REST API."""

    name: str
    deployment_id: str
    description: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    settings: dict[str, MethodSettings] = field(default_factory=dict)
    """By resource path and method, as the call has named them: `pets/GET`, `*/*`."""
    access_log_arn: str = ""
    access_log_format: str = ""
    documentation_version: str = ""
    tracing_enabled: bool = False
    created_at: float
    """Seconds since 1970, as all times."""
    updated_at: float
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestDeployment:
    """Methods and gateway responses as they were at one moment."""

    id: str
    created_at: float
    description: str = ""
    routes: tuple[Route, ...] = ()
    gateway_responses: tuple[GatewayResponse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponseRecord:
    """A REST API's own wording of an error."""

    type: str
    status: str = ""
    """Empty: the one of the error."""
    parameters: dict[str, str] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestApi:
    """A REST API and what it has."""

    id: str
    region: str
    name: str
    description: str = ""
    version: str = ""
    created_at: float
    root_id: str
    endpoint_type: str = "EDGE"
    ip_address_type: str = "ipv4"
    api_key_source: str = "HEADER"
    binary_media_types: tuple[str, ...] = ()
    minimum_compression_size: int | None = None
    default_endpoint_enabled: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    resources: dict[str, RestResource] = field(default_factory=dict)
    deployments: dict[str, RestDeployment] = field(default_factory=dict)
    stages: dict[str, RestStage] = field(default_factory=dict)
    gateway_responses: dict[str, GatewayResponseRecord] = field(default_factory=dict)

    def resource(self, resource_id: str) -> RestResource:
        """Raises CallRefused, as the others."""
        return get_entry(self.resources, resource_id, "Invalid Resource identifier specified")

    def deployment(self, deployment_id: str) -> RestDeployment:
        return get_entry(self.deployments, deployment_id, "Invalid Deployment identifier specified")

    def stage(self, name: str) -> RestStage:
        return get_entry(self.stages, name, "Invalid Stage identifier specified")

    def path(self, resource: RestResource) -> str:
        """`/a/{b}`; `/` for the root."""
        parts: list[str] = []
        while resource.parent_id:
            parts.insert(0, resource.path_part)
            resource = self.resources[resource.parent_id]
        return "/" + "/".join(parts)

    def put_resource(self, resource: RestResource) -> "RestApi":
        return replace(self, resources=put(self.resources, resource.id, resource))

    def put_method(self, resource: RestResource, method: RestMethod) -> "RestApi":
        methods = put(resource.methods, method.http_method, method)
        return self.put_resource(replace(resource, methods=methods))

    def put_stage(self, stage: RestStage) -> "RestApi":
        return replace(self, stages=put(self.stages, stage.name, stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """Of one Region."""

    cloudwatch_role_arn: str = ""
