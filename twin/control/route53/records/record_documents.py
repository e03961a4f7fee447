"""Record sets as the API takes and shows them.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html

A record set is exactly one of: a TTL with values, an alias. It has a SetIdentifier exactly if it
belongs to a routing policy. A request that breaks such a rule gets InvalidInput; what is wrong with
the records themselves is told by InvalidChangeBatch.
"""

from collections.abc import Mapping
from typing import Any

from twin.control.document_service import CallRefused, Params, Result
from twin.control.route53.model import strip_id
from twin.control.route53.names import normalize_name
from twin.control.route53.records.geo_locations import find_place, place_codes, read_place
from twin.geography import REGION_NAMES
from twin.topology.route53 import (
    AliasTarget,
    CidrLocation,
    GeoLocation,
    GeoProximity,
    ResourceRecordSet,
)

_POLICIES = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "GeoProximityLocation",
    "CidrRoutingConfig",
)


def read_record_set(action: str, given: Params) -> ResourceRecordSet:
    """The record set of a change. Raises CallRefused, InvalidName."""
    _check_members(action, given)
    if given.get("TrafficPolicyInstanceId"):
        return ResourceRecordSet(
            name=normalize_name(given["Name"]),
            type=given["Type"],
            traffic_policy_instance_id=given["TrafficPolicyInstanceId"],
        )
    alias = given.get("AliasTarget")
    return ResourceRecordSet(
        name=normalize_name(given["Name"]),
        type=given["Type"],
        ttl_s=given.get("TTL"),
        values=tuple(record["Value"] for record in given.get("ResourceRecords") or ()),
        alias=_read_alias(alias) if alias else None,
        set_identifier=given.get("SetIdentifier") or "",
        health_check_id=given.get("HealthCheckId") or "",
        **_read_policy(given),
    )


def record_set_document(record: ResourceRecordSet) -> Result:
    """ResourceRecordSet. Of a traffic policy instance only the instance is shown."""
    shown: dict[str, Any] = {"Name": record.name, "Type": record.type}
    if record.traffic_policy_instance_id:
        return {**shown, "TrafficPolicyInstanceId": record.traffic_policy_instance_id}
    if record.set_identifier:
        shown["SetIdentifier"] = record.set_identifier
    shown |= _policy_document(record)
    if record.alias is not None:
        shown["AliasTarget"] = {
            "HostedZoneId": record.alias.zone_id,
            "DNSName": record.alias.name,
            "EvaluateTargetHealth": record.alias.evaluate_target_health,
        }
    else:
        shown["TTL"] = record.ttl_s
        shown["ResourceRecords"] = [{"Value": value} for value in record.values]
    if record.health_check_id:
        shown["HealthCheckId"] = record.health_check_id
    return shown


def _check_members(action: str, given: Params) -> None:
    """Raises CallRefused."""
    where = (
        f"Change with [Action={action}, Name={given['Name']}, Type={given['Type']}, "
        f"SetIdentifier={given.get('SetIdentifier') or 'null'}]"
    )
    if given.get("TrafficPolicyInstanceId"):
        if action != "DELETE":
            raise _invalid(
                f"TrafficPolicyInstanceId is only for DELETE, but found in {where}: records of a "
                "traffic policy instance are made by CreateTrafficPolicyInstance"
            )
        return
    _check_contents(given, where)
    present = [name for name in _POLICIES if given.get(name) is not None]
    if given.get("SetIdentifier"):
        if len(present) != 1:
            choices = ", ".join(_POLICIES[:-1]) + ", or " + _POLICIES[-1]
            raise _expected_one(choices, where, several=bool(present))
    elif present:
        raise _invalid(f"Missing field 'SetIdentifier' in {where}")


def _check_contents(given: Params, where: str) -> None:
    alias, ttl = given.get("AliasTarget"), given.get("TTL")
    records = given.get("ResourceRecords")
    several = alias is not None and (ttl is not None or bool(records))
    complete = alias is not None or (ttl is not None and bool(records))
    if several or not complete:
        choices = "AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId"
        raise _expected_one(choices, where, several=several)


