"""Route 53: traffic policies and their instances, CIDR collections and their locations."""

import secrets

from twin.provider.errors import ProviderError
from twin.provider.resources.route53 import REGION
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    integer,
    output,
    string,
    string_set,
)
from twin.provider.values import Properties, Value

# -- traffic policy


def _last_version(_: ResourceRef, response: Properties) -> Value:
    versions = response["TrafficPolicies"]
    return versions[-1] if versions else None


def _recorded_version(ref: ResourceRef) -> Properties:
    return {"Id": ref.id, "Version": ref.properties["version"]}


def _delete_other_versions(context: OperationContext, ref: ResourceRef) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicy.html"""
    listed = context.call("ListTrafficPolicyVersions", {"Id": ref.id})["TrafficPolicies"]
    for version in listed:
        if version["Version"] != ref.properties["version"]:
            context.call("DeleteTrafficPolicy", {"Id": ref.id, "Version": version["Version"]})


def _find_imported_policy(_: OperationContext, ref: ResourceRef) -> ResourceRef:
    """From the id POLICY/VERSION of an import."""
    return ResourceRef(id=ref.id.partition("/")[0], properties=ref.properties)


def _policy_arn(found: DescribedResource) -> str:
    return f"arn:aws:route53:::trafficpolicy/{found.id}"


TRAFFIC_POLICY = ResourceType(
    name="aws:route53/trafficPolicy:TrafficPolicy",
    service="route53",
    properties=(
        string("name", replaces=True),
        # Text: the real provider replaces the policy when the document's layout alone changes.
        string("document", required=True, replaces=True),
        string("comment"),
        output("type"),
        integer("version", output=True, computed=True),
        output("arn", derive=_policy_arn),
    ),
    create=AwsOperation(operation="CreateTrafficPolicy", result="TrafficPolicy"),
    read=AwsOperation(operation="ListTrafficPolicyVersions", id_param="Id", result=_last_version),
    delete=AwsOperation(operation="DeleteTrafficPolicy", id_param=_recorded_version),
    resource_id="Id",
    not_found_codes=frozenset({"NoSuchTrafficPolicy"}),
    aspects=(
        ModifyAspect(
            operation="UpdateTrafficPolicyComment",
            id_param=_recorded_version,
            properties=(string("comment", reset=""),),
        ),
    ),
    autoname=Autoname(longest=512),
    find_imported=_find_imported_policy,
    before_delete=_delete_other_versions,
    global_region=REGION,
)


# -- traffic policy instance

_GET_INSTANCE = AwsOperation(
    operation="GetTrafficPolicyInstance", id_param="Id", result="TrafficPolicyInstance"
)
_APPLIED = AwaitedState(
    call=_GET_INSTANCE,
    state="State",
    wanted=frozenset({"Applied"}),
    failed=frozenset({"Failed"}),
    failure_reason="Message",
)
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_TrafficPolicyInstance.html"""
_SETTINGS = (
    string("trafficPolicyId", required=True),
    integer("trafficPolicyVersion", required=True),
    integer("ttl", required=True, aws="TTL"),
)


def _instance_name(found: DescribedResource) -> str:
    return str(found.description["Name"]).removesuffix(".")


def _instance_arn(found: DescribedResource) -> str:
    return f"arn:aws:route53:::trafficpolicyinstance/{found.id}"


TRAFFIC_POLICY_INSTANCE = ResourceType(
    name="aws:route53/trafficPolicyInstance:TrafficPolicyInstance",
    service="route53",
    properties=(
        string("name", required=True, replaces=True, derive=_instance_name),
        string("hostedZoneId", required=True, replaces=True),
        *_SETTINGS,
        output("arn", derive=_instance_arn),
    ),
    create=AwsOperation(operation="CreateTrafficPolicyInstance", result="TrafficPolicyInstance"),
    read=_GET_INSTANCE,
    delete=AwsOperation(operation="DeleteTrafficPolicyInstance", id_param="Id"),
    resource_id="Id",
    not_found_codes=frozenset({"NoSuchTrafficPolicyInstance"}),
    aspects=(
        ModifyAspect(operation="UpdateTrafficPolicyInstance", id_param="Id", properties=_SETTINGS),
    ),
    ready=_APPLIED,
    wait_until_gone=True,
    global_region=REGION,
)


# -- CIDR collection


