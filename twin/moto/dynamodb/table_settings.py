"""Converts a table's settings between moto's Table and the TableSettings that replication uses.

Which settings all replicas share, and which are local to each:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html

Operations on tags and time to live replace moto's: moto adds a tag a second time instead of
replacing it, accepts tags for tables that do not exist, and accepts enabling time to live twice.
"""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.dynamodb.models.table import GlobalSecondaryIndex, Table

from twin.core.table_engine import JsonObject, TableApiError, TableSettings, TableStream
from twin.moto.dynamodb.backend import RegionBackend

LABEL_FORMAT_LENGTH = len("2026-01-01T00:00:00.000")

SettingSetter = Callable[[Table, Any], None]


def detach_stream(table: Table) -> None:
    """Turn off the stream that moto made for a created or changed table: it never trims it."""
    if table.stream_shard is not None:
        table.stream_shard = None
        # Stream labels have milliseconds:
        # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Stream.html
        table.latest_stream_label = (table.latest_stream_label or "")[:LABEL_FORMAT_LENGTH]


def read_table_settings(backend: RegionBackend, table: Table) -> TableSettings:
    """Read all settings of the table."""
    return TableSettings(
        shared=copy.deepcopy(
            {
                "keys": {
                    "schema": table.schema,
                    "indexes": [index.describe() for index in table.indexes],
                },
                "attributes": table.attr,
                "indexes": [_index(index) for index in table.global_indexes],
                "billing": _billing(table),
                "stream": table.stream_specification or {"StreamEnabled": False},
                "encryption": _encryption(table),
                "ttl": {
                    "enabled": table.ttl["TimeToLiveStatus"] == "ENABLED",
                    "attribute": table.ttl.get("AttributeName", ""),
                },
            }
        ),
        local=copy.deepcopy(
            {
                "born": table.created_at.replace(tzinfo=UTC).timestamp(),
                "label": table.latest_stream_label,
                "tags": table.tags,
                "protection": bool(table.deletion_protection_enabled),
                "recovery": table.continuous_backups,
                "key": (table.sse_specification or {}).get("KMSMasterKeyId"),
                "policy": _policy(backend, table),
            }
        ),
    )


def create_table(backend: RegionBackend, name: str, wanted: TableSettings) -> None:
    """Create the table; missing settings take moto's defaults."""
    shared = copy.deepcopy(wanted.shared)
    billing = shared["billing"]
    provisioned = billing["mode"] == "PROVISIONED"
    table = backend.create_table(
        name,
        schema=shared["keys"]["schema"],
        throughput=billing["throughput"] if provisioned else None,
        attr=shared["attributes"],
        global_indexes=shared["indexes"],
        indexes=shared["keys"]["indexes"],
        streams=shared["stream"],
        billing_mode=billing["mode"],
        sse_specification=_sse_specification(shared, wanted.local),
        tags=[],
        deletion_protection_enabled=False,
        warm_throughput=billing["warm"],
    )
    detach_stream(table)
    set_table_setting(backend, table, "ttl", shared["ttl"])
    for setting, value in wanted.local.items():
        set_table_setting(backend, table, setting, copy.deepcopy(value))


def set_table_setting(backend: RegionBackend, table: Table, name: str, value: Any) -> None:
    """Change one setting. Raises KeyError for an unknown one."""
    if name == "policy":
        _put_policy(backend, table, value)
    else:
        _SETTERS[name](table, copy.deepcopy(value))


def read_table_stream(table: Table) -> TableStream | None:
    """The table's current or last stream; None if it never had one."""
    label = table.latest_stream_label
    if not label:
        return None
    specification = table.stream_specification or {}
    return TableStream(
        arn=f"{table.table_arn}/stream/{label}",
        label=label,
        view=specification.get("StreamViewType") or "NEW_AND_OLD_IMAGES",
        enabled=bool(specification.get("StreamEnabled")),
        key_schema=tuple(table.schema),
        created_s=datetime.fromisoformat(label).replace(tzinfo=UTC).timestamp(),
    )


def _billing(table: Table) -> JsonObject:
    return {
        "mode": table.billing_mode or "PROVISIONED",
        "throughput": table.throughput,
        "warm": table.warm_throughput,
    }


def _index(index: GlobalSecondaryIndex) -> JsonObject:
    """The index as CreateTable takes it."""
    return {
        "IndexName": index.name,
        "KeySchema": index.schema,
        "Projection": index.projection,
        "ProvisionedThroughput": index.throughput,
        "WarmThroughput": index.warm_throughput,
    }


def _encryption(table: Table) -> JsonObject:
    """The encryption settings without the key, which is local to each Region."""
    specification = table.sse_specification or {}
    return {name: value for name, value in specification.items() if name != "KMSMasterKeyId"}


def _sse_specification(shared: JsonObject, local: JsonObject) -> JsonObject | None:
    if not shared["encryption"]:
        return None
    key = local.get("key")
    return {**shared["encryption"], **({"KMSMasterKeyId": key} if key else {})}


def _policy(backend: RegionBackend, table: Table) -> JsonObject | None:
    policy = backend.resource_policies.get(table.table_arn)
    if policy is None:
        return None
    return {"document": policy.policy_doc, "revision": policy.revision_id}


def _put_policy(backend: RegionBackend, table: Table, value: JsonObject | None) -> None:
    if value is None:
        backend.resource_policies.pop(table.table_arn, None)
        return
    policy = backend.put_resource_policy(table.table_arn, value["document"], None)
    policy.revision_id = value["revision"]


