"""One Region's service: a load balancer in front of the function, with a health check.

With a domain the service is HTTPS on 443, and the HTTP listener only redirects to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_aws.lambda_ import Permission
from pulumi_aws.lb import (
    Listener,
    ListenerDefaultActionArgs,
    ListenerDefaultActionRedirectArgs,
    LoadBalancer,
    LoadBalancerAccessLogsArgs,
    TargetGroup,
    TargetGroupAttachment,
    TargetGroupHealthCheckArgs,
)

from infra.configuration.rules import HTTPS_PORT
from infra.configuration.settings import HealthCheckSettings
from infra.function import RegionalFunction
from infra.hardening.log_bucket import LogBucket
from infra.network import Network

HEALTH_PATH = "/health"
EXPOSED_HEADERS = "Allow, ETag, Location, X-Served-Region"
"""Headers that a page of another origin may read, beside the ones that it always may."""
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.2 with forward secrecy, and 1.3:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalServiceArgs:
    region: str
    name: str
    """Of the load balancer and of its target group."""
    network: Network
    function: RegionalFunction
    internal: bool
    listener_port: int
    certificate_arn: pulumi.Input[str] | None
    """None: HTTP only."""
    health: HealthCheckSettings
    protect: bool
    """Whether the load balancer is protected from deletion."""
    logs: LogBucket | None
    """Of the access logs; None: none are written."""
    cors_origins: tuple[str, ...]
    """Origins whose pages may read the load balancer's own answers, too."""
    tags: Mapping[str, str]


class RegionalService(pulumi.ComponentResource):
    """Target group with the function as its target, load balancer, listeners."""

    alb_arn: pulumi.Output[str]
    alb_dns: pulumi.Output[str]
    target_group_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: RegionalServiceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Service", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        targets = self._target_group()
        self._register(targets)
        balancer = LoadBalancer(
            f"{name}-alb",
            region=args.region,
            name=args.name,
            load_balancer_type="application",
            internal=args.internal,
            ip_address_type="ipv4",
            subnets=args.network.subnet_ids,
            security_groups=[args.network.security_group_id],
            idle_timeout=60,
            # Names of letters, digits and hyphens only; others can smuggle what a filter looks for.
            drop_invalid_header_fields=True,
            enable_deletion_protection=args.protect,
            access_logs=_access_logs(args.logs),
            tags=dict(args.tags),
            # A public load balancer also needs the gateway and the routes.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[args.network, *([args.logs.writable] if args.logs else [])],
                protect=args.protect,
            ),
        )
        self._listeners(balancer, targets)
        self.alb_arn = balancer.arn
        self.alb_dns = balancer.dns_name
        self.target_group_arn = targets.arn
        self.register_outputs(
            {
                "alb_arn": self.alb_arn,
                "alb_dns": self.alb_dns,
                "target_group_arn": self.target_group_arn,
            }
        )

    def _target_group(self) -> TargetGroup:
        """Sets every value: AWS's pages contradict each other about the defaults for functions.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
        """
        health = self._args.health
        return TargetGroup(
            f"{self._name}-targets",
            region=self._args.region,
            name=self._args.name,
            target_type="lambda",
            lambda_multi_value_headers_enabled=False,
            health_check=TargetGroupHealthCheckArgs(
                enabled=True,
                path=HEALTH_PATH,
                matcher="200",
                interval=health.interval_s,
                timeout=health.timeout_s,
                healthy_threshold=health.healthy,
                unhealthy_threshold=health.unhealthy,
            ),
            tags=dict(self._args.tags),
            opts=self._child,
        )

    def _register(self, targets: TargetGroup) -> None:
        """Permit only this target group to invoke the alias; then make the alias its target."""
        function = self._args.function
        permission = Permission(
            f"{self._name}-permission",
            region=self._args.region,
            # The statements of an old and of a new target group stand beside each other.
            statement_id=f"load-balancer-{self._args.name}",
            action="lambda:InvokeFunction",
            function=function.function_name,
            qualifier=function.alias_name,
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=targets.arn,
            opts=self._child,
        )
        TargetGroupAttachment(
            f"{self._name}-target",
            region=self._args.region,
            target_group_arn=targets.arn,
            target_id=function.alias_arn,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )

    def _listeners(self, balancer: LoadBalancer, targets: TargetGroup) -> None:
        forward = ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)
        if self._args.certificate_arn is None:
            self._listener("http", balancer, self._args.listener_port, forward)
            return
        Listener(
            f"{self._name}-https",
            region=self._args.region,
            load_balancer_arn=balancer.arn,
            port=HTTPS_PORT,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.certificate_arn,
            default_actions=[forward],
            **_cors_headers(self._args.cors_origins),
            tags=dict(self._args.tags),
            opts=self._child,
        )
        redirect = ListenerDefaultActionRedirectArgs(
            protocol="HTTPS", port=str(HTTPS_PORT), status_code="HTTP_301"
        )
        self._listener(
            "http",
            balancer,
            self._args.listener_port,
            ListenerDefaultActionArgs(type="redirect", redirect=redirect),
        )

    def _listener(
        self, suffix: str, balancer: LoadBalancer, port: int, action: ListenerDefaultActionArgs
    ) -> None:
        Listener(
            f"{self._name}-{suffix}",
            region=self._args.region,
            load_balancer_arn=balancer.arn,
            port=port,
            protocol="HTTP",
            default_actions=[action],
            **_cors_headers(self._args.cors_origins),
            tags=dict(self._args.tags),
            opts=self._child,
        )


def _access_logs(logs: LogBucket | None) -> LoadBalancerAccessLogsArgs | None:
    """AWS tries the bucket at once, so its policy must be there."""
    if logs is None:
        return None
    return LoadBalancerAccessLogsArgs(enabled=True, bucket=logs.name, prefix="alb")


class _CorsHeaders(TypedDict, total=False):
    routing_http_response_access_control_allow_origin_header_value: str
    routing_http_response_access_control_expose_headers_header_value: str


def _cors_headers(origins: tuple[str, ...]) -> _CorsHeaders:
    """Headers of all responses, the load balancer's own errors included.

    They take the places of the function's. A listener has one value for every origin, so with
    several of them only the function's answers have the headers:
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
    """
    if len(origins) != 1:
        return {}
    return {
        "routing_http_response_access_control_allow_origin_header_value": origins[0],
        "routing_http_response_access_control_expose_headers_header_value": EXPOSED_HEADERS,
    }
