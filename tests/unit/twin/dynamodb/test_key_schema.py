"""Key schemas: the names of all key attributes, in order."""

from twin.dynamodb.key_schema import KeySchema


def test_partition_keys_come_before_sort_keys() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.CoreComponents.html"""
    schema = KeySchema(("id", "kind"), ("at",), {"id": "S", "kind": "S", "at": "N"})

    assert schema.names == ("id", "kind", "at")
    assert schema == KeySchema(("id", "kind"), ("at",), {"at": "N", "kind": "S", "id": "S"})
