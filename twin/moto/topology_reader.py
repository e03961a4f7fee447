"""Reads load balancers, target groups and functions from moto's backends into the Topology.

Only reads: it never makes moto load a service or create an object. Load balancers other than
application ones and functions without a zip have no data plane in the twin, and are left out.
"""

from typing import Any

from moto.elbv2.ssl_policies import SSL_POLICIES, build_policy

from twin.moto.lambda_.resource_policy import parse_permissions
from twin.moto.loaded_backends import loaded_backends
from twin.topology.model import (
    AsyncInvokeSettings,
    FunctionAlias,
    FunctionVersion,
    LambdaFunction,
    ListenerAction,
    ListenerRule,
    ListenerTls,
    LoadBalancer,
    LoadBalancerListener,
    RegionTopology,
    RuleCondition,
    TargetGroup,
    TargetHealthCheck,
    WeightedTargetGroup,
)


def read_region_topologies(account: str) -> dict[str, RegionTopology]:
    """What each Region's process has to serve; Regions with nothing to serve are left out."""
    balancing = loaded_backends("moto.elbv2.models", "elbv2_backends", account)
    functions = loaded_backends("moto.awslambda.models", "lambda_backends", account)
    found = {}
    for region in sorted(balancing.keys() | functions.keys()):
        topology = RegionTopology(
            load_balancers=_load_balancers(balancing.get(region)),
            target_groups=_target_groups(balancing.get(region)),
            functions=_functions(functions.get(region)),
        )
        if topology != RegionTopology():
            found[region] = topology
    return found


def read_load_balancer_vpcs(account: str) -> dict[str, tuple[str, str]]:
    """ARN of each load balancer -> its Region and its VPC."""
    return {
        arn: (region, balancer.vpc_id)
        for region, backend in loaded_backends(
            "moto.elbv2.models", "elbv2_backends", account
        ).items()
        for arn, balancer in backend.load_balancers.items()
    }


def read_code_archives(account: str) -> dict[str, bytes]:
    """The zip of each function version, by the hexadecimal SHA-256 of its content."""
    return {
        version.code_digest: version.code_bytes
        for backend in loaded_backends("moto.awslambda.models", "lambda_backends", account).values()
        for latest in _latest(backend)
        for version in _versions(backend, latest)
    }


# -- load balancers


def _load_balancers(backend: Any | None) -> tuple[LoadBalancer, ...]:
    if backend is None:
        return ()
    return tuple(
        LoadBalancer(
            arn=balancer.arn,
            name=balancer.name,
            address=balancer.dns_name,
            scheme=balancer.scheme,
            attributes={key: str(value) for key, value in balancer.attrs.items()},
            listeners=tuple(_listener(item) for item in balancer.listeners.values()),
        )
        for balancer in backend.load_balancers.values()
        if balancer.type == "application"
    )


def _listener(listener: Any) -> LoadBalancerListener:
    rules = [rule for rule in listener.rules.values() if not rule.is_default]
    return LoadBalancerListener(
        arn=listener.arn,
        port=int(listener.port),
        protocol=listener.protocol,
        default_action=_action(listener.default_actions),
        rules=tuple(sorted((_rule(rule) for rule in rules), key=lambda rule: rule.priority)),
        tls=_listener_tls(listener) if listener.protocol == "HTTPS" else None,
        attributes={key: str(value) for key, value in listener.attributes.items() if value},
    )


def _listener_tls(listener: Any) -> ListenerTls:
    policy: Any = build_policy(listener.ssl_policy, SSL_POLICIES[listener.ssl_policy])
    return ListenerTls(
        certificates=tuple(listener.certificates),
        protocols=tuple(policy["SslProtocols"]),
        ciphers=tuple(cipher["Name"] for cipher in policy["Ciphers"]),
    )


def _rule(rule: Any) -> ListenerRule:
    return ListenerRule(
        arn=rule.arn,
        priority=int(rule.priority),
        conditions=tuple(_condition(condition) for condition in rule.conditions),
        action=_action(rule.actions),
    )


def _action(actions: list[Any]) -> ListenerAction:
    """The last action; those before it authenticate, which the twin skips.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Action.html
    """
    ordered = sorted(actions, key=lambda action: int(action.data.get("Order") or 0))
    data = ordered[-1].data
    kind = data["Type"]
    if kind == "fixed-response":
        fixed = data.get("FixedResponseConfig") or {}
        return ListenerAction(
            type="fixed-response",
            status_code=str(fixed.get("StatusCode", "")),
            content_type=fixed.get("ContentType") or "",
            message_body=fixed.get("MessageBody") or "",
        )
    if kind == "redirect":
        redirect = data.get("RedirectConfig") or {}
        return ListenerAction(
            type="redirect",
            status_code=redirect.get("StatusCode", ""),
            redirect={k: str(v) for k, v in redirect.items() if k != "StatusCode"},
        )
    return ListenerAction(type="forward", target_groups=_forwarded(data))


