"""RestoreTableToPointInTime: what the new table is like. Its items are the Region's business.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

from typing import Any

from twin.core.tables.table_engine import JsonObject, RestorePlan, TableApiError, TableSettings
from twin.dynamodb.catalogue import Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.requests.shapes import Flag, ListOf, Structure, Text, Whole
from twin.dynamodb.requests.table_shapes import (
    BILLING_MODE,
    NEW_TABLE_NAME,
    ON_DEMAND_THROUGHPUT,
    PROVISIONED_THROUGHPUT,
    SSE_SPECIFICATION,
)
from twin.dynamodb.settings.billing import check_new_billing, new_billing, stored_global_index
from twin.dynamodb.settings.definitions import used_attributes
from twin.dynamodb.settings.table_lifecycle import (
    NO_STREAM,
    NO_TIME_TO_LIVE,
    key_arn,
    shared_encryption,
)

_INDEX_OVERRIDE = ListOf(
    Structure("SecondaryIndex", {"IndexName": Text(minimum=3)}, frozenset({"IndexName"}))
)
RESTORE_TABLE = Structure(
    "RestoreTableToPointInTimeInput",
    {
        "SourceTableArn": Text(minimum=1, maximum=1024),
        "SourceTableName": NEW_TABLE_NAME,
        "TargetTableName": NEW_TABLE_NAME,
        "UseLatestRestorableTime": Flag(),
        "RestoreDateTime": Whole(kind="Timestamp"),
        "BillingModeOverride": BILLING_MODE,
        "GlobalSecondaryIndexOverride": _INDEX_OVERRIDE,
        "LocalSecondaryIndexOverride": _INDEX_OVERRIDE,
        "ProvisionedThroughputOverride": PROVISIONED_THROUGHPUT,
        "OnDemandThroughputOverride": ON_DEMAND_THROUGHPUT,
        "SSESpecificationOverride": SSE_SPECIFICATION,
    },
    frozenset({"TargetTableName"}),
)


def plan_restore(catalogue: TableCatalogue, request: Request) -> RestorePlan:
    """Validate the request, which fits RESTORE_TABLE. Raises TableApiError."""
    source, target = _source(catalogue, request), request["TargetTableName"]
    if target in catalogue.records:
        raise TableApiError("TableAlreadyExistsException", f"Table already exists: {target}")
    wants_latest = bool(request.get("UseLatestRestorableTime"))
    if wants_latest == ("RestoreDateTime" in request):
        raise validation_error(
            f"{INVALID_PARAMETER}Either UseLatestRestorableTime or RestoreDateTime must be "
            "specified, and not both"
        )
    return RestorePlan(
        source=source.name,
        target=target,
        at_s=None if wants_latest else float(request["RestoreDateTime"]),
        source_arn=source.arn,
        settings=_settings(catalogue, source, request),
    )


def _source(catalogue: TableCatalogue, request: Request) -> TableRecord:
    name = request.get("SourceTableArn") or request.get("SourceTableName")
    if name is None:
        raise validation_error(
            f"{INVALID_PARAMETER}Either SourceTableArn or SourceTableName must be specified"
        )
    record = catalogue.find(name)
    if record is None:
        raise TableApiError("TableNotFoundException", f"Table not found: {name}")
    return record


def _settings(catalogue: TableCatalogue, source: TableRecord, request: Request) -> TableSettings:
    """The source's present settings, but for those that are not restored, and the overrides."""
    billing = _billing(source, request)
    world = _chosen(source.shared["indexes"], request.get("GlobalSecondaryIndexOverride"))
    local = _chosen(source.shared["keys"]["indexes"], request.get("LocalSecondaryIndexOverride"))
    schemas = [source.shared["keys"]["schema"], *(i["KeySchema"] for i in (*world, *local))]
    used = used_attributes(schemas)
    encryption = request.get("SSESpecificationOverride")
    return TableSettings(
        shared={
            **source.shared,
            "keys": {**source.shared["keys"], "indexes": local},
            "attributes": [a for a in source.shared["attributes"] if a["AttributeName"] in used],
            "indexes": [_global_index(index, billing, source) for index in world],
            "billing": billing,
            "stream": NO_STREAM,
            "encryption": (
                source.shared["encryption"] if encryption is None else shared_encryption(encryption)
            ),
            "ttl": NO_TIME_TO_LIVE,
        },
        local={
            "key": source.local["key"] if encryption is None else key_arn(catalogue, encryption),
            "class": source.local["class"],
        },
    )


def _billing(source: TableRecord, request: Request) -> JsonObject:
    overrides = ("BillingModeOverride", "ProvisionedThroughputOverride")
    if not any(name in request for name in (*overrides, "OnDemandThroughputOverride")):
        billing: JsonObject = source.shared["billing"]
        return billing
    wanted = {
        "BillingMode": request.get("BillingModeOverride", source.shared["billing"]["mode"]),
        "ProvisionedThroughput": request.get("ProvisionedThroughputOverride"),
        "OnDemandThroughput": request.get("OnDemandThroughputOverride"),
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    check_new_billing(given)
    return new_billing(given)


def _global_index(index: JsonObject, billing: JsonObject, source: TableRecord) -> JsonObject:
    """The index with throughput for its table's mode: the table's own if it had none."""
    if billing["mode"] == source.shared["billing"]["mode"]:
        return index
    bare = {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
    if billing["mode"] == "PROVISIONED":
        units = ("ReadCapacityUnits", "WriteCapacityUnits")
        bare["ProvisionedThroughput"] = {name: billing["throughput"][name] for name in units}
    return stored_global_index(bare, billing)


def _chosen(present: list[Any], wanted: list[JsonObject] | None) -> list[Any]:
    """The source's indexes, or those that an override names."""
    if wanted is None:
        return present
    by_name = {index["IndexName"]: index for index in present}
    unknown = [index["IndexName"] for index in wanted if index["IndexName"] not in by_name]
    if unknown:
        raise validation_error(
            f"{INVALID_PARAMETER}The source table has no index {', '.join(unknown)}: overrides can "
            "only leave indexes out"
        )
    return [by_name[index["IndexName"]] for index in wanted]
