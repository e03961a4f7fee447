"""EC2: security groups; rules are part of the group's declaration.

A VPC's default group is not made but adopted: it loses the rules that it has, and stays, with those
of the program, when the program no longer declares it. Read in terraform-provider-aws,
internal/service/ec2/vpc_default_security_group.go at 01f43111.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.provider.operations.diff import merge_tags
from twin.provider.schema.calls import OWNER_ID, arn_property
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block_set,
    boolean,
    integer,
    output,
    string,
    string_set,
)
from twin.provider.schema.tags import Ec2Tags
from twin.provider.values import Properties

_RULE = (
    string("protocol", required=True),
    integer("fromPort", required=True),
    integer("toPort", required=True),
    string_set("cidrBlocks"),
    string_set("ipv6CidrBlocks"),
    string_set("prefixListIds"),
    string_set("securityGroups"),
    boolean("self"),
    string("description"),
)
_INGRESS = block_set("ingress", *_RULE, computed=True)
_EGRESS = block_set("egress", *_RULE, computed=True)
DIRECTIONS = {
    "ingress": ("IpPermissions", "Ingress"),
    "egress": ("IpPermissionsEgress", "Egress"),
}
"""Direction -> member of a described group, end of the operations' names."""


@dataclass(frozen=True, slots=True)
class RulesAspect:
    """A security group's rules of one direction."""

    direction: str
    """`ingress` or `egress`."""
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The property that it sets."""
        return frozenset({self.direction})

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Revoke and authorize the rules that differ from those in AWS."""
        verb = DIRECTIONS[self.direction][1]
        wanted = _atoms(change.new.get(self.direction) or [], change.id)
        existing = [] if change.creating else self._existing_atoms(context, change.id)
        surplus = [_permission(atom) for atom in existing if atom not in wanted]
        missing = [_permission(atom) for atom in wanted if atom not in existing]
        group = {"GroupId": change.id}
        if surplus:
            context.call(f"RevokeSecurityGroup{verb}", {**group, "IpPermissions": surplus})
        if missing:
            context.call(f"AuthorizeSecurityGroup{verb}", {**group, "IpPermissions": missing})

    def read(self, found: DescribedResource) -> Properties:
        """The rules as recorded if AWS has the same, however grouped; else as AWS groups them."""
        described = _rules(found.description.get(DIRECTIONS[self.direction][0], []), found.id)
        recorded = found.recorded.get(self.direction) or []
        is_same = _same_atoms(_atoms(recorded, found.id), _atoms(described, found.id))
        return {self.direction: recorded if is_same else described}

    def _existing_atoms(self, context: OperationContext, resource: str) -> list[Properties]:
        response = context.call("DescribeSecurityGroups", {"GroupIds": [resource]})
        permissions = response["SecurityGroups"][0].get(DIRECTIONS[self.direction][0], [])
        return _atoms(_rules(permissions, resource), resource)


def _same_atoms(one: list[Properties], other: list[Properties]) -> bool:
    return len(one) == len(other) and all(atom in other for atom in one)


SOURCES = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}
"""Property of a rule -> AWS's member, and the key of a source in it."""


def _atoms(rules: list[Properties], group: str) -> list[Properties]:
    """Split rules into one entry for each source, since AWS groups them in its own way."""
    atoms = []
    for rule in rules:
        # Protocol -1 is all traffic; its ports are ignored:
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
        for name in SOURCES:
            sources = (rule.get(name) or []) + (own if name == "securityGroups" else [])
            atoms += [{**base, "kind": name, "source": source} for source in sources]
    return atoms


def _permission(atom: Properties) -> Properties:
    member, key = SOURCES[atom["kind"]]
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
    for name, (member, key) in SOURCES.items():
        for source in permission.get(member, []):
            sources = found.setdefault(source.get("Description", ""), {})
            sources.setdefault(name, []).append(source[key])
    return found


def _revoke_default_egress(context: OperationContext, ref: ResourceRef) -> None:
    """Revoke the rule of a new group that allows all outgoing traffic, as the real provider does:
    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
    """
    _revoke_all(context, ref, "egress")


def _revoke_all(context: OperationContext, ref: ResourceRef, direction: str) -> None:
    member, verb = DIRECTIONS[direction]
    response = context.call("DescribeSecurityGroups", {"GroupIds": [ref.id]})
    rules = response["SecurityGroups"][0].get(member) or []
    if rules:
        params = {
            "GroupId": ref.id,
            "IpPermissions": [
                {name: value for name, value in rule.items() if value not in ([], None)}
                for rule in rules
            ],
        }
        context.call(f"RevokeSecurityGroup{verb}", params)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedTags(Ec2Tags):
    """Tags of what is there already: the call that finds it takes none."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        del tags
        return {}


_ADOPTED_TAGS = AdoptedTags(resource="security-group")


def _default_group_of(context: OperationContext, new: Properties) -> Properties:
    """The filter that finds a VPC's default group; without a VPC that of the default VPC."""
    del context
    filters = {"group-name": "default"}
    filters |= {"vpc-id": new["vpcId"]} if "vpcId" in new else {"description": "default group"}
    return {"Filters": [{"Name": name, "Values": [value]} for name, value in filters.items()]}


def _adopt(context: OperationContext, ref: ResourceRef) -> None:
    """Tag the group, and take all of its rules away."""
    tags = merge_tags(ref.properties, dict(context.default_tags))
    _ADOPTED_TAGS.update(context, ref, tags, [])
    for direction in DIRECTIONS:
        _revoke_all(context, ref, direction)


SECURITY_GROUP = ResourceType(
    name="aws:ec2/securityGroup:SecurityGroup",
    service="ec2",
    properties=(
        string("name", aws="GroupName", replaces=True),
        string("description", default="Managed by Pulumi", replaces=True),
        string("vpcId", computed=True, replaces=True),
        _INGRESS,
        _EGRESS,
        boolean("revokeRulesOnDelete", default=False, local=True),
        OWNER_ID,
        arn_property("security-group"),
    ),
    create=AwsOperation(operation="CreateSecurityGroup"),
    read=AwsOperation(
        operation="DescribeSecurityGroups", id_param="GroupIds[]", result="SecurityGroups[0]"
    ),
    delete=AwsOperation(operation="DeleteSecurityGroup", id_param="GroupId"),
    resource_id="GroupId",
    not_found_codes=frozenset({"InvalidGroup.NotFound"}),
    autoname=Autoname(prefix="namePrefix"),
    after_create=_revoke_default_egress,
    aspects=(RulesAspect("ingress"), RulesAspect("egress")),
    tagging=Ec2Tags(resource="security-group"),
)

DEFAULT_SECURITY_GROUP = ResourceType(
    name="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    service="ec2",
    properties=(
        string("vpcId", computed=True, replaces=True),
        _INGRESS,
        _EGRESS,
        boolean("revokeRulesOnDelete", default=False, local=True),
        output("name", "GroupName"),
        output("namePrefix", derive=lambda _: ""),
        output("description"),
        OWNER_ID,
        arn_property("security-group"),
    ),
    create=AwsOperation(
        operation="DescribeSecurityGroups",
        result="SecurityGroups[0]",
        extra_params=_default_group_of,
    ),
    read=SECURITY_GROUP.read,
    delete=SECURITY_GROUP.delete,
    resource_id="GroupId",
    not_found_codes=SECURITY_GROUP.not_found_codes,
    skip_deletion=lambda _: True,
    after_create=_adopt,
    aspects=SECURITY_GROUP.aspects,
    tagging=_ADOPTED_TAGS,
)

TYPES = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
