"""Operations on traffic policies and their versions.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicy.html
"""

from dataclasses import replace

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.model import (
    Outcome,
    Route53State,
    TrafficPolicyRecord,
    TrafficPolicyVersion,
)
from twin.control.route53.pages import read_max_items, take_page
from twin.control.route53.traffic.policy_documents import InvalidDocument, read_policy_document

# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
MAX_POLICIES = 50
MAX_VERSIONS = 1000
_LOCATION = "https://route53.amazonaws.com/2013-04-01/trafficpolicy"


def create_traffic_policy(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """Its first version."""
    kind = _read_type(params["Document"])
    if any(policy.name == params["Name"] for policy in state.traffic_policies):
        message = f"A traffic policy named {params['Name']} already exists."
        raise CallRefused("TrafficPolicyAlreadyExists", message, 409)
    if len(state.traffic_policies) >= MAX_POLICIES:
        message = f"You have reached the limit of {MAX_POLICIES} traffic policies."
        raise CallRefused("TooManyTrafficPolicies", message)
    policy = TrafficPolicyRecord(
        id=context.uuid(),
        name=params["Name"],
        type=kind,
        last_version=1,
        versions=(_version(1, params),),
    )
    return replace(state, traffic_policies=(*state.traffic_policies, policy)), _made(policy, 1)


def create_traffic_policy_version(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateTrafficPolicyVersion.html"""
    policy = find_policy(state, params["Id"])
    kind = _read_type(params["Document"])
    if len(policy.versions) >= MAX_VERSIONS:
        message = f"A traffic policy has at most {MAX_VERSIONS} versions."
        raise CallRefused("TooManyTrafficPolicyVersionsForCurrentPolicy", message)
    number = policy.last_version + 1
    policy = replace(
        policy,
        type=kind,
        last_version=number,
        versions=(*policy.versions, _version(number, params)),
    )
    return _put(state, policy), _made(policy, number)


def get_traffic_policy(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetTrafficPolicy.html"""
    policy = find_policy(state, params["Id"])
    find_version(policy, params["Version"])
    return state, {"TrafficPolicy": policy_document(policy, params["Version"])}


def update_traffic_policy_comment(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateTrafficPolicyComment.html"""
    policy = find_policy(state, params["Id"])
    version = find_version(policy, params["Version"])
    changed = replace(version, comment=params["Comment"])
    versions = tuple(changed if one is version else one for one in policy.versions)
    policy = replace(policy, versions=versions)
    return _put(state, policy), {"TrafficPolicy": policy_document(policy, version.number)}


def delete_traffic_policy(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """The policy goes with its last version.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteTrafficPolicy.html
    """
    policy = find_policy(state, params["Id"])
    version = find_version(policy, params["Version"])
    users = [
        instance.id
        for instance in state.instances
        if (instance.policy_id, instance.policy_version) == (policy.id, version.number)
    ]
    if users:
        message = f"Traffic policy instances use this version: {', '.join(users)}"
        raise CallRefused("TrafficPolicyInUse", message)
    versions = tuple(one for one in policy.versions if one is not version)
    if versions:
        return _put(state, replace(policy, versions=versions)), {}
    kept = tuple(one for one in state.traffic_policies if one.id != policy.id)
    return replace(state, traffic_policies=kept), {}


def list_traffic_policies(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicies.html"""
    size, marker = read_max_items(params), params.get("TrafficPolicyIdMarker")
    if marker and all(policy.id != marker for policy in state.traffic_policies):
        raise _unknown_marker("TrafficPolicyIdMarker", marker)
    is_first = (lambda policy: policy.id == marker) if marker else None
    page, following = take_page(state.traffic_policies, size, is_first)
    return state, {
        "TrafficPolicySummaries": [
            {
                "Id": policy.id,
                "Name": policy.name,
                "Type": policy.type,
                "LatestVersion": policy.versions[-1].number,
                "TrafficPolicyCount": len(policy.versions),
            }
            for policy in page
        ],
        "IsTruncated": following is not None,
        "TrafficPolicyIdMarker": following.id if following else "",
        "MaxItems": str(size),
    }


def list_traffic_policy_versions(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListTrafficPolicyVersions.html"""
    policy = find_policy(state, params["Id"])
    size, marker = read_max_items(params), params.get("TrafficPolicyVersionMarker") or "0"
    if not (marker.isascii() and marker.isdecimal()):
        raise _unknown_marker("TrafficPolicyVersionMarker", marker)
    page, following = take_page(policy.versions, size, lambda one: one.number >= int(marker))
    return state, {
        "TrafficPolicies": [policy_document(policy, version.number) for version in page],
        "IsTruncated": following is not None,
        "TrafficPolicyVersionMarker": str(following.number) if following else "",
        "MaxItems": str(size),
    }


def find_policy(state: Route53State, policy_id: object) -> TrafficPolicyRecord:
    """Raises CallRefused."""
    for policy in state.traffic_policies:
        if policy.id == policy_id:
            return policy
    message = f"No traffic policy exists with Id {policy_id}."
    raise CallRefused("NoSuchTrafficPolicy", message, 404)


def find_version(policy: TrafficPolicyRecord, number: object) -> TrafficPolicyVersion:
    """Raises CallRefused."""
    for version in policy.versions:
        if version.number == number:
            return version
    message = f"No traffic policy exists with Id {policy.id} and version {number}."
    raise CallRefused("NoSuchTrafficPolicy", message, 404)


def policy_document(policy: TrafficPolicyRecord, number: int) -> Result:
    """TrafficPolicy."""
    version = find_version(policy, number)
    shown: dict[str, object] = {
        "Id": policy.id,
        "Version": version.number,
        "Name": policy.name,
        "Type": read_policy_document(version.document).record_type,
        "Document": version.document,
    }
    return {**shown, "Comment": version.comment} if version.comment else shown


def _version(number: int, params: Params) -> TrafficPolicyVersion:
    comment = params.get("Comment") or ""
    return TrafficPolicyVersion(number=number, document=params["Document"], comment=comment)


def _made(policy: TrafficPolicyRecord, number: int) -> Result:
    shown = policy_document(policy, number)
    return {"TrafficPolicy": shown, "Location": f"{_LOCATION}/{policy.id}/{number}"}


def _unknown_marker(name: str, marker: str) -> CallRefused:
    """The error for a marker that no page gave, or whose policy was deleted since.

    Policies are listed in the order of their creation, which the id of a deleted one does not show.
    """
    return CallRefused("InvalidInput", f"{name} {marker} is of no traffic policy: list them anew.")


def _read_type(document: str) -> str:
    """Raises CallRefused."""
    try:
        return read_policy_document(document).record_type
    except InvalidDocument as problem:
        raise CallRefused("InvalidTrafficPolicyDocument", str(problem)) from problem


def _put(state: Route53State, policy: TrafficPolicyRecord) -> Route53State:
    policies = tuple(policy if one.id == policy.id else one for one in state.traffic_policies)
    return replace(state, traffic_policies=policies)
