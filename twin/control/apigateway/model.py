"""The state of API Gateway: one immutable document, for REST APIs and HTTP APIs.

Mappings are never changed in place (entries.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from twin.control.apigateway.entries import get_entry, put, without
from twin.control.apigateway.errors import not_found
from twin.control.apigateway.rest.model import AccountSettings, RestApi
from twin.topology.apigateway import CorsConfiguration, Route

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpIntegration:
    """A Lambda proxy integration."""

    id: str
    uri: str
    """ARN of a function, plain or in the form of REST APIs; it may name stage variables."""
    payload_format: str
    """1.0 or 2.0."""
    timeout_ms: int = 30000
    description: str = ""
    managed: bool = False
    """Whether quick create has made it, as for routes and stages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoute:
    """A route."""

    id: str
    key: str
    """`GET /a/{b}`, or `$default`."""
    integration_id: str = ""
    """Empty: the route answers with an error."""
    operation_name: str = ""
    managed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSettings:
    """Settings of one route in a stage, or the stage's defaults."""

    detailed_metrics: bool | None = None
    burst: int | None = None
    rate_per_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpStage:
    """A stage of an HTTP API."""

    name: str
    auto_deploy: bool
    deployment_id: str = ""
    """Empty: it serves nothing yet."""
    description: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    default_settings: RouteSettings = RouteSettings()
    route_settings: dict[str, RouteSettings] = field(default_factory=dict)
    """By route key."""
    access_log_arn: str = ""
    access_log_format: str = ""
    created_at: float
    """Seconds since 1970, as all times."""
    updated_at: float
    status_message: str = ""
    """Of the last automatic deployment."""
    tags: dict[str, str] = field(default_factory=dict)
    managed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpDeployment:
    """The routes of an API as they were at one moment."""

    id: str
    created_at: float
    description: str = ""
    automatic: bool = False
    routes: tuple[Route, ...] = ()
    """Functions may name stage variables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpApi:
    """An HTTP API and what it has."""

    id: str
    region: str
    name: str
    description: str = ""
    version: str = ""
    created_at: float
    cors: CorsConfiguration | None = None
    default_endpoint_enabled: bool = True
    ip_address_type: str = "ipv4"
    tags: dict[str, str] = field(default_factory=dict)
    integrations: dict[str, HttpIntegration] = field(default_factory=dict)
    routes: dict[str, HttpRoute] = field(default_factory=dict)
    stages: dict[str, HttpStage] = field(default_factory=dict)
    deployments: dict[str, HttpDeployment] = field(default_factory=dict)

    def integration(self, integration_id: str) -> HttpIntegration:
        """Raises CallRefused, as the others."""
        return _find(self.integrations, integration_id, "Integration")

    def route(self, route_id: str) -> HttpRoute:
        return _find(self.routes, route_id, "Route")

    def deployment(self, deployment_id: str) -> HttpDeployment:
        return _find(self.deployments, deployment_id, "Deployment")

    def stage(self, name: str) -> HttpStage:
        return get_entry(self.stages, name, "Invalid stage identifier specified")

    def put_stage(self, stage: HttpStage) -> "HttpApi":
        return replace(self, stages=put(self.stages, stage.name, stage))


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainMapping:
    """A path of a custom domain name that leads to a stage."""

    id: str
    key: str
    """Empty for the root."""
    api_id: str
    stage: str
    """Empty: the stage is the next part of the path (REST APIs only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainRecord:
    """A regional custom domain name."""

    name: str
    """In lower case; its first label may be `*`."""
    region: str
    regional_name: str
    certificate_arn: str
    certificate_uploaded_at: float
    ownership_certificate_arn: str = ""
    security_policy: str = "TLS_1_2"
    ip_address_type: str = "ipv4"
    tags: dict[str, str] = field(default_factory=dict)
    mappings: dict[str, DomainMapping] = field(default_factory=dict)
    """By id."""

    def find_mapping(self, key: str) -> DomainMapping | None:
        return next((one for one in self.mappings.values() if one.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiGatewayState:
    """Everything that API Gateway knows, of all Regions."""

    http_apis: dict[str, HttpApi] = field(default_factory=dict)
    rest_apis: dict[str, RestApi] = field(default_factory=dict)
    domains: dict[str, DomainRecord] = field(default_factory=dict)
    """By Region and name."""
    accounts: dict[str, AccountSettings] = field(default_factory=dict)
    """Of REST APIs, by Region."""

    def http_api(self, api_id: str, region: str, account: str) -> HttpApi:
        """An HTTP API of the Region. Raises CallRefused."""
        api = self.http_apis.get(api_id)
        if api is None or api.region != region:
            raise not_found(f"Invalid API identifier specified {account}:{api_id}")
        return api

    def put_http_api(self, api: HttpApi) -> "ApiGatewayState":
        return replace(self, http_apis=put(self.http_apis, api.id, api))

    def rest_api(self, api_id: str, region: str, account: str) -> RestApi:
        """A REST API of the Region. Raises CallRefused."""
        api = self.rest_apis.get(api_id)
        if api is None or api.region != region:
            raise not_found(f"Invalid API identifier specified {account}:{api_id}")
        return api

    def put_rest_api(self, api: RestApi) -> "ApiGatewayState":
        return replace(self, rest_apis=put(self.rest_apis, api.id, api))

    def stage_names(self, api_id: str, region: str, account: str) -> frozenset[str]:
        """The stages of an API of either type. Raises CallRefused."""
        if api_id in self.rest_apis:
            return frozenset(self.rest_api(api_id, region, account).stages)
        return frozenset(self.http_api(api_id, region, account).stages)

    def domain(self, name: str, region: str) -> DomainRecord:
        """A domain name of the Region. Raises CallRefused."""
        found = self.domains.get(_domain_key(name.lower(), region))
        if found is None:
            raise not_found("Invalid domain name identifier specified")
        return found

    def has_domain(self, name: str, region: str) -> bool:
        return _domain_key(name, region) in self.domains

    def put_domain(self, domain: DomainRecord) -> "ApiGatewayState":
        return replace(
            self, domains=put(self.domains, _domain_key(domain.name, domain.region), domain)
        )

    def remove_domain(self, domain: DomainRecord) -> "ApiGatewayState":
        return replace(self, domains=without(self.domains, _domain_key(domain.name, domain.region)))

    def mapped_domains(self, api_id: str, stage: str | None = None) -> list[str]:
        """Names of the domains that lead to the API, or to one of its stages."""
        return sorted(
            {
                domain.name
                for domain in self.domains.values()
                for mapping in domain.mappings.values()
                if mapping.api_id == api_id and stage in (None, mapping.stage)
            }
        )


def _domain_key(name: str, region: str) -> str:
    return f"{region} {name}"


def _find(mapping: Mapping[str, T], key: str, kind: str) -> T:
    return get_entry(mapping, key, f"Invalid {kind} identifier specified {key}")