def _collection_params(_: OperationContext, new: Properties) -> Properties:
    return {"Name": new["name"], "CallerReference": f"pulumi-{secrets.token_hex(10)}"}


def _find_collection(ref: ResourceRef, response: Properties) -> Value:
    found = (one for one in response["CidrCollections"] if one["Id"] == ref.id)
    return next(found, None)


CIDR_COLLECTION = ResourceType(
    name="aws:route53/cidrCollection:CidrCollection",
    service="route53",
    properties=(
        string("name", replaces=True),
        output("arn", "Arn"),
        integer("version", output=True, computed=True),
    ),
    create=AwsOperation(
        operation="CreateCidrCollection", extra_params=_collection_params, result="Collection"
    ),
    read=AwsOperation(operation="ListCidrCollections", result=_find_collection),
    delete=AwsOperation(operation="DeleteCidrCollection", id_param="Id"),
    resource_id="Id",
    not_found_codes=frozenset({"NoSuchCidrCollectionException"}),
    autoname=Autoname(longest=64),
    global_region=REGION,
)


# -- location of a CIDR collection


def _location_change(properties: Properties, action: str, blocks: list[str]) -> Properties:
    change = {"LocationName": properties["name"], "Action": action, "CidrList": blocks}
    return {"Id": properties["cidrCollectionId"], "Changes": [change]}


def _location_params(_: OperationContext, new: Properties) -> Properties:
    return _location_change(new, "PUT", list(new["cidrBlocks"]))


def _location_removal(_: OperationContext, recorded: Properties) -> Properties:
    return _location_change(recorded, "DELETE_IF_EXISTS", list(recorded["cidrBlocks"]))


def _location_query(ref: ResourceRef) -> Properties:
    collection, comma, name = ref.id.partition(",")
    if not comma:
        raise ProviderError(f"'{ref.id}' is no id of a CIDR location: expected COLLECTION,NAME")
    return {"CollectionId": collection, "LocationName": name}


def _location(ref: ResourceRef, response: Properties) -> Value:
    query = _location_query(ref)
    return {
        "CidrCollectionId": query["CollectionId"],
        "Name": query["LocationName"],
        "CidrBlocks": _plain_blocks(response),
        "NextToken": response.get("NextToken"),
    }


def _plain_blocks(page: Properties) -> list[str]:
    return [block["CidrBlock"] for block in page["CidrBlocks"]]


class _BlocksAspect:
    """Adds and removes blocks of a location, and reads all pages of them."""

    names = frozenset({"cidrBlocks"})
    at_creation = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Add the new ones first, so that the location stays."""
        old, new = set(change.old["cidrBlocks"]), set(change.new["cidrBlocks"])
        for action, blocks in (("PUT", new - old), ("DELETE_IF_EXISTS", old - new)):
            if blocks:
                params = _location_change(change.new, action, sorted(blocks))
                context.call("ChangeCidrCollection", params)

    def read(self, found: DescribedResource) -> Properties:
        """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrBlocks.html"""
        asked = _location_query(ResourceRef(id=found.id, properties={}))
        blocks, page = list(found.description["CidrBlocks"]), found.description
        while page.get("NextToken"):
            page = found.context.call("ListCidrBlocks", {**asked, "NextToken": page["NextToken"]})
            blocks += _plain_blocks(page)
        return {"cidrBlocks": blocks}


CIDR_LOCATION = ResourceType(
    name="aws:route53/cidrLocation:CidrLocation",
    service="route53",
    properties=(
        string("cidrCollectionId", required=True, replaces=True),
        string("name", replaces=True),
        string_set("cidrBlocks", required=True),
    ),
    create=AwsOperation(operation="ChangeCidrCollection", extra_params=_location_params),
    read=AwsOperation(operation="ListCidrBlocks", id_param=_location_query, result=_location),
    delete=AwsOperation(operation="ChangeCidrCollection", extra_params=_location_removal),
    resource_id=lambda _, new: f"{new['cidrCollectionId']},{new['name']}",
    not_found_codes=frozenset({"NoSuchCidrCollectionException", "NoSuchCidrLocationException"}),
    autoname=Autoname(longest=16),
    aspects=(_BlocksAspect(),),
    global_region=REGION,
)

TYPES = (TRAFFIC_POLICY, TRAFFIC_POLICY_INSTANCE, CIDR_COLLECTION, CIDR_LOCATION)
