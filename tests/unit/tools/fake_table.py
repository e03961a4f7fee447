"""A table behind boto3's client, as far as sample items need it."""

from typing import Any


class FakeTable:
    """The used part of boto3's client, with one table."""

    class exceptions:
        """The client's exceptions."""

        class ConditionalCheckFailedException(Exception):
            """The key is there."""

    def __init__(self, *items: Any) -> None:  # noqa: ANN401
        self.items = {self._key(item): item for item in items}

    def describe_table(self, *, TableName: str) -> Any:  # noqa: ANN401
        assert TableName == "muster-bookmarks"
        return {"Table": {"KeySchema": [{"AttributeName": "PK"}, {"AttributeName": "SK"}]}}

    def put_item(self, **request: Any) -> None:  # noqa: ANN401
        assert request["ConditionExpression"] == "attribute_not_exists(#key)"
        assert request["ExpressionAttributeNames"] == {"#key": "PK"}
        if self._key(request["Item"]) in self.items:
            raise self.exceptions.ConditionalCheckFailedException
        self.items[self._key(request["Item"])] = request["Item"]

    @staticmethod
    def _key(item: Any) -> tuple[str, str]:  # noqa: ANN401
        return item["PK"]["S"], item["SK"]["S"]
