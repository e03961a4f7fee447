"""The tables of the services, and what the function may do with them."""

import pytest

from app.registry import known_services
from infra.configuration.services import ALWAYS, SERVICE_TABLES, table_actions
from tests.unit.app.fakes import KEYS


def test_the_code_has_each_service_that_can_be_configured() -> None:
    assert set(known_services()) <= set(SERVICE_TABLES)
    assert ALWAYS in known_services()


@pytest.mark.parametrize("service", SERVICE_TABLES)
def test_tests_of_the_services_use_the_tables_that_are_deployed(service: str) -> None:
    table = SERVICE_TABLES[service]

    assert KEYS[service] == tuple(key for key in (table.hash_key, table.range_key) if key)


def test_a_health_check_needs_to_read_the_table() -> None:
    assert "dynamodb:GetItem" not in table_actions("hits", probed=False)
    assert table_actions("hits", probed=True) == [
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
    ]


def test_a_table_is_scanned_only_where_that_is_configured() -> None:
    with_scan = table_actions("bookmarks", probed=False, scanned=True)

    assert "dynamodb:Scan" in with_scan
    assert table_actions("bookmarks", probed=False) == [
        action for action in with_scan if action != "dynamodb:Scan"
    ]
    assert "dynamodb:Scan" not in table_actions("items", probed=True, scanned=True)
