"""Corrections of moto's Elastic Load Balancing: load balancers, rules, target groups.

Load balancers: DNS names are the loopback addresses they listen on, attributes have AWS's defaults
and ranges, names are unique, deletion protection works. Rules: the default one has a stable ARN.
Target groups: settings are validated and all of them can be changed. Listeners are in listeners.py,
the health of targets is in targets.py.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from moto.elbv2 import models
from moto.elbv2.exceptions import (
    DuplicateLoadBalancerName,
    ELBClientError,
    InvalidConditionValueError,
    InvalidConfigurationRequest,
    TooManyTagsError,
    ValidationError,
)

from twin.moto.patches.elbv2.quotas import check_quota
from twin.moto.patches.patching import replace_method

AssignAddress = Callable[[str, int], str]
"""(Region, number of a load balancer from 1) -> its IP address."""

# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
LOAD_BALANCER_ATTRIBUTES = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "load_balancing.cross_zone.enabled": "true",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
MAX_TAGS = 50


def patch_elbv2(addresses: AssignAddress) -> None:
    """Patch moto's load balancing; `addresses` assigns addresses to load balancers."""
    backend = models.ELBv2Backend
    replace_method(backend, "create_load_balancer", _create_load_balancer(addresses))
    replace_method(backend, "delete_load_balancer", _delete_load_balancer)
    replace_method(backend, "set_subnets", _set_subnets)
    replace_method(backend, "modify_load_balancer_attributes", _modify_attributes)
    replace_method(backend, "modify_target_group_attributes", _modify_attributes)
    replace_method(backend, "create_rule", _create_rule)
    replace_method(backend, "create_target_group", _create_target_group)
    replace_method(backend, "modify_target_group", _modify_target_group)
    replace_method(backend, "_validate_source_ip_condition", _validate_source_ip_condition)
    replace_method(backend, "add_tags", _add_tags)
    replace_method(models.FakeRule, "__init__", _rule_init)
    replace_method(models.FakeTargetGroup, "__init__", _target_group_init)


# -- load balancers


