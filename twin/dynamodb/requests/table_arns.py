"""Tables that a request names by ARN: the operations know names only.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html
("specify the table's ARN instead of its name")
"""

from typing import Any

from twin.core.tables.table_engine import TableApiError


class TableArns:
    """The ARNs of one Region's tables."""

    def __init__(self, region: str, account: str) -> None:
        self._prefix = f"arn:aws:dynamodb:{region}:{account}:table/"

    def with_names(self, request: dict[str, Any]) -> dict[str, Any]:
        """The request with names for ARNs, whatever its shape.

        Raises AccessDeniedException for a table of another Region or account.
        """
        request = self._with_table_name(request)
        tables = request.get("RequestItems")
        if isinstance(tables, dict) and any(map(_is_arn, tables)):
            request = {**request, "RequestItems": self._named(tables)}
        entries = request.get("TransactItems")
        if isinstance(entries, list) and any(map(_names_arn, entries)):
            request = {**request, "TransactItems": list(map(self._with_action_names, entries))}
        return request

    def _named(self, tables: dict[str, Any]) -> dict[str, Any]:
        """The parts of a batch. Raises ValidationException for two parts of one table."""
        named: dict[str, Any] = {}
        for given, part in tables.items():
            name = self._name(given)
            if name in named:
                raise TableApiError(
                    "ValidationException",
                    "One or more parameter values were invalid: the table is named twice, by its "
                    f"name and by its ARN: {name}",
                )
            named[name] = part
        return named

    def _with_action_names(self, entry: object) -> object:
        if not isinstance(entry, dict):
            return entry
        return {
            kind: self._with_table_name(action) if isinstance(action, dict) else action
            for kind, action in entry.items()
        }

    def _with_table_name(self, request: dict[str, Any]) -> dict[str, Any]:
        if not _is_arn(request.get("TableName")):
            return request
        return {**request, "TableName": self._name(request["TableName"])}

    def _name(self, name: str) -> str:
        if not _is_arn(name):
            return name
        if not name.startswith(self._prefix):
            raise TableApiError(
                "AccessDeniedException",
                f"{name} is not of this account and Region, and the twin has no other tables",
            )
        return name.removeprefix(self._prefix)


def table_name(name: str) -> str:
    """The table's name in an ARN of a table, an index or a stream; a name as it is."""
    return name.partition(":table/")[2].partition("/")[0] if _is_arn(name) else name


def _is_arn(name: object) -> bool:
    return isinstance(name, str) and name.startswith("arn:")


def _names_arn(entry: object) -> bool:
    return isinstance(entry, dict) and any(
        isinstance(action, dict) and _is_arn(action.get("TableName")) for action in entry.values()
    )
