"""EC2: routes and rules that are declared on their own, outside of their table or group."""

import zlib
from dataclasses import dataclass

from twin.provider.errors import ProviderError
from twin.provider.resources.ec2.security_group import DIRECTIONS, SOURCES
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    AwsOperation,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    WriteOnlyAspect,
    boolean,
    integer,
    output,
    string,
    string_list,
)
from twin.provider.values import Properties, Value

_DESTINATIONS = {
    "destinationCidrBlock": "DestinationCidrBlock",
    "destinationIpv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}

# -- route


def _recorded(ref: ResourceRef, name: str) -> str:
    """An argument that identifies the resource, which an import does not have."""
    if name not in ref.properties:
        raise ProviderError(f"'{ref.id}' can't be imported: declare the resource anew")
    return str(ref.properties[name])


def _table(ref: ResourceRef) -> Properties:
    return {"RouteTableIds": [_recorded(ref, "routeTableId")]}


def _destination(properties: Properties) -> Properties:
    return {aws: properties[name] for name, aws in _DESTINATIONS.items() if properties.get(name)}


def _find_route(ref: ResourceRef, response: Properties) -> Value:
    wanted = _destination(ref.properties)
    routes = response["RouteTables"][0].get("Routes", [])
    return next((route for route in routes if wanted.items() <= route.items()), None)


def _route_params(ref: ResourceRef) -> Properties:
    return {"RouteTableId": ref.properties["routeTableId"], **_destination(ref.properties)}


def _route_id(_: Properties, new: Properties) -> str:
    """The real provider's id: r-TABLE and a checksum of the destination."""
    (destination,) = _destination(new).values()
    return f"r-{new['routeTableId']}{zlib.crc32(destination.encode())}"


def _validate_route(inputs: Properties) -> list[tuple[str, str]]:
    given = [name for name in _DESTINATIONS if inputs.get(name)]
    if len(given) == 1:
        return []
    wanted = ", ".join(_DESTINATIONS)
    return [("destinationCidrBlock", f"exactly one of {wanted} must be given")]


_TARGETS = (string("gatewayId"), string("vpcEndpointId"))

ROUTE = ResourceType(
    name="aws:ec2/route:Route",
    service="ec2",
    properties=(
        string("routeTableId", required=True, replaces=True, keep_recorded=True),
        string("destinationCidrBlock", replaces=True),
        string("destinationIpv6CidrBlock", replaces=True),
        string("destinationPrefixListId", replaces=True),
        *_TARGETS,
        output("instanceId", "InstanceId"),
        output("instanceOwnerId", "InstanceOwnerId"),
        output("origin", "Origin"),
        output("state", "State"),
    ),
    create=AwsOperation(operation="CreateRoute"),
    read=AwsOperation(operation="DescribeRouteTables", id_param=_table, result=_find_route),
    delete=AwsOperation(operation="DeleteRoute", id_param=_route_params),
    resource_id=_route_id,
    not_found_codes=frozenset({"InvalidRouteTableID.NotFound", "InvalidRoute.NotFound"}),
    aspects=(ModifyAspect(operation="ReplaceRoute", id_param=_route_params, properties=_TARGETS),),
    validate=_validate_route,
)


# -- rule of a security group


def _permission(properties: Properties) -> Properties:
    """The rule in AWS's form."""
    described = {"Description": properties["description"]} if properties.get("description") else {}
    permission: Properties = {
        "IpProtocol": _protocol(properties["protocol"]),
        "FromPort": properties["fromPort"],
        "ToPort": properties["toPort"],
    }
    group = properties.get("sourceSecurityGroupId")
    if properties.get("self"):
        group = properties["securityGroupId"]
    given = {**properties, "securityGroups": [group] if group else []}
    for name, (member, key) in SOURCES.items():
        if given.get(name):
            permission[member] = [{key: value, **described} for value in given[name]]
    return permission


def _protocol(given: str) -> str:
    return "-1" if given.lower() in ("all", "-1") else given.lower()


def _rule_params(ref: ResourceRef) -> Properties:
    return {
        "GroupId": ref.properties["securityGroupId"],
        "IpPermissions": [_permission(ref.properties)],
    }


def _creation_params(_: OperationContext, new: Properties) -> Properties:
    return _rule_params(ResourceRef(id="", properties=new))


def _find_rule(ref: ResourceRef, response: Properties) -> Value:
    """The declared rule if the group has all of it; AWS joins rules of the same ports."""
    group = response["SecurityGroups"][0]
    member, _ = DIRECTIONS[ref.properties["type"]]
    wanted = _permission(ref.properties)
    for rule in group.get(member, []):
        same_ports = all(
            rule.get(key) == wanted[key] for key in ("IpProtocol", "FromPort", "ToPort")
        )
        every_port = rule.get("IpProtocol") == wanted["IpProtocol"] == "-1"
        if (same_ports or every_port) and _has_sources(rule, wanted):
            return {**ref.properties}
    return None


def _has_sources(rule: Properties, wanted: Properties) -> bool:
    return all(
        {source[key] for source in wanted.get(member, [])}
        <= {source.get(key) for source in rule.get(member, [])}
        for member, key in SOURCES.values()
    )


def _rule_id(_: Properties, new: Properties) -> str:
    described = repr((new["securityGroupId"], new["type"], sorted(_permission(new).items())))
    return f"sgrule-{zlib.crc32(described.encode())}"


@dataclass(frozen=True, slots=True)
class DescriptionAspect(WriteOnlyAspect):
    """The description, which the group's rule gets in its place."""

    names: frozenset[str] = frozenset({"description"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Without one AWS removes it:
        https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsIngress.html
        """
        params = _rule_params(ResourceRef(id=change.id, properties=change.new))
        context.call(_operation("Update", change.new, "RuleDescriptions"), params)


SECURITY_GROUP_RULE = ResourceType(
    name="aws:ec2/securityGroupRule:SecurityGroupRule",
    service="ec2",
    properties=(
        string("type", required=True, choices=("ingress", "egress"), replaces=True, local=True),
        string("securityGroupId", required=True, replaces=True, local=True),
        string("protocol", required=True, replaces=True, local=True),
        integer("fromPort", required=True, replaces=True, local=True),
        integer("toPort", required=True, replaces=True, local=True),
        string_list("cidrBlocks", replaces=True, local=True),
        string_list("ipv6CidrBlocks", replaces=True, local=True),
        string_list("prefixListIds", replaces=True, local=True),
        boolean("self", default=False, replaces=True, local=True),
        string("sourceSecurityGroupId", replaces=True, local=True),
        string("description", local=True),
        output("securityGroupRuleId"),
    ),
    create=AwsOperation(
        operation="AuthorizeSecurityGroupIngress",
        choose=lambda new: _operation("Authorize", new),
        extra_params=_creation_params,
    ),
    read=AwsOperation(
        operation="DescribeSecurityGroups",
        id_param=lambda ref: {"GroupIds": [_recorded(ref, "securityGroupId")]},
        result=_find_rule,
    ),
    delete=AwsOperation(
        operation="RevokeSecurityGroupIngress",
        choose=lambda properties: _operation("Revoke", properties),
        id_param=_rule_params,
    ),
    resource_id=_rule_id,
    not_found_codes=frozenset({"InvalidGroup.NotFound", "InvalidPermission.NotFound"}),
    aspects=(DescriptionAspect(),),
)


def _operation(verb: str, properties: Properties, what: str = "") -> str:
    _, direction = DIRECTIONS[properties["type"]]
    return f"{verb}SecurityGroup{what}{direction}"


TYPES = (ROUTE, SECURITY_GROUP_RULE)
