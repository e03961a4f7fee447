"""Tables by name or ARN."""

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.catalogue import TableCatalogue, TableRecord
from twin.dynamodb.key_schema import KeySchema
from twin.dynamodb.tables import Table


def make_catalogue() -> TableCatalogue:
    catalogue = TableCatalogue("eu-central-1", "123456789012", lambda: 0.0)
    table = Table(KeySchema(("id",), (), {"id": "S"}))
    catalogue.records["tab"] = TableRecord("tab", catalogue.table_arn("tab"), table, {}, {})
    return catalogue


def test_a_table_is_found_by_its_name_and_its_arn() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html"""
    catalogue = make_catalogue()
    record = catalogue.item_table("tab")

    assert catalogue.table(record.arn) is record
    assert catalogue.find(record.arn.replace("eu-central-1", "us-west-2")) is None
    assert catalogue.find("none") is None


def test_a_hidden_table_is_not_found() -> None:
    catalogue = make_catalogue()
    catalogue.hidden = ["tab"]

    for find in (catalogue.table, catalogue.item_table):
        with pytest.raises(TableApiError, match="Requested resource not found"):
            find("tab")