def _create_load_balancer(addresses: AssignAddress) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def create_load_balancer(self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
            same_name = [lb for lb in self.load_balancers.values() if lb.name == name]
            if same_name:
                return _existing_if_equal(same_name[0], *args, **kwargs)
            if (kwargs.get("loadbalancer_type") or "application") == "application":
                _check_new_balancer(self, name, **kwargs)
            address = _free_address(self, addresses)
            balancer = original(self, name, *args, **kwargs)
            balancer.dns_name = address
            balancer.state = "active"
            balancer.scheme = balancer.scheme or "internet-facing"
            if balancer.type == "application":
                balancer.attrs = dict(LOAD_BALANCER_ATTRIBUTES)
            return balancer

        return create_load_balancer

    return make


def _check_new_balancer(
    backend: Any,
    name: str,
    *,
    subnet_ids: list[str],
    subnet_mappings: list[dict[str, str]] | None = None,
    scheme: str | None = None,
    **_: Any,
) -> None:
    if name.startswith("internal-"):
        raise ValidationError(f"The load balancer name '{name}' must not begin with 'internal-'")
    ids = subnet_ids or [mapping["SubnetId"] for mapping in subnet_mappings or ()]
    found = _find_subnets(backend, ids)
    check_subnets([(subnet.vpc_id, subnet.availability_zone) for subnet in found])
    if (scheme or "internet-facing") == "internet-facing":
        _check_internet_gateway(backend.ec2_backend, found[0].vpc_id)


def _check_internet_gateway(ec2: Any, vpc_id: str) -> None:
    """Raises ELBClientError with AWS's text, which users report.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
    https://github.com/openshift/installer/issues/1110
    https://github.com/giantswarm/aws-operator/pull/1231
    """
    attached = (gateway.vpc for gateway in ec2.internet_gateways.values())
    if not any(vpc is not None and vpc.id == vpc_id for vpc in attached):
        raise ELBClientError("InvalidSubnet", f"VPC {vpc_id} has no internet gateway")


def _find_subnets(backend: Any, ids: Sequence[str]) -> list[Any]:
    """Raises ELBClientError with AWS's text, which users report.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    known = {subnet.id: subnet for subnet in backend.ec2_backend.describe_subnets()}
    for subnet_id in ids:
        if subnet_id not in known:
            raise ELBClientError("SubnetNotFound", f"The subnet ID '{subnet_id}' does not exist")
    return [known[subnet_id] for subnet_id in ids]


def _set_subnets(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html."""

    def set_subnets(
        self: Any, arn: str, subnets: list[str], subnet_mappings: list[dict[str, Any]]
    ) -> Any:
        if arn in self.load_balancers:
            _find_subnets(self, [*subnets, *(mapping["SubnetId"] for mapping in subnet_mappings)])
        return original(self, arn, subnets, subnet_mappings)

    return set_subnets


def check_subnets(subnets: Sequence[tuple[str, str]]) -> None:
    """Raise unless the (VPC, Availability Zone) pairs suit an Application Load Balancer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    zones = {zone for _, zone in subnets}
    if len(zones) < 2:
        raise ValidationError(
            "At least two subnets in two different Availability Zones must be specified"
        )
    if len({vpc for vpc, _ in subnets}) > 1:
        raise InvalidConfigurationRequest("All subnets must belong to the same VPC")
    if len(zones) < len(subnets):
        raise InvalidConfigurationRequest(
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )


def _existing_if_equal(
    existing: Any,
    security_groups: list[str],
    subnet_ids: list[str],
    subnet_mappings: list[dict[str, str]] | None = None,
    *_: Any,
    scheme: str | None = None,
    **__: Any,
) -> Any:
    """A repeated creation returns the load balancer; other settings are an error.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    wanted = subnet_ids or [mapping["SubnetId"] for mapping in subnet_mappings or ()]
    is_equal = (
        sorted(security_groups or []) == sorted(existing.security_groups or [])
        and sorted(wanted) == sorted(subnet.id for subnet in existing.subnets)
        and (scheme or "internet-facing") == existing.scheme
    )
    if not is_equal:
        raise DuplicateLoadBalancerName()
    return existing


def _free_address(backend: Any, addresses: AssignAddress) -> str:
    """The first address of the Region without a load balancer."""
    taken = {balancer.dns_name for balancer in backend.load_balancers.values()}
    numbers = range(1, len(taken) + 2)
    if len(taken) >= 254:
        raise ELBClientError(
            "TooManyLoadBalancers",
            f"All 254 load balancer addresses of the twin in {backend.region_name} are in use.",
        )
    return next(
        address for n in numbers if (address := addresses(backend.region_name, n)) not in taken
    )


def _delete_load_balancer(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html."""

    def delete_load_balancer(self: Any, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        if balancer and balancer.attrs.get("deletion_protection.enabled") == "true":
            raise ELBClientError(
                "OperationNotPermitted",
                f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled",
            )
        original(self, arn)

    return delete_load_balancer


def _modify_attributes(original: Any) -> Any:
    """Validate all values before any is changed."""

    def modify_attributes(self: Any, arn: str, attributes: dict[str, str]) -> Any:
        check_attributes(attributes, InvalidConfigurationRequest)
        return original(self, arn, attributes)

    return modify_attributes


def _add_tags(_original: Any) -> Any:
    """Allow 50 tags; moto allows 10.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html
    """

    def add_tags(self: Any, resource_arns: list[str], tags: list[dict[str, str]]) -> None:
        for arn in resource_arns:
            existing = self.tagging_service.get_tag_dict_for_resource(arn)
            if len(existing | {tag["Key"]: "" for tag in tags}) > MAX_TAGS:
                raise TooManyTagsError()
            self._get_resource_by_arn(arn)
            self.tagging_service.tag_resource(arn, tags)

    return add_tags


# -- rules


def _create_rule(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html."""

    def create_rule(self: Any, listener_arn: str, conditions: list[Any], **kwargs: Any) -> Any:
        if not conditions:
            raise ValidationError("A condition must be specified")
        for listener in self.describe_listeners(None, [listener_arn]):
            check_quota(self.load_balancers[listener.load_balancer_arn], rules=1)
        return original(self, listener_arn, conditions, **kwargs)

    return create_rule


def _validate_source_ip_condition(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SourceIpConditionConfig.html"""

    def validate(self: Any, condition: dict[str, Any]) -> None:
        original(self, condition)
        for value in condition["SourceIpConfig"]["Values"]:
            try:
                ipaddress.ip_network(value, strict=False)
            except ValueError:
                raise InvalidConditionValueError(
                    f"The source-ip value '{value}' is not a CIDR block"
                ) from None

    return validate


def _rule_init(original: Any) -> Any:
    """Make the default rule's ARN from the listener's id; moto takes its memory address."""

    def init(self: Any, listener_arn: str, *args: Any, **kwargs: Any) -> None:
        original(self, listener_arn, *args, **kwargs)
        listener_id = listener_arn.rsplit("/", 1)[-1]
        self.arn = f"{listener_arn.replace(':listener/', ':listener-rule/')}/{listener_id[::-1]}"

    return init


# -- target groups


def _target_group_init(original: Any) -> Any:
    """Remove the connection attributes of `lambda` target groups."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.target_type == "lambda":
            # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
            for name in ("deregistration_delay.timeout_seconds", "slow_start.duration_seconds"):
                self.attributes.pop(name, None)

    return init


def _create_target_group(original: Any) -> Any:
    """Validate the health check; its interval defaults to 35 s for `lambda`, its time-out to 30 s.

    A repeated creation returns the target group, unless it has been modified meanwhile.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """

    def create_target_group(self: Any, name: str, **kwargs: Any) -> Any:
        given = {setting: value for setting, value in kwargs.items() if setting != "tags"}
        for present in self.target_groups.values():
            if present.name == name and present.created_with == given:
                return present
        check_health_check(
            {
                "interval": kwargs.get("healthcheck_interval_seconds"),
                "timeout": kwargs.get("healthcheck_timeout_seconds"),
                "healthy": kwargs.get("healthy_threshold_count"),
                "unhealthy": kwargs.get("unhealthy_threshold_count"),
                "path": kwargs.get("healthcheck_path"),
                "matcher": (kwargs.get("matcher") or {}).get("HttpCode"),
            },
            ValidationError,
        )
        if kwargs.get("target_type") == "lambda":
            check_lambda_interval(
                kwargs.get("healthcheck_interval_seconds") or 35,
                kwargs.get("healthcheck_timeout_seconds") or 30,
                ValidationError,
            )
        group = original(self, name, **kwargs)
        group.created_with = given
        return group

    return create_target_group


def _modify_target_group(original: Any) -> Any:
    """Validate the health check, and change the matcher of `lambda` groups, which moto ignores.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html
    """

    def modify_target_group(self: Any, arn: str, *args: Any, **kwargs: Any) -> Any:
        names = ("protocol", "port", "path", "interval", "timeout", "healthy", "unhealthy", "codes")
        given = dict(zip(names, args, strict=False))
        check_health_check(given | {"matcher": given.get("codes")}, ValidationError)
        group = self.target_groups.get(arn)
        is_lambda = group is not None and group.target_type == "lambda"
        if is_lambda:
            check_lambda_interval(
                given.get("interval") or group.health_check_interval_seconds,
                given.get("timeout") or group.health_check_timeout_seconds,
                ValidationError,
            )
        modified = original(self, arn, *args, **kwargs)
        modified.created_with = None
        if is_lambda and given.get("codes") is not None:
            modified.matcher = {"HttpCode": given["codes"]}
        return modified

    return modify_target_group


_ATTRIBUTE_RANGES = {
    "client_keep_alive.seconds": (60, 604800),
    "idle_timeout.timeout_seconds": (1, 4000),
}
_ATTRIBUTE_CHOICES = {
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
}
_BOOLEANS = ("true", "false")


def check_attributes(attributes: Mapping[str, str], error: Callable[[str], Exception]) -> None:
    """Raise `error(message)` for the first value that AWS does not allow.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    """
    for key, value in attributes.items():
        if key in _ATTRIBUTE_RANGES and not _in_range(value, *_ATTRIBUTE_RANGES[key]):
            least, most = _ATTRIBUTE_RANGES[key]
            raise error(f"Attribute '{key}': '{value}' is not a number from {least} to {most}")
        choices = _ATTRIBUTE_CHOICES.get(key) or (_BOOLEANS if key.endswith(".enabled") else ())
        if choices and value not in choices:
            raise error(f"Attribute '{key}': '{value}' is none of {', '.join(choices)}")


def _in_range(value: str, least: int, most: int) -> bool:
    return value.isascii() and value.isdigit() and least <= int(value) <= most


_HEALTH_CHECK_RANGES = (
    ("Health check interval", "interval", 5, 300),
    ("Health check timeout", "timeout", 2, 120),
    ("Healthy threshold count", "healthy", 2, 10),
    ("Unhealthy threshold count", "unhealthy", 2, 10),
)
_MATCHER = re.compile(r"\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*")


def check_health_check(values: Mapping[str, Any], error: Callable[[str], Exception]) -> None:
    """Raise `error(message)` for the first value out of range; None counts as not given.

    Keys: interval and timeout (seconds), healthy and unhealthy (counts), path, matcher.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    for label, key, least, most in _HEALTH_CHECK_RANGES:
        value = values.get(key)
        if value is not None and not least <= int(value) <= most:
            raise error(f"{label} '{value}' must be in the range {least}-{most} inclusive")
    _check_path(values.get("path"), error)
    _check_matcher(values.get("matcher"), error)


def check_lambda_interval(interval: int, timeout: int, error: Callable[[str], Exception]) -> None:
    """Raise `error(message)` unless the interval of a `lambda` group exceeds the time-out."""
    if interval <= timeout:
        raise error(
            f"Health check timeout '{timeout}' must be smaller than the interval '{interval}'"
        )


def _check_path(path: str | None, error: Callable[[str], Exception]) -> None:
    if path is None:
        return
    if not path.startswith("/"):
        raise error(f"Health check path '{path}' must begin with a '/' character")
    if len(path) > 1024:
        raise error(f"Health check path must be at most 1024 characters; it has {len(path)}")


def _check_matcher(matcher: str | None, error: Callable[[str], Exception]) -> None:
    if matcher is None:
        return
    if not _MATCHER.fullmatch(matcher):
        raise error(f"HttpCode '{matcher}' must be like 200 | 200-399 | 200,201")
    for code in re.findall(r"\d{3}", matcher):
        if not 200 <= int(code) <= 499:
            raise error(f"HttpCode '{matcher}': {code} is not in the range 200-499")