def _expected_one(choices: str, where: str, *, several: bool) -> CallRefused:
    found = "more than one" if several else "none"
    return _invalid(f"Expected exactly one of [{choices}], but found {found} in {where}")


def _read_alias(given: Mapping[str, Any]) -> AliasTarget:
    return AliasTarget(
        zone_id=strip_id(given["HostedZoneId"]),
        name=normalize_name(given["DNSName"]),
        evaluate_target_health=given["EvaluateTargetHealth"],
    )


def _read_policy(given: Params) -> dict[str, Any]:
    """The fields of the record set's routing policy. Raises CallRefused."""
    read: dict[str, Any] = {"weight": given.get("Weight")}
    read["region"] = _read_region(given.get("Region") or "")
    read["failover"] = given.get("Failover") or ""
    read["multivalue"] = bool(given.get("MultiValueAnswer"))
    if (geo := given.get("GeoLocation")) is not None:
        read["geo"] = _read_geo_location(geo)
    if (proximity := given.get("GeoProximityLocation")) is not None:
        read["proximity"] = _read_proximity(proximity)
    if cidr := given.get("CidrRoutingConfig"):
        read["cidr"] = CidrLocation(collection_id=cidr["CollectionId"], name=cidr["LocationName"])
    return read


def _read_region(region: str) -> str:
    if region and region not in REGION_NAMES:
        raise _invalid(f"{region} is no AWS Region that the twin knows")
    return region


def _read_geo_location(given: Mapping[str, Any]) -> GeoLocation:
    place = read_place(given)
    if find_place(place) is None:
        raise _invalid(
            f"{_show_place(place)} is no location that GeoLocation may name: "
            "a continent alone, a country, * for the default, or a country with a subdivision"
        )
    return place


def _show_place(place: GeoLocation) -> str:
    return "[" + ", ".join(f"{name}={code}" for name, code in place_codes(place).items()) + "]"


def _read_proximity(given: Mapping[str, Any]) -> GeoProximity:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GeoProximityLocation.html"""
    if given.get("LocalZoneGroup"):
        raise _invalid("LocalZoneGroup of GeoProximityLocation is not served by the twin")
    region, coordinates = given.get("AWSRegion"), given.get("Coordinates")
    if bool(region) == bool(coordinates):
        choices = "AWSRegion, LocalZoneGroup, or Coordinates"
        raise _expected_one(choices, "GeoProximityLocation", several=bool(region))
    bias = given.get("Bias") or 0
    if coordinates is None:
        return GeoProximity(region=_read_region(region or ""), bias=bias)
    latitude, longitude = float(coordinates["Latitude"]), float(coordinates["Longitude"])
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise _invalid(f"No place on Earth has Coordinates {latitude}, {longitude}")
    return GeoProximity(latitude=latitude, longitude=longitude, bias=bias)


def _policy_document(record: ResourceRecordSet) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if record.weight is not None:
        shown["Weight"] = record.weight
    if record.region:
        shown["Region"] = record.region
    if record.failover:
        shown["Failover"] = record.failover
    if record.multivalue:
        shown["MultiValueAnswer"] = True
    if record.geo is not None:
        shown["GeoLocation"] = place_codes(record.geo)
    if record.proximity is not None:
        shown["GeoProximityLocation"] = _proximity_document(record.proximity)
    if record.cidr is not None:
        shown["CidrRoutingConfig"] = {
            "CollectionId": record.cidr.collection_id,
            "LocationName": record.cidr.name,
        }
    return shown


def _proximity_document(place: GeoProximity) -> dict[str, Any]:
    shown: dict[str, Any] = {"Bias": place.bias}
    if place.region:
        return {"AWSRegion": place.region, **shown}
    coordinates = {"Latitude": f"{place.latitude:g}", "Longitude": f"{place.longitude:g}"}
    return {"Coordinates": coordinates, **shown}


def _invalid(message: str) -> CallRefused:
    return CallRefused("InvalidInput", f"Invalid request: {message}")