def _set_stream(table: Table, value: JsonObject) -> None:
    enabled = bool((table.stream_specification or {}).get("StreamEnabled"))
    if bool(value.get("StreamEnabled")) != enabled:
        table.set_stream_specification(value)
        detach_stream(table)
    else:
        table.stream_specification = value


def _set_billing(table: Table, value: JsonObject) -> None:
    table.billing_mode = value["mode"]
    table.throughput = value["throughput"]
    table.warm_throughput = value["warm"]


def _set_ttl(table: Table, value: JsonObject) -> None:
    table.ttl = {"TimeToLiveStatus": "ENABLED" if value["enabled"] else "DISABLED"}
    if value["attribute"]:
        table.ttl["AttributeName"] = value["attribute"]


def _set_encryption(table: Table, value: JsonObject) -> None:
    key = (table.sse_specification or {}).get("KMSMasterKeyId")
    table.sse_specification = {**value, **({"KMSMasterKeyId": key} if key else {})} or None


def _set_indexes(table: Table, value: list[JsonObject]) -> None:
    table.global_indexes = [
        GlobalSecondaryIndex.create(index, table.table_key_attrs) for index in value
    ]


def _set_born(table: Table, value: float) -> None:
    table.created_at = datetime.fromtimestamp(value, UTC).replace(tzinfo=None)


def _attribute_setter(name: str) -> SettingSetter:
    def set_attribute(table: Table, value: object) -> None:
        setattr(table, name, value)

    return set_attribute


def _ignore_setting(_table: Table, _value: object) -> None:
    """For keys, which never change, and the encryption key, which `create_table` sets."""


_SETTERS: dict[str, SettingSetter] = {
    "keys": _ignore_setting,
    "key": _ignore_setting,
    "attributes": _attribute_setter("attr"),
    "indexes": _set_indexes,
    "billing": _set_billing,
    "stream": _set_stream,
    "encryption": _set_encryption,
    "ttl": _set_ttl,
    "born": _set_born,
    "label": _attribute_setter("latest_stream_label"),
    "tags": _attribute_setter("tags"),
    "protection": _attribute_setter("deletion_protection_enabled"),
    "recovery": _attribute_setter("continuous_backups"),
}


TAGS_PER_PAGE = 10
MAX_TAGS = 50


class TagsAndTtl:
    """Runs the operations on one Region's tables."""

    def __init__(self, backend: RegionBackend) -> None:
        self._backend = backend
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeTimeToLive": self._describe_ttl,
            "ListTagsOfResource": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "UpdateTimeToLive": self._update_ttl,
        }

    def serves(self, operation: str) -> bool:
        """Whether `run` supports the operation."""
        return operation in self._operations

    def run(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Run one operation. Raises TableApiError, and KeyError for a missing member."""
        return self._operations[operation](request)

    def _tag(self, request: dict[str, Any]) -> dict[str, Any]:
        table = self._by_arn(request["ResourceArn"])
        tags = {tag["Key"]: tag["Value"] for tag in table.tags}
        tags |= {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        if len(tags) > MAX_TAGS:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html
            raise TableApiError("ValidationException", f"Too many tags: more than {MAX_TAGS}")
        table.tags = [{"Key": key, "Value": value} for key, value in tags.items()]
        return {}

    def _untag(self, request: dict[str, Any]) -> dict[str, Any]:
        table = self._by_arn(request["ResourceArn"])
        removed = set(request["TagKeys"])
        table.tags = [tag for tag in table.tags if tag["Key"] not in removed]
        return {}

    def _list_tags(self, request: dict[str, Any]) -> dict[str, Any]:
        tags = self._by_arn(request["ResourceArn"]).tags
        start = int(request.get("NextToken") or 0)
        page: dict[str, Any] = {"Tags": tags[start : start + TAGS_PER_PAGE]}
        if len(tags) > start + TAGS_PER_PAGE:
            page["NextToken"] = str(start + TAGS_PER_PAGE)
        return page

    def _describe_ttl(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"TimeToLiveDescription": self._by_name(request["TableName"]).ttl}

    def _update_ttl(self, request: dict[str, Any]) -> dict[str, Any]:
        """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html"""
        table = self._by_name(request["TableName"])
        wanted = request["TimeToLiveSpecification"]
        enable, attribute = bool(wanted["Enabled"]), wanted["AttributeName"]
        enabled = table.ttl["TimeToLiveStatus"] == "ENABLED"
        current = table.ttl.get("AttributeName", attribute)
        if enabled and current != attribute:
            raise TableApiError(
                "ValidationException",
                "TimeToLive is active on a different AttributeName: current AttributeName is "
                f"{current}",
            )
        if enable == enabled:
            word = "enabled" if enabled else "disabled"
            raise TableApiError("ValidationException", f"TimeToLive is already {word}")
        table.ttl = {"TimeToLiveStatus": "ENABLED" if enable else "DISABLED"}
        if enable:
            table.ttl["AttributeName"] = attribute
        return {"TimeToLiveSpecification": {"Enabled": enable, "AttributeName": attribute}}

    def _by_name(self, name: str) -> Table:
        table = self._backend.tables.get(name)
        if table is None:
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )
        return table

    def _by_arn(self, arn: str) -> Table:
        for table in self._backend.tables.values():
            if table.table_arn == arn:
                return table
        raise TableApiError(
            "ResourceNotFoundException",
            f"Requested resource not found: ResourceArn: {arn} not found",
        )
