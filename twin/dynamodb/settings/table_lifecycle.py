"""CreateTable and UpdateTable, without what concerns replicas.

A new or changed table is ready at once; only the response says CREATING or UPDATING.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from typing import Any

from twin.core.tables.table_engine import JsonObject, TableApiError, TableSettings
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue, TableRecord
from twin.dynamodb.errors import INVALID_PARAMETER, validation_error
from twin.dynamodb.settings.billing import (
    changed_billing,
    check_index_throughput,
    check_new_billing,
    new_billing,
    stored_global_index,
)
from twin.dynamodb.settings.definitions import (
    check_attributes,
    check_global_indexes,
    check_index_names,
    check_local_indexes,
    check_projected_count,
    check_stream,
    check_table_keys,
    used_attributes,
)
from twin.dynamodb.settings.descriptions import describe_table
from twin.dynamodb.settings.resource_policies import new_policy
from twin.dynamodb.settings.stored_settings import aws_managed_key, create_record, set_setting
from twin.dynamodb.settings.tags import check_tag_count

NO_STREAM: JsonObject = {"StreamEnabled": False}
NO_TIME_TO_LIVE: JsonObject = {"enabled": False, "attribute": ""}
CHANGES = (
    "ProvisionedThroughput",
    "BillingMode",
    "StreamSpecification",
    "GlobalSecondaryIndexUpdates",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "TableClass",
    "OnDemandThroughput",
    "WarmThroughput",
    "AttributeDefinitions",
)
ONE_INDEX_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per "
    "table"
)


# -- CreateTable


def create_table(catalogue: TableCatalogue, request: Request) -> Outcome:
    _check_new_table(request)
    name = request["TableName"]
    if name in catalogue.records:
        raise TableApiError("ResourceInUseException", f"Table already exists: {name}")
    record = create_record(catalogue, name, _new_settings(catalogue, request))
    return Outcome({"TableDescription": describe_table(record, "CREATING")})


def _check_new_table(request: Request) -> None:
    check_new_billing(request)
    schema, attributes = request["KeySchema"], request["AttributeDefinitions"]
    local, world = request.get("LocalSecondaryIndexes"), request.get("GlobalSecondaryIndexes")
    check_table_keys(schema, attributes)
    indexes = [*(local or ()), *(world or ())]
    used = used_attributes([schema, *(index["KeySchema"] for index in indexes)])
    if local is None and world is None:
        check_attributes(attributes, used, has_indexes=False)
    if local is not None:
        check_local_indexes(local, schema, attributes)
    if world is not None:
        check_global_indexes(world, attributes)
        check_index_throughput(world, request.get("BillingMode", "PROVISIONED"))
    check_index_names(index["IndexName"] for index in indexes)
    check_projected_count(indexes)
    check_attributes(attributes, used, has_indexes=True)
    if "StreamSpecification" in request:
        check_stream(request["StreamSpecification"])
    _check_encryption(request)
    check_tag_count(request.get("Tags", ()))


def _new_settings(catalogue: TableCatalogue, request: Request) -> TableSettings:
    encryption = request.get("SSESpecification", {})
    billing = new_billing(request)
    local: JsonObject = {
        "tags": request.get("Tags", []),
        "protection": bool(request.get("DeletionProtectionEnabled")),
        "key": key_arn(catalogue, encryption),
        "class": request.get("TableClass", "STANDARD"),
    }
    if "ResourcePolicy" in request:
        local["policy"] = new_policy(catalogue, request["ResourcePolicy"])
    return TableSettings(
        shared={
            "keys": {
                "schema": request["KeySchema"],
                "indexes": [
                    {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
                    for index in request.get("LocalSecondaryIndexes") or ()
                ],
            },
            "attributes": request["AttributeDefinitions"],
            "indexes": [
                stored_global_index(index, billing)
                for index in request.get("GlobalSecondaryIndexes") or ()
            ],
            "billing": billing,
            "stream": request.get("StreamSpecification", NO_STREAM),
            "encryption": shared_encryption(encryption),
            "ttl": NO_TIME_TO_LIVE,
        },
        local=local,
    )


# -- UpdateTable


def update_table(catalogue: TableCatalogue, request: Request) -> Outcome:
    if not any(request.get(name) not in (None, []) for name in CHANGES):
        raise validation_error(
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
            "GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
        )
    updates = request.get("GlobalSecondaryIndexUpdates") or []
    _check_update_entries(updates)
    record = catalogue.table(request["TableName"])
    changed: JsonObject = {}
    if updates:
        _plan_index_updates(record, request, updates, changed)
    changed |= changed_billing(record, request, changed.get("indexes"), now=catalogue.now())
    if "StreamSpecification" in request:
        changed["stream"] = _changed_stream(record, request["StreamSpecification"])
    if "SSESpecification" in request:
        _check_encryption(request)
        changed["encryption"] = shared_encryption(request["SSESpecification"])
        changed["key"] = key_arn(catalogue, request["SSESpecification"])
    if "DeletionProtectionEnabled" in request:
        changed["protection"] = request["DeletionProtectionEnabled"]
    if "TableClass" in request:
        changed["class"] = request["TableClass"]
    for name, value in changed.items():
        set_setting(catalogue, record, name, value)
    return Outcome({"TableDescription": describe_table(record, "UPDATING")})


def _check_update_entries(updates: list[JsonObject]) -> None:
    seen: set[str] = set()
    for update in updates:
        actions = [action for action in update.values() if action is not None]
        if len(actions) != 1:
            raise validation_error(
                f"{INVALID_PARAMETER}One of GlobalSecondaryIndexUpdate.Update, "
                "GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be "
                "null"
            )
        name = actions[0]["IndexName"]
        if name in seen:
            raise validation_error(
                f"{INVALID_PARAMETER}Only one global secondary index update per index is allowed "
                f"simultaneously. Index: {name}"
            )
        seen.add(name)


def _plan_index_updates(
    record: TableRecord, request: Request, updates: list[JsonObject], changed: JsonObject
) -> None:
    """Put the indexes, and the definitions of their attributes, into `changed`."""
    # "create or delete only one global secondary index per UpdateTable operation":
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
    if sum("Update" not in update for update in updates) > 1:
        raise TableApiError("LimitExceededException", ONE_INDEX_AT_A_TIME)
    shared = record.shared
    attributes = _merged_attributes(record, request.get("AttributeDefinitions") or [])
    indexes = {index["IndexName"]: index for index in shared["indexes"]}
    for update in updates:
        ((action, given),) = ((a, g) for a, g in update.items() if g is not None)
        name = given["IndexName"]
        if action == "Create":
            _check_created_index(record, given, attributes)
            check_index_throughput([given], request.get("BillingMode", shared["billing"]["mode"]))
            indexes[name] = stored_global_index(given, shared["billing"])
        elif name not in indexes:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Index: {name} not found",
            )
        elif action == "Delete":
            del indexes[name]
        else:
            indexes[name] = {
                **indexes[name],
                **{k: v for k, v in given.items() if k != "IndexName"},
            }
    schemas = [shared["keys"]["schema"]]
    schemas += [index["KeySchema"] for index in (*shared["keys"]["indexes"], *indexes.values())]
    used = used_attributes(schemas)
    changed["attributes"] = [a for a in attributes if a["AttributeName"] in used]
    changed["indexes"] = list(indexes.values())
    check_projected_count((*shared["keys"]["indexes"], *indexes.values()))


def _check_created_index(
    record: TableRecord, index: JsonObject, attributes: list[JsonObject]
) -> None:
    if index["IndexName"] in record.table.indexes:
        raise validation_error("Attempting to create an index which already exists")
    check_global_indexes([*record.shared["indexes"], index], attributes)


def _merged_attributes(record: TableRecord, given: list[JsonObject]) -> list[JsonObject]:
    """The table's attribute definitions and the new ones. Raises ValidationException."""
    merged: dict[str, JsonObject] = {a["AttributeName"]: a for a in record.shared["attributes"]}
    for attribute in given:
        known = merged.setdefault(attribute["AttributeName"], attribute)
        if known["AttributeType"] != attribute["AttributeType"]:
            raise validation_error(
                f"{INVALID_PARAMETER}Cannot change the type of the key attribute "
                f"{attribute['AttributeName']} from {known['AttributeType']} to "
                f"{attribute['AttributeType']}"
            )
    return list(merged.values())


