"""Operations on public hosted zones.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html
"""

from dataclasses import replace

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.model import (
    Outcome,
    Route53State,
    ZoneRecord,
    add_change,
    find_zone,
    make_id,
    put_zone,
    strip_id,
    visible_records,
)
from twin.control.route53.names import InvalidName, normalize_name, order_of_name
from twin.control.route53.pages import read_max_items, take_page
from twin.topology.route53 import HostedZone, ResourceRecordSet

MAX_ZONES = 500
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
SOA_TTL_S = 900
NS_TTL_S = 172800
_OWN_TYPES = ("NS", "SOA")
_SUFFIXES = ("com", "net", "org", "co.uk")
"""Top-level domains of a zone's name servers, each with 512 numbers of its own."""
_NUMBERS = 512
_PRIVATE = "Private hosted zones are not served by the twin."
_DELEGATION_SETS = "Reusable delegation sets are not served by the twin."


def create_hosted_zone(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHostedZone.html"""
    config = params.get("HostedZoneConfig") or {}
    if params.get("VPC") or config.get("PrivateZone"):
        raise CallRefused("InvalidInput", _PRIVATE)
    if params.get("DelegationSetId"):
        raise _no_delegation_set(params)
    name, reference = _read_zone_name(params["Name"]), params["CallerReference"]
    if any(zone.caller_reference == reference for zone in state.zones):
        raise CallRefused(
            "HostedZoneAlreadyExists",
            "A hosted zone has already been created with the specified caller reference.",
            409,
        )
    if len(state.zones) >= MAX_ZONES:
        message = (
            f"Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more than {MAX_ZONES}"
        )
        raise CallRefused("TooManyHostedZones", f"{message} hosted zones.")
    servers = _choose_name_servers(context)
    zone = ZoneRecord(
        zone=HostedZone(id=make_id(context, "Z"), name=name, records=_first_records(name, servers)),
        caller_reference=reference,
        name_servers=servers,
        comment=config.get("Comment") or "",
    )
    state, info = add_change(replace(state, zones=(*state.zones, zone)), context)
    return state, {
        "HostedZone": zone_document(zone),
        "ChangeInfo": info,
        "DelegationSet": {"NameServers": list(servers)},
        "Location": f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone.id}",
    }


def get_hosted_zone(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html"""
    zone = find_zone(state, params["Id"])
    servers = {"NameServers": list(zone.name_servers)}
    return state, {"HostedZone": zone_document(zone), "DelegationSet": servers}


def delete_hosted_zone(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHostedZone.html"""
    zone = find_zone(state, params["Id"])
    if not all(r.name == zone.name and r.type in _OWN_TYPES for r in zone.zone.records):
        raise CallRefused(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot be "
            "deleted.",
        )
    kept = tuple(one for one in state.zones if one.id != zone.id)
    state, info = add_change(replace(state, zones=kept), context)
    return state, {"ChangeInfo": info}


def update_hosted_zone_comment(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHostedZoneComment.html"""
    zone = replace(find_zone(state, params["Id"]), comment=params.get("Comment") or "")
    return put_zone(state, zone), {"HostedZone": zone_document(zone)}


def list_hosted_zones(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZones.html"""
    if params.get("DelegationSetId"):
        raise _no_delegation_set(params)
    size, marker = read_max_items(params), params.get("Marker") or ""
    zones = () if params.get("HostedZoneType") else sorted(state.zones, key=lambda zone: zone.id)
    page, following = take_page(zones, size, lambda zone: zone.id >= strip_id(marker))
    return state, {
        "HostedZones": [zone_document(zone) for zone in page],
        "Marker": marker,
        "IsTruncated": following is not None,
        "MaxItems": str(size),
        **({"NextMarker": following.id} if following else {}),
    }


def list_hosted_zones_by_name(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByName.html"""
    size, start, zone_id = read_max_items(params), params.get("DNSName"), params.get("HostedZoneId")
    if zone_id and not start:
        raise CallRefused("InvalidInput", "HostedZoneId must be used with DNSName.")
    zones = sorted(state.zones, key=_order_by_name)
    is_first = None
    if start:
        first = (order_of_name(_read_zone_name(start)), strip_id(zone_id or ""))

        def is_first(zone: ZoneRecord) -> bool:
            return _order_by_name(zone) >= first

    page, following = take_page(zones, size, is_first)
    shown: dict[str, object] = {
        "HostedZones": [zone_document(zone) for zone in page],
        "IsTruncated": following is not None,
        "MaxItems": str(size),
    }
    if start:
        shown["DNSName"] = start
    if zone_id:
        shown["HostedZoneId"] = zone_id
    if following:
        shown |= {"NextDNSName": following.name, "NextHostedZoneId": following.id}
    return state, shown


def list_hosted_zones_by_vpc(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """No zone is private. https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html"""
    size = read_max_items(params)
    return state, {"HostedZoneSummaries": [], "MaxItems": str(size)}


def get_hosted_zone_count(state: Route53State, _: CallContext, __: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZoneCount.html"""
    return state, {"HostedZoneCount": len(state.zones)}


def get_dnssec(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """Signing is off. https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetDNSSEC.html"""
    find_zone(state, params["HostedZoneId"])
    return state, {"Status": {"ServeSignature": "NOT_SIGNING"}, "KeySigningKeys": []}


def zone_document(zone: ZoneRecord) -> Result:
    """HostedZone."""
    config: dict[str, object] = {"PrivateZone": False}
    if zone.comment:
        config["Comment"] = zone.comment
    return {
        "Id": f"/hostedzone/{zone.id}",
        "Name": zone.name,
        "CallerReference": zone.caller_reference,
        "Config": config,
        "ResourceRecordSetCount": len(visible_records(zone.zone)),
    }


def _read_zone_name(text: str) -> str:
    """Raises CallRefused."""
    try:
        name = normalize_name(text)
    except InvalidName as problem:
        raise CallRefused("InvalidDomainName", str(problem)) from problem
    if name == ".":
        raise CallRefused("InvalidDomainName", f"'{text}' is not a valid domain name")
    return name


def _order_by_name(zone: ZoneRecord) -> tuple[str, str]:
    return order_of_name(zone.name), zone.id


def _choose_name_servers(context: CallContext) -> tuple[str, ...]:
    """Names like AWS's, one of each top-level domain.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    numbers = [context.rng.randrange(_NUMBERS) for _ in _SUFFIXES]
    servers = [
        f"ns-{number + index * _NUMBERS}.awsdns-{number // 8:02d}.{_SUFFIXES[index]}"
        for index, number in enumerate(numbers)
    ]
    context.rng.shuffle(servers)
    return tuple(servers)


def _first_records(name: str, servers: tuple[str, ...]) -> tuple[ResourceRecordSet, ...]:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html"""
    authority = f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    return (
        ResourceRecordSet(
            name=name, type="NS", ttl_s=NS_TTL_S, values=tuple(f"{host}." for host in servers)
        ),
        ResourceRecordSet(name=name, type="SOA", ttl_s=SOA_TTL_S, values=(authority,)),
    )


def _no_delegation_set(params: Params) -> CallRefused:
    message = f"{_DELEGATION_SETS} There is none with id {params['DelegationSetId']}."
    return CallRefused("NoSuchDelegationSet", message)
