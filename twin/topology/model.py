"""The Topology: the configuration that control publishes, and that edge and Regions run on.

It is immutable and versioned. Control writes it to disk and answers the others' long polls with it;
without control, edge and Regions keep working on the last version they have (static stability:
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/static-stability.html).
It contains configuration only: health, connections and items are data-plane state.
"""

from dataclasses import dataclass, field
from typing import Literal

from twin.topology.apigateway import ApiGatewayTopology
from twin.topology.route53 import Route53Topology


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRange:
    """Ports from `from_port` to `to_port`, both included."""

    from_port: int
    to_port: int

    def __str__(self) -> str:
        """`80`, or `8000-8010`."""
        if self.from_port == self.to_port:
            return str(self.from_port)
        return f"{self.from_port}-{self.to_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortOverride:
    """Connections to `listener_port` go to `endpoint_port`."""

    listener_port: int
    endpoint_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConfiguration:
    """A load balancer behind the accelerator."""

    id: str
    """ARN of the load balancer."""
    weight: int = 128
    """0 to 255."""
    client_ip_preservation: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGroup:
    """The accelerator's endpoints in one Region."""

    arn: str
    region: str
    dial: float = 100.0
    """Traffic dial, percent."""
    endpoints: tuple[EndpointConfiguration, ...] = ()
    port_overrides: tuple[PortOverride, ...] = ()
    # Only the API shows the health check: the accelerator takes a load balancer's health from its
    # own target groups.
    health_check_port: int | None = None
    """None: the listener's first port."""
    health_check_protocol: Literal["TCP", "HTTP", "HTTPS"] = "TCP"
    health_check_path: str = "/"
    health_check_interval_s: int = 30
    threshold: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorListener:
    """A listener of an accelerator."""

    arn: str
    protocol: Literal["TCP", "UDP"] = "TCP"
    port_ranges: tuple[PortRange, ...] = ()
    client_affinity: Literal["NONE", "SOURCE_IP"] = "NONE"
    groups: tuple[EndpointGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """A standard accelerator."""

    arn: str
    name: str
    enabled: bool
    ips: tuple[str, ...]
    """Its static addresses, one of each network zone."""
    dns_name: str = ""
    """Which resolves to its addresses."""
    listeners: tuple[AcceleratorListener, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTargetGroup:
    """One target group of a forward action."""

    arn: str
    weight: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerAction:
    """What a listener or a rule does with a request; fields of other types are empty."""

    type: Literal["forward", "fixed-response", "redirect"]
    target_groups: tuple[WeightedTargetGroup, ...] = ()
    status_code: str = ""
    content_type: str = ""
    message_body: str = ""
    redirect: dict[str, str] = field(default_factory=dict)
    """Protocol, Host, Port, Path, Query, by AWS's names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCondition:
    """One condition of a rule; any of `values` matches. `field` is AWS's name."""

    field: str
    values: tuple[str, ...] = ()
    name: str = ""
    """The header's name, for `http-header`. For `query-string`, `values` hold key=value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRule:
    """A listener rule; the first one whose conditions all match applies."""

    arn: str
    priority: int
    conditions: tuple[RuleCondition, ...]
    action: ListenerAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerTls:
    """TLS of an HTTPS listener."""

    certificates: tuple[str, ...]
    """ARNs; the first one is the default."""
    protocols: tuple[str, ...]
    """Versions of its security policy: `TLSv1.2`, ..."""
    ciphers: tuple[str, ...]
    """Of its security policy, by OpenSSL's names, the preferred one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerListener:
    """A listener of a load balancer."""

    arn: str
    port: int
    protocol: Literal["HTTP", "HTTPS"]
    default_action: ListenerAction
    rules: tuple[ListenerRule, ...] = ()
    """Sorted by priority."""
    tls: ListenerTls | None = None
    """Of HTTPS only."""
    attributes: dict[str, str] = field(default_factory=dict)
    """By AWS's names, without the empty ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """An Application Load Balancer."""

    arn: str
    name: str
    address: str
    """Its loopback address, also its DNSName."""
    scheme: Literal["internal", "internet-facing"]
    attributes: dict[str, str] = field(default_factory=dict)
    """By AWS's names, such as `idle_timeout.timeout_seconds`."""
    listeners: tuple[LoadBalancerListener, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealthCheck:
    """How a target group checks its targets."""

    enabled: bool
    path: str
    interval_s: float
    timeout_s: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str
    """Accepted status codes: `200`, `200,202`, `200-299`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """A target group. Only `lambda` target groups have a data plane in the twin."""

    arn: str
    name: str
    target_type: str
    health_check: TargetHealthCheck
    multi_value_headers: bool = False
    targets: tuple[str, ...] = ()
    """Ids of the registered targets: ARNs of functions, versions or aliases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionVersion:
    """One version of a function, `$LATEST` included."""

    version: str
    handler: str
    runtime: str
    timeout_s: float
    memory_mb: int
    code_sha256: str
    """Hexadecimal; the zip is at `Instance.code_path(code_sha256)`."""
    environment: dict[str, str] = field(default_factory=dict)
    log_group: str = ""
    role: str = ""
    """ARN of the execution role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionAlias:
    """A name for a version, and the shares of other versions."""

    name: str
    version: str
    additional_weights: dict[str, float] = field(default_factory=dict)
    """Other version -> share of invocations, 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPermission:
    """One statement of a function's resource policy."""

    statement_id: str
    action: str
    principal: str
    source_arn: str = ""
    qualifier: str = ""
    """The version or alias that it applies to; empty for the function itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncInvokeSettings:
    """How asynchronous invocations of one qualifier are retried."""

    max_retries: int = 2
    """After errors of the function."""
    max_age_s: float = 21600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """A Lambda function."""

    arn: str
    name: str
    versions: tuple[FunctionVersion, ...] = ()
    aliases: tuple[FunctionAlias, ...] = ()
    permissions: tuple[FunctionPermission, ...] = ()
    reserved_concurrency: int | None = None
    async_settings: dict[str, AsyncInvokeSettings] = field(default_factory=dict)
    """By qualifier, `$LATEST` included; the others have the defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate that listeners and domain names can use."""

    arn: str
    names: tuple[str, ...]
    """Domain names in lower case; the first label of one may be `*`."""
    pem_sha256: str
    """Hexadecimal; chain and key are at `Instance.certificate_path(pem_sha256)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionTopology:
    """What one Region's process serves. It owns its tables, so they are not in here."""

    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: tuple[TargetGroup, ...] = ()
    functions: tuple[LambdaFunction, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    api_gateway: ApiGatewayTopology = field(default_factory=ApiGatewayTopology)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The whole configuration at one version."""

    version: int = 0
    account: str = "123456789012"
    accelerators: tuple[Accelerator, ...] = ()
    regions: dict[str, RegionTopology] = field(default_factory=dict)
    route53: Route53Topology = field(default_factory=Route53Topology)
