"""Corrections of moto's security groups: name and VPC of a group, and the ports of a rule, are
checked before they are kept, and an answer has every rule of its call."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.security_groups import SecurityGroupBackend
from moto.ec2.responses.security_groups import SecurityGroups

from twin.moto.patches.patching import replace_method, set_attribute

MAX_PORT = 65535
_PROTOCOLS_WITH_PORTS = frozenset({"tcp", "6", "udp", "17"})


def patch_security_groups() -> None:
    """Patch moto's security groups."""
    for operation in ("authorize_security_group_ingress", "authorize_security_group_egress"):
        replace_method(SecurityGroupBackend, operation, _authorize)
        set_attribute(SecurityGroups, operation, _answer_with_every_rule(operation))
    replace_method(SecurityGroupBackend, "modify_security_group_rules", _modify_rules)
    replace_method(SecurityGroupBackend, "create_security_group", _create_group)


def _create_group(original: Callable[..., Any]) -> Callable[..., Any]:
    """The VPC is there, and the name is not one of AWS's own.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
    """

    def create_security_group(
        self: Any,
        name: str,
        description: str,
        vpc_id: str | None = None,
        *args: Any,
        is_default: bool | None = None,
        **options: Any,
    ) -> Any:
        if vpc_id and not is_default:
            self.get_vpc(vpc_id)
        if name.lower() == "default" and not is_default:
            raise EC2ClientError(
                "InvalidParameterValue", f"Cannot use reserved security group name: {name}"
            )
        return original(self, name, description, vpc_id, *args, is_default=is_default, **options)

    return create_security_group


def _authorize(original: Callable[..., Any]) -> Callable[..., Any]:
    """Check a rule's ports.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    """

    def authorize(
        self: Any,
        group_name_or_id: str,
        ip_protocol: str | None,
        from_port: object,
        to_port: object,
        *args: Any,
        **options: Any,
    ) -> Any:
        check_ports(ip_protocol, from_port, to_port)
        return original(self, group_name_or_id, ip_protocol, from_port, to_port, *args, **options)

    return authorize


def _answer_with_every_rule(operation: str) -> Callable[[Any], ActionResult]:
    """Of several permissions moto answers with the rules of the last one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html
    """

    def authorize(self: Any) -> ActionResult:
        self.error_on_dryrun()
        authorize_permission = getattr(self.ec2_backend, operation)
        rules = []
        for permission in self._process_rules_from_querystring():
            added, _ = authorize_permission(**permission)
            rules.extend(added)
        return ActionResult({"Return": True, "SecurityGroupRules": rules})

    return authorize


def _modify_rules(original: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRuleRequest.html."""

    def modify_security_group_rules(self: Any, group_id: str, rules: dict[str, Any]) -> None:
        for rule in rules.values():
            check_ports(rule.get("IpProtocol"), rule.get("FromPort"), rule.get("ToPort"))
        original(self, group_id, rules)

    return modify_security_group_rules


def check_ports(protocol: str | None, from_port: object, to_port: object) -> None:
    """Raise EC2ClientError for ports that no TCP or UDP has; other protocols have none.

    The texts are those that users report.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    if str(protocol).lower() not in _PROTOCOLS_WITH_PORTS:
        return
    if from_port is None or to_port is None:
        raise _InvalidPorts(
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        )
    ports = {"from": int(str(from_port)), "to": int(str(to_port))}
    for end, port in ports.items():
        if not 0 <= port <= MAX_PORT:
            raise _InvalidPorts(f"TCP/UDP ({end}) port ({port}) out of range")
    if ports["from"] > ports["to"]:
        raise _InvalidPorts(f"Invalid TCP/UDP port range ({ports['from']}:{ports['to']})")


class _InvalidPorts(EC2ClientError):
    def __init__(self, message: str) -> None:
        super().__init__("InvalidParameterValue", message)
