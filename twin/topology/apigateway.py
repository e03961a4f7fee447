"""API Gateway's part of a Region's Topology: deployed APIs and custom domain names.

An API is here as its stages serve it. A REST API's stage serves the snapshot of a deployment; a
stage of an HTTP API with automatic deployment serves the API as it is.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsConfiguration:
    """How an HTTP API answers preflight requests, and which headers it adds."""

    allow_origins: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age_s: int | None = None
    allow_credentials: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """What a route or a method calls."""

    type: Literal["AWS_PROXY", "MOCK"]
    function_arn: str = ""
    """The function, with its qualifier; empty for MOCK."""
    payload_format: Literal["1.0", "2.0"] = "1.0"
    timeout_ms: int = 29000
    mock_status: int = 200
    """Status and headers that a MOCK integration answers with."""
    mock_headers: dict[str, str] = field(default_factory=dict)
    mock_body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """A token bucket; None: only the account's limit holds."""

    rate_per_s: float | None = None
    burst: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of an HTTP API, or a method on a resource of a REST API."""

    method: str
    """A verb in capitals, or ANY."""
    path: str
    """`/get/{item}`, `/{proxy+}`; `$default` for the route of everything else."""
    integration: Integration
    resource_id: str = ""
    """Of a REST API's resource."""
    throttle: Throttle = Throttle()
    detailed_metrics: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayResponse:
    """A REST API's own wording of one of the gateway's errors."""

    type: str
    """DEFAULT_4XX, MISSING_AUTHENTICATION_TOKEN, ..."""
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    """Name -> a mapping expression: a text in single quotes, or where the value is taken from."""
    templates: dict[str, str] = field(default_factory=dict)
    """Content type -> body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage, and what it serves."""

    name: str
    """`$default`, or the first part of the path."""
    deployment_id: str = ""
    routes: tuple[Route, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    throttle: Throttle = Throttle()
    detailed_metrics: bool = False
    access_log_group: str = ""
    """Name of the log group; empty: no access log."""
    access_log_format: str = ""
    gateway_responses: tuple[GatewayResponse, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A REST API or an HTTP API of one Region."""

    id: str
    name: str
    type: Literal["REST", "HTTP"]
    default_endpoint_enabled: bool = True
    """Whether `ID.execute-api.REGION.amazonaws.com` serves it."""
    cors: CorsConfiguration | None = None
    binary_media_types: tuple[str, ...] = ()
    """Of a REST API: types of bodies that are base64 in events and answers."""
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiMapping:
    """A path of a custom domain name that leads to a stage."""

    key: str
    """`a/b` without outer slashes; empty for everything else."""
    api_id: str
    stage: str
    """Empty (REST only): the stage is the next part of the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomDomain:
    """A regional custom domain name."""

    name: str
    regional_name: str
    """`d-ID.execute-api.REGION.amazonaws.com`, which its DNS record leads to."""
    certificate_arn: str
    mappings: tuple[ApiMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiGatewayTopology:
    """API Gateway in one Region."""

    address: str = ""
    """The loopback address of the Region's API Gateway; all its names resolve to it."""
    port: int = 443
    apis: tuple[Api, ...] = ()
    domains: tuple[CustomDomain, ...] = ()
