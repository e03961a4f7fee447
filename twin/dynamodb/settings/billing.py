"""Provisioned and on-demand throughput of tables and global indexes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-mode.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html
"""

from collections.abc import Iterable

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import Request, TableRecord
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.settings.definitions import MAX_UNITS, check_units
from twin.dynamodb.settings.request_limits import changed_limits, new_limits

ON_DEMAND = "PAY_PER_REQUEST"
NO_UNITS: JsonObject = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
ON_DEMAND_WARM: JsonObject = {
    "ReadUnitsPerSecond": 12000,
    "WriteUnitsPerSecond": 4000,
    "Status": "ACTIVE",
}
"""What a new on-demand table can serve at once."""
NO_UNITS_ON_DEMAND = (
    f"{INVALID_PARAMETER}Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
    "BillingMode is PAY_PER_REQUEST"
)


def check_new_billing(request: Request) -> None:
    """Check a new table's throughput. Raises ValidationException."""
    throughput = request.get("ProvisionedThroughput")
    if request.get("BillingMode") == ON_DEMAND:
        if throughput is not None:
            raise validation_error(NO_UNITS_ON_DEMAND)
    elif throughput is None:
        raise validation_error(
            f"{INVALID_PARAMETER}ReadCapacityUnits and WriteCapacityUnits must both be specified "
            "when BillingMode is PROVISIONED"
        )
    else:
        check_units(throughput)


def check_index_throughput(indexes: Iterable[JsonObject], mode: str) -> None:
    """Check that the throughput of global indexes fits the table. Raises ValidationException."""
    for index in indexes:
        throughput = index.get("ProvisionedThroughput")
        if mode == ON_DEMAND and throughput is not None:
            raise validation_error(
                f"{INVALID_PARAMETER}ProvisionedThroughput should not be specified for index: "
                f"{index['IndexName']} when BillingMode is PAY_PER_REQUEST"
            )
        if mode != ON_DEMAND:
            if throughput is None:
                raise validation_error(
                    f"{INVALID_PARAMETER}ProvisionedThroughput must be specified for index: "
                    f"{index['IndexName']}"
                )
            check_units(throughput)


def new_billing(request: Request) -> JsonObject:
    """The billing of a new table. Raises ValidationException."""
    mode = request.get("BillingMode", "PROVISIONED")
    units = NO_UNITS if mode == ON_DEMAND else request["ProvisionedThroughput"]
    billing: JsonObject = {
        "mode": mode,
        "throughput": {**units, "NumberOfDecreasesToday": 0},
        "warm": _warm(mode, units, request.get("WarmThroughput")),
    }
    limits = new_limits(request.get("OnDemandThroughput"), provisioned=mode != ON_DEMAND)
    return {**billing, "on_demand": limits} if limits else billing


def stored_global_index(index: JsonObject, billing: JsonObject) -> JsonObject:
    """The definition of a global index with the throughput that it gets."""
    mode = billing["mode"]
    units = index.get("ProvisionedThroughput") or NO_UNITS
    return {
        **index,
        "ProvisionedThroughput": units,
        "WarmThroughput": _warm(mode, units, index.get("WarmThroughput")),
    }


def _warm(mode: str, units: JsonObject, wanted: JsonObject | None) -> JsonObject:
    if mode == ON_DEMAND:
        default = ON_DEMAND_WARM
    else:
        default = {
            "ReadUnitsPerSecond": units["ReadCapacityUnits"],
            "WriteUnitsPerSecond": units["WriteCapacityUnits"],
            "Status": "ACTIVE",
        }
    return {**default, **(wanted or {})}


def on_demand_since(record: TableRecord) -> float | None:
    """When the table's mode was last set to on-demand, in seconds since 1970; None for never."""
    billing = record.shared["billing"]
    born = record.local["born"] if billing["mode"] == ON_DEMAND else None
    since: float | None = billing.get("on_demand_since", born)
    return since