def _changed_stream(record: TableRecord, specification: JsonObject) -> JsonObject:
    wanted = specification["StreamEnabled"]
    if wanted == bool(record.shared["stream"].get("StreamEnabled")):
        word = "already has an enabled stream" if wanted else "has no stream to disable"
        raise validation_error(f"Table {word}: TableName: {record.name}")
    check_stream(specification)
    return specification


# -- encryption


def _check_encryption(request: Request) -> None:
    specification: dict[str, Any] = request.get("SSESpecification", {})
    if specification.get("KMSMasterKeyId") and not specification.get("Enabled"):
        raise validation_error(
            f"{INVALID_PARAMETER}KMSMasterKeyId can only be specified when SSE is enabled"
        )
    if specification.get("SSEType") == "AES256":
        raise validation_error(f"{INVALID_PARAMETER}SSEType AES256 is not supported")


def shared_encryption(specification: JsonObject) -> JsonObject:
    """The setting that all replicas share: everything but the key."""
    if not specification.get("Enabled"):
        return {}
    return {"Enabled": True, "SSEType": specification.get("SSEType", "KMS")}


def key_arn(catalogue: TableCatalogue, specification: JsonObject) -> str | None:
    """The ARN of the key of an SSESpecification; None without encryption by a key."""
    if not specification.get("Enabled"):
        return None
    key = str(specification.get("KMSMasterKeyId") or aws_managed_key(catalogue))
    prefix = f"arn:aws:kms:{catalogue.region}:{catalogue.account}:"
    if key.startswith("arn:"):
        return key
    return f"{prefix}{key}" if key.startswith("alias/") else f"{prefix}key/{key}"
