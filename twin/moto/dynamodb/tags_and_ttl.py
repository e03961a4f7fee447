"""Operations on tags and time to live, in the place of moto's.

moto adds a tag a second time instead of replacing it, accepts tags for tables that do not exist,
and accepts enabling time to live twice.
"""

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models.table import Table

from twin.core.table_engine import TableApiError
from twin.moto.dynamodb.backend import RegionBackend

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