def _forwarded(data: dict[str, Any]) -> tuple[WeightedTargetGroup, ...]:
    groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not groups and data.get("TargetGroupArn"):
        groups = [{"TargetGroupArn": data["TargetGroupArn"]}]
    return tuple(
        WeightedTargetGroup(arn=group["TargetGroupArn"], weight=int(group.get("Weight", 1)))
        for group in groups
    )


_CONFIGS = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "source-ip": "SourceIpConfig",
    "http-header": "HttpHeaderConfig",
    "query-string": "QueryStringConfig",
}


def _condition(condition: dict[str, Any]) -> RuleCondition:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html."""
    field = condition["Field"]
    config = condition.get(_CONFIGS[field]) or {}
    values = config.get("Values") or condition.get("Values") or []
    return RuleCondition(
        field=field,
        values=tuple(_condition_value(value) for value in values),
        name=config.get("HttpHeaderName") or "",
    )


def _condition_value(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value['Key']}={value['Value']}" if value.get("Key") else str(value["Value"])
    return str(value)


# -- target groups


def _target_groups(backend: Any | None) -> tuple[TargetGroup, ...]:
    if backend is None:
        return ()
    return tuple(
        TargetGroup(
            arn=group.arn,
            name=group.name,
            target_type=group.target_type,
            health_check=_health_check(group),
            multi_value_headers=_is_true(
                group.attributes.get("lambda.multi_value_headers.enabled")
            ),
            targets=tuple(group.targets),
        )
        for group in backend.target_groups.values()
    )


def _health_check(group: Any) -> TargetHealthCheck:
    return TargetHealthCheck(
        enabled=_is_true(group.health_check_enabled),
        path=group.health_check_path or "/",
        interval_s=float(group.health_check_interval_seconds),
        timeout_s=float(group.health_check_timeout_seconds),
        healthy_threshold=int(group.healthy_threshold_count),
        unhealthy_threshold=int(group.unhealthy_threshold_count),
        matcher=(getattr(group, "matcher", None) or {}).get("HttpCode") or "200",
    )


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"


# -- functions


def _functions(backend: Any | None) -> tuple[LambdaFunction, ...]:
    if backend is None:
        return ()
    return tuple(_function(backend, latest) for latest in _latest(backend))


def _latest(backend: Any) -> list[Any]:
    return [function for function in backend._lambdas.latest() if function.package_type == "Zip"]


def _versions(backend: Any, latest: Any) -> list[Any]:
    return [latest, *backend._lambdas._functions[latest.function_name]["versions"]]


def _function(backend: Any, latest: Any) -> LambdaFunction:
    reserved = latest.reserved_concurrency
    return LambdaFunction(
        arn=latest.function_arn,
        name=latest.function_name,
        versions=tuple(_version(version) for version in _versions(backend, latest)),
        aliases=tuple(_alias(alias) for alias in backend.list_aliases(latest.function_name)),
        permissions=parse_permissions(latest),
        reserved_concurrency=None if reserved is None else int(reserved),
        async_settings={
            qualifier: _async_settings(settings)
            for qualifier, settings in latest.__dict__.get("twin_event_invoke", {}).items()
        },
    )


def _async_settings(settings: dict[str, Any]) -> AsyncInvokeSettings:
    default = AsyncInvokeSettings()
    return AsyncInvokeSettings(
        max_retries=int(settings.get("MaximumRetryAttempts", default.max_retries)),
        max_age_s=float(settings.get("MaximumEventAgeInSeconds", default.max_age_s)),
    )


def _version(version: Any) -> FunctionVersion:
    return FunctionVersion(
        version=str(version.version),
        handler=version.handler or "",
        runtime=version.run_time or "",
        timeout_s=float(version.timeout),
        memory_mb=int(version.memory_size),
        code_sha256=version.code_digest,
        environment={key: str(value) for key, value in version.environment_vars.items()},
        log_group=version.twin_logging["LogGroup"],
        role=version.role or "",
    )


def _alias(alias: Any) -> FunctionAlias:
    weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
    return FunctionAlias(
        name=alias.name,
        version=alias.function_version,
        additional_weights={version: float(weight) for version, weight in weights.items()},
    )
