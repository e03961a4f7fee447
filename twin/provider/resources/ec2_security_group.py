"""EC2: security groups with their rules inline."""

from dataclasses import dataclass

from twin.provider.resources.ec2_common import OWNER, arn
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    flag,
    text,
    text_set,
    whole,
)
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties

_RULE = (
    text("protocol", required=True),
    whole("fromPort", required=True),
    whole("toPort", required=True),
    text_set("cidrBlocks"),
    text_set("ipv6CidrBlocks"),
    text_set("prefixListIds"),
    text_set("securityGroups"),
    flag("self"),
    text("description"),
)
_INGRESS = block_set("ingress", *_RULE, computed=True)
_EGRESS = block_set("egress", *_RULE, computed=True)
_SIDES = {
    "ingress": ("IpPermissions", "Ingress"),
    "egress": ("IpPermissionsEgress", "Egress"),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """A security group's rules, of one direction."""

    side: str
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The property that it sets."""
        return frozenset({self.side})

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Take away and add what differs from what is there."""
        verb = _SIDES[self.side][1]
        wanted = _atoms(change.new.get(self.side) or [], change.id)
        there = [] if change.creating else _atoms(self._there(scope, change.id), change.id)
        surplus = [_permission(atom) for atom in there if atom not in wanted]
        lacking = [_permission(atom) for atom in wanted if atom not in there]
        group = {"GroupId": change.id}
        if surplus:
            scope.call(f"RevokeSecurityGroup{verb}", {**group, "IpPermissions": surplus})
        if lacking:
            scope.call(f"AuthorizeSecurityGroup{verb}", {**group, "IpPermissions": lacking})

    def read(self, found: DescribedResource) -> Properties:
        """The rules, each with all of its sources, grouped as the program has them if it can be."""
        told = _rules(found.description.get(_SIDES[self.side][0], []), found.id)
        recorded = found.recorded.get(self.side) or []
        alike = _same_atoms(_atoms(recorded, found.id), _atoms(told, found.id))
        return {self.side: recorded if alike else told}

    def _there(self, scope: OperationContext, resource: str) -> list[Properties]:
        answer = scope.call("DescribeSecurityGroups", {"GroupIds": [resource]})
        return _rules(answer["SecurityGroups"][0].get(_SIDES[self.side][0], []), resource)


def _same_atoms(one: list[Properties], other: list[Properties]) -> bool:
    return len(one) == len(other) and all(atom in other for atom in one)


_SOURCES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}


def _atoms(rules: list[Properties], group: str) -> list[Properties]:
    """One entry for each source of each rule: AWS groups them in its own way."""
    atoms = []
    for rule in rules:
        # Protocol -1 is all traffic; its ports mean nothing:
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
        protocol = "-1" if rule["protocol"] in ("-1", "all") else str(rule["protocol"]).lower()
        everything = protocol == "-1"
        base = {
            "protocol": protocol,
            "fromPort": None if everything else rule.get("fromPort"),
            "toPort": None if everything else rule.get("toPort"),
            "description": rule.get("description") or "",
        }
        own = [group] if rule.get("self") else []
        for name in _SOURCES:
            sources = (rule.get(name) or []) + (own if name == "securityGroups" else [])
            atoms += [{**base, "kind": name, "source": source} for source in sources]
    return atoms


def _permission(atom: Properties) -> Properties:
    member, key = _SOURCES[atom["kind"]]
    described = {"Description": atom["description"]} if atom["description"] else {}
    ports = {"FromPort": atom["fromPort"], "ToPort": atom["toPort"]}
    return {
        "IpProtocol": atom["protocol"],
        **{name: port for name, port in ports.items() if port is not None},
        member: [{key: atom["source"], **described}],
    }


def _rules(permissions: list[Properties], group: str) -> list[Properties]:
    rules = []
    for permission in permissions:
        for description, sources in _by_description(permission).items():
            groups = sources.get("securityGroups", [])
            rule: Properties = {
                "protocol": permission["IpProtocol"],
                "fromPort": permission.get("FromPort", 0),
                "toPort": permission.get("ToPort", 0),
                "self": group in groups,
                **sources,
                "securityGroups": [other for other in groups if other != group],
                "description": description,
            }
            rules.append({name: value for name, value in rule.items() if value not in ([], "")})
    return rules


def _by_description(permission: Properties) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = {}
    for name, (member, key) in _SOURCES.items():
        for source in permission.get(member, []):
            sources = found.setdefault(source.get("Description", ""), {})
            sources.setdefault(name, []).append(source[key])
    return found


def _revoke_default_egress(scope: OperationContext, ref: ResourceRef) -> None:
    """AWS lets everything out of a new group; the real provider takes that rule away, so that
    only what the program says is open:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
    """
    answer = scope.call("DescribeSecurityGroups", {"GroupIds": [ref.id]})
    rules = answer["SecurityGroups"][0].get("IpPermissionsEgress") or []
    if rules:
        params = {
            "GroupId": ref.id,
            "IpPermissions": [
                {name: value for name, value in rule.items() if value not in ([], None)}
                for rule in rules
            ],
        }
        scope.call("RevokeSecurityGroupEgress", params)


SECURITY_GROUP = ResourceType(
    name="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    properties=(
        text("name", aws="GroupName", replaces=True),
        text("description", default="Managed by Pulumi", replaces=True),
        text("vpcId", computed=True, replaces=True),
        _INGRESS,
        _EGRESS,
        flag("revokeRulesOnDelete", default=False, local=True),
        OWNER,
        arn("security-group"),
    ),
    create=AwsOperation(operation="CreateSecurityGroup"),
    read=AwsOperation(
        operation="DescribeSecurityGroups", by="GroupIds[]", result="SecurityGroups[0]"
    ),
    delete=AwsOperation(operation="DeleteSecurityGroup", by="GroupId"),
    identity="GroupId",
    missing=frozenset({"InvalidGroup.NotFound"}),
    autoname=Autoname(),
    after_create=_revoke_default_egress,
    facets=(Rules("ingress"), Rules("egress")),
    tagging=Ec2Tags(resource="security-group"),
)