def changed_billing(
    record: TableRecord, request: Request, indexes: list[JsonObject] | None, *, now: float
) -> JsonObject:
    """The settings that an UpdateTable's throughput changes; `indexes`: changed ones before it.

    Raises ValidationException.
    """
    old = record.shared["billing"]
    mode = request.get("BillingMode", old["mode"])
    units = request.get("ProvisionedThroughput")
    _check_changed_units(request, old, mode, units)
    billing = dict(old)
    if mode != old["mode"]:
        billing["mode"] = mode
        billing["on_demand_since"] = now if mode == ON_DEMAND else on_demand_since(record)
        indexes = _indexes_in_mode(
            record.shared["indexes"] if indexes is None else indexes, mode, request
        )
        if mode == ON_DEMAND:
            billing["throughput"] = {**old["throughput"], **NO_UNITS}
            billing["warm"] = ON_DEMAND_WARM
    if units is not None:
        billing["throughput"] = {**old["throughput"], **units}
        billing["warm"] = _warm(mode, units, None)
    if "WarmThroughput" in request:
        billing["warm"] = {**billing["warm"], **request["WarmThroughput"]}
    limits = changed_limits(
        billing.pop("on_demand", {}),
        request.get("OnDemandThroughput"),
        provisioned=mode != ON_DEMAND,
    )
    if limits:
        billing["on_demand"] = limits
    changed: JsonObject = {} if billing == old else {"billing": billing}
    return changed if indexes is None else {**changed, "indexes": indexes}


def _check_changed_units(
    request: Request, old: JsonObject, mode: str, units: JsonObject | None
) -> None:
    if units is None:
        if request.get("BillingMode") == "PROVISIONED" and old["mode"] != "PROVISIONED":
            raise validation_error(
                f"{INVALID_PARAMETER}ProvisionedThroughput must be specified when BillingMode is "
                "PROVISIONED"
            )
        return
    if mode == ON_DEMAND:
        raise validation_error(NO_UNITS_ON_DEMAND)
    check_units(units)
    for update in request.get("GlobalSecondaryIndexUpdates") or ():
        of_index = (update.get("Update") or {}).get("ProvisionedThroughput") or NO_UNITS
        if max(of_index.values()) > MAX_UNITS:
            raise validation_error(
                "This operation cannot be performed with given input values. Please contact "
                "DynamoDB service team for more info: Action Blocked: IndexUpdate"
            )
    read, write = old["throughput"]["ReadCapacityUnits"], old["throughput"]["WriteCapacityUnits"]
    if (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (read, write):
        raise validation_error(
            "The provisioned throughput for the table will not change. The requested value equals "
            f"the current value. Current ReadCapacityUnits provisioned for the table: {read}. "
            f"Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the "
            f"table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB "
            "Developer Guide for current limits and how to request higher limits."
        )


def _indexes_in_mode(indexes: list[JsonObject], mode: str, request: Request) -> list[JsonObject]:
    """The indexes after a change of the billing mode. Raises ValidationException.

    Maximum throughput is of "on-demand tables" only, so provisioned ones lose it:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
    """
    if mode == ON_DEMAND:
        return [
            {**i, "ProvisionedThroughput": NO_UNITS, "WarmThroughput": ON_DEMAND_WARM}
            for i in indexes
        ]
    updated = {
        action["IndexName"]
        for update in request.get("GlobalSecondaryIndexUpdates") or ()
        for action in update.values()
        if action and action.get("ProvisionedThroughput")
    }
    missing = [i["IndexName"] for i in indexes if i["IndexName"] not in updated]
    if missing:
        raise validation_error(
            f"{INVALID_PARAMETER}ProvisionedThroughput must be specified for index: "
            f"{','.join(missing)}"
        )
    return [
        stored_global_index(_without_on_demand({**i, "WarmThroughput": None}), {"mode": mode})
        for i in indexes
    ]


def _without_on_demand(index: JsonObject) -> JsonObject:
    return {name: value for name, value in index.items() if name != "OnDemandThroughput"}
