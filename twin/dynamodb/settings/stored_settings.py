"""A table's settings as replication and the write-ahead log know them, and tables made from them.

Shared, equal in all replicas:
    keys        schema, and the local indexes as CreateTable takes them
    attributes  AttributeDefinitions
    indexes     the global indexes as CreateTable takes them
    billing     mode; throughput (provisioned), warm (throughput), on_demand (limits),
                on_demand_since (seconds since 1970; without it, since its creation)
    stream      StreamSpecification
    encryption  SSESpecification without the key
    ttl         enabled, attribute
    consistency mode, of a global table that is or was strongly consistent
Local to each replica:
    born        creation time, seconds since 1970          label     of the last stream
    tags        [{"Key": ..., "Value": ...}]               recovery  ContinuousBackupsDescription
    protection  whether deletion is forbidden              key       ARN of the KMS key
    policy      document, revision                         class     TableClass
    restore     RestoreSummary of a restored table

Which settings all replicas share, and which are local to each:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from twin.core.tables.table_engine import JsonObject, TableSettings, TableStream
from twin.dynamodb.catalogue import TableCatalogue, TableRecord
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.tables import IndexProjection, SecondaryIndex, Table

SHARED = frozenset(
    {"keys", "attributes", "indexes", "billing", "stream", "encryption", "ttl", "consistency"}
)
LOCAL = frozenset(
    {"born", "label", "tags", "protection", "recovery", "key", "policy", "class", "restore"}
)
AWS_MANAGED_KEY = "d5a7e6f0-0000-4000-8000-000000000001"
"""The id that stands for AWS's own key for DynamoDB, `alias/aws/dynamodb`."""
NO_RECOVERY: JsonObject = {
    "ContinuousBackupsStatus": "ENABLED",
    "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
}


def create_record(catalogue: TableCatalogue, name: str, settings: TableSettings) -> TableRecord:
    """Make a table of these settings and add it; missing local settings take their defaults."""
    shared = copy.deepcopy(settings.shared)
    now = catalogue.now()
    local: JsonObject = {
        "born": now,
        "label": stream_label(now) if shared["stream"].get("StreamEnabled") else None,
        "tags": [],
        "protection": False,
        "recovery": NO_RECOVERY,
        "key": _default_key(catalogue, shared),
        "policy": None,
        "class": "STANDARD",
        "restore": None,
        **copy.deepcopy(settings.local),
    }
    schema = key_schema(shared["keys"]["schema"], shared["attributes"])
    indexes = (
        *(_index(shared, schema, d, is_global=False) for d in shared["keys"]["indexes"]),
        *(_index(shared, schema, d, is_global=True) for d in _defined_indexes(shared)),
    )
    record = TableRecord(name, catalogue.table_arn(name), Table(schema, indexes), shared, local)
    catalogue.records[name] = record
    return record


def read_settings(record: TableRecord) -> TableSettings:
    """All settings; their values are never changed afterwards."""
    return TableSettings(shared=dict(record.shared), local=dict(record.local))


def set_setting(catalogue: TableCatalogue, record: TableRecord, name: str, value: Any) -> None:  # noqa: ANN401
    """Replace one setting, with its effects. Raises KeyError for an unknown one."""
    value = copy.deepcopy(value)
    if name in LOCAL:
        record.local[name] = value
        return
    if name not in SHARED:
        raise KeyError(name)
    if name == "stream":
        _note_stream_start(catalogue, record, value)
    if name != "keys":  # keys never change
        record.shared[name] = value
    if name in ("indexes", "attributes"):
        _update_indexes(record)


def _note_stream_start(catalogue: TableCatalogue, record: TableRecord, value: JsonObject) -> None:
    """Give a stream that is switched on its label."""
    if value.get("StreamEnabled") and not record.shared["stream"].get("StreamEnabled"):
        record.local["label"] = stream_label(catalogue.now())


def _update_indexes(record: TableRecord) -> None:
    """Add and remove global indexes, so that the table has those of the settings."""
    table, shared = record.table, record.shared
    wanted = {index["IndexName"]: index for index in _defined_indexes(shared)}
    for name, index in list(table.indexes.items()):
        if index.is_global and not _is_same(index, wanted.get(name), shared):
            table.remove_index(name)
    for name, definition in wanted.items():
        if name not in table.indexes:
            table.add_index(_index(shared, table.schema, definition, is_global=True))


def _defined_indexes(shared: JsonObject) -> list[JsonObject]:
    """The global indexes whose attributes are defined.

    Replication may bring new indexes before their attributes' definitions, or an index that one
    Region has changed while another one has deleted it: those wait.
    """
    defined = {attribute["AttributeName"] for attribute in shared["attributes"]}
    return [
        index
        for index in shared["indexes"]
        if all(element["AttributeName"] in defined for element in index["KeySchema"])
    ]


def _is_same(index: SecondaryIndex, wanted: JsonObject | None, shared: JsonObject) -> bool:
    """Whether the index is of this definition."""
    return (
        wanted is not None
        and index.schema == key_schema(wanted["KeySchema"], shared["attributes"])
        and index.projection == _projection(wanted)
    )


def _index(
    shared: JsonObject, table_schema: KeySchema, definition: JsonObject, *, is_global: bool
) -> SecondaryIndex:
    return SecondaryIndex(
        definition["IndexName"],
        key_schema(definition["KeySchema"], shared["attributes"]),
        _projection(definition),
        table_schema=table_schema,
        is_global=is_global,
    )


def _projection(definition: JsonObject) -> IndexProjection:
    projection = definition["Projection"]
    return IndexProjection(
        projection["ProjectionType"], tuple(projection.get("NonKeyAttributes") or ())
    )


def key_schema(elements: list[JsonObject], attributes: list[JsonObject]) -> KeySchema:
    """The key schema of AWS's KeySchema and AttributeDefinitions."""
    types: Mapping[str, str] = {a["AttributeName"]: a["AttributeType"] for a in attributes}
    names = [element["AttributeName"] for element in elements]
    partition = [e["AttributeName"] for e in elements if e["KeyType"] == "HASH"]
    sort = [e["AttributeName"] for e in elements if e["KeyType"] == "RANGE"]
    return KeySchema(tuple(partition), tuple(sort), {name: types[name] for name in names})


def stream_label(now_s: float) -> str:
    """The label of a stream that starts now, with milliseconds.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Stream.html
    """
    moment = datetime.fromtimestamp(now_s, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds")


def read_stream(record: TableRecord) -> TableStream | None:
    """The table's current or last stream; None if it never had one."""
    label = record.local["label"]
    if not label:
        return None
    specification = record.shared["stream"]
    return TableStream(
        arn=f"{record.arn}/stream/{label}",
        label=label,
        view=specification.get("StreamViewType") or "NEW_AND_OLD_IMAGES",
        enabled=bool(specification.get("StreamEnabled")),
        key_schema=tuple(record.shared["keys"]["schema"]),
        created_s=datetime.fromisoformat(label).replace(tzinfo=UTC).timestamp(),
    )


def _default_key(catalogue: TableCatalogue, shared: JsonObject) -> str | None:
    return aws_managed_key(catalogue) if shared["encryption"].get("Enabled") else None


def aws_managed_key(catalogue: TableCatalogue) -> str:
    """The ARN of the key that encrypts a table if the request names none."""
    return f"arn:aws:kms:{catalogue.region}:{catalogue.account}:key/{AWS_MANAGED_KEY}"
