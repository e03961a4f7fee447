"""Operations on CIDR collections, for IP-based routing.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeCidrCollection.html
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-ipbased.html
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_network

from twin.control.document_service import CallContext, CallRefused, Params, Result
from twin.control.route53.model import CidrCollectionRecord, Outcome, Route53State, add_change
from twin.control.route53.pages import read_max_items
from twin.core.pages import find_page
from twin.topology.route53 import CidrCollection

MAX_COLLECTIONS = 5
MAX_BLOCKS = 1000
_PREFIXES = {4: range(1, 25), 6: range(1, 49)}
"""Version of IP -> lengths that a block may have."""


def create_collection(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateCidrCollection.html"""
    name, reference = params["Name"], params["CallerReference"]
    for record in state.cidr_collections:
        if record.collection.name == name:
            if record.caller_reference == reference:
                return state, _made(record)
            raise CallRefused(
                "CidrCollectionAlreadyExistsException",
                "A CIDR collection with this name and a different caller reference already exists "
                "in this account.",
            )
    if len(state.cidr_collections) >= MAX_COLLECTIONS:
        message = f"You have reached the limit of {MAX_COLLECTIONS} CIDR collections."
        raise CallRefused("LimitsExceeded", message)
    made = CidrCollectionRecord(
        collection=CidrCollection(id=context.uuid(), name=name, locations={}),
        caller_reference=reference,
    )
    return replace(state, cidr_collections=(*state.cidr_collections, made)), _made(made)


def change_collection(state: Route53State, context: CallContext, params: Params) -> Outcome:
    """Add blocks to locations and take blocks away: all of the changes, or none."""
    record = _find(state, params["Id"])
    wanted = params.get("CollectionVersion")
    if wanted is not None and wanted != record.version:
        raise CallRefused(
            "CidrCollectionVersionMismatchException",
            "The CIDR collection version you provided, doesn't match the one in the "
            "ListCidrCollections operation.",
            409,
        )
    locations = {name: list(blocks) for name, blocks in record.collection.locations.items()}
    for change in params["Changes"]:
        blocks = [_read_block(text) for text in change["CidrList"]]
        kept = locations.setdefault(change["LocationName"], [])
        if change["Action"] == "PUT":
            kept += [block for block in dict.fromkeys(blocks) if block not in kept]
        else:
            locations[change["LocationName"]] = [one for one in kept if one not in blocks]
    _check_blocks(locations.values())
    collection = replace(
        record.collection,
        locations={name: tuple(blocks) for name, blocks in locations.items() if blocks},
    )
    _check_locations(state, collection)
    record = replace(record, collection=collection, version=record.version + 1)
    state, info = add_change(_put(state, record), context)
    return state, {"Id": str(info["Id"]).removeprefix("/change/")}


def delete_collection(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteCidrCollection.html"""
    record = _find(state, params["Id"])
    if record.collection.locations or _names_in_use(state, record.collection.id):
        message = "This CIDR collection is in use, and isn't empty."
        raise CallRefused("CidrCollectionInUseException", message)
    kept = tuple(one for one in state.cidr_collections if one is not record)
    return replace(state, cidr_collections=kept), {}


def list_collections(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrCollections.html"""
    shown = [_document(record) for record in state.cidr_collections]
    return state, _page("CidrCollections", shown, params)


def list_locations(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrLocations.html"""
    locations = _find(state, params["CollectionId"]).collection.locations
    return state, _page("CidrLocations", [{"LocationName": one} for one in locations], params)


def list_blocks(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListCidrBlocks.html"""
    locations = _find(state, params["CollectionId"]).collection.locations
    wanted = params.get("LocationName")
    if wanted and wanted not in locations:
        raise CallRefused(
            "NoSuchCidrLocationException",
            "The CIDR collection location doesn't match any locations in your account.",
            404,
        )
    shown = [
        {"CidrBlock": block, "LocationName": name}
        for name, blocks in locations.items()
        if wanted in (None, name)
        for block in blocks
    ]
    return state, _page("CidrBlocks", shown, params)


def _find(state: Route53State, collection_id: str) -> CidrCollectionRecord:
    """Raises CallRefused."""
    for record in state.cidr_collections:
        if record.collection.id == collection_id:
            return record
    message = f"The CIDR collection {collection_id} doesn't exist."
    raise CallRefused("NoSuchCidrCollectionException", message, 404)


def _read_block(text: str) -> str:
    """The block in its one form. Raises CallRefused."""
    try:
        network = ip_network(text.strip())
    except ValueError as problem:
        raise CallRefused("InvalidInput", f"{text} is not a CIDR block: {problem}") from problem
    allowed = _PREFIXES[network.version]
    if network.prefixlen not in allowed:
        raise CallRefused(
            "InvalidInput",
            f"{text}: the prefix of an IPv{network.version} block is from {allowed[0]} to "
            f"{allowed[-1]}",
        )
    return str(network)


def _check_blocks(locations: Iterable[list[str]]) -> None:
    """Raises CallRefused: a block is in one location."""
    seen: set[str] = set()
    for blocks in locations:
        if seen & set(blocks):
            used = ", ".join(sorted(seen & set(blocks)))
            raise CallRefused(
                "CidrBlockInUseException", f"This CIDR block is already in use: {used}"
            )
        seen.update(blocks)
    if len(seen) > MAX_BLOCKS:
        message = f"A CIDR collection has at most {MAX_BLOCKS} blocks."
        raise CallRefused("LimitsExceeded", message)


def _check_locations(state: Route53State, collection: CidrCollection) -> None:
    """Raises CallRefused if a record would lose its location."""
    lost = _names_in_use(state, collection.id) - {"*"} - collection.locations.keys()
    if lost:
        message = f"Records use these locations: {', '.join(sorted(lost))}"
        raise CallRefused("CidrBlockInUseException", message)


def _names_in_use(state: Route53State, collection_id: str) -> set[str]:
    return {
        one.cidr.name
        for zone in state.zones
        for one in zone.zone.records
        if one.cidr is not None and one.cidr.collection_id == collection_id
    }


def _document(record: CidrCollectionRecord) -> Result:
    collection = record.collection
    arn = f"arn:aws:route53:::cidrcollection/{collection.id}"
    return {"Arn": arn, "Id": collection.id, "Name": collection.name, "Version": record.version}


def _made(record: CidrCollectionRecord) -> Result:
    location = f"https://route53.amazonaws.com/2013-04-01/cidrcollection/{record.collection.id}"
    return {"Collection": _document(record), "Location": location}


def _page(key: str, items: Sequence[Result], params: Params) -> Result:
    """Raises CallRefused for a token that the list has not given."""
    size, token = read_max_items(params, name="MaxResults"), params.get("NextToken") or None
    digests = [hashlib.sha256(repr(item).encode()).hexdigest() for item in items]
    try:
        page, following = find_page(digests, token, size)
    except ValueError as exc:
        message = f"NextToken {token} was not given by this list."
        raise CallRefused("InvalidInput", message) from exc
    return {key: items[page], **({"NextToken": following} if following else {})}


def _put(state: Route53State, record: CidrCollectionRecord) -> Route53State:
    collections = tuple(
        record if one.collection.id == record.collection.id else one
        for one in state.cidr_collections
    )
    return replace(state, cidr_collections=collections)
