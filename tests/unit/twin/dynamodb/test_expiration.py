"""Which items have expired."""

import pytest

from twin.core.tables.table_engine import Image
from twin.dynamodb.expiration import MAX_AGE_S, is_expired

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("value", "expired"),
    [
        ({"N": "1699999999"}, True),
        ({"N": "1699999999.5"}, True),
        ({"N": "1700000000"}, False),
        ({"N": "1800000000"}, False),
        ({"S": "1699999999"}, False),
        ({"N": str(int(NOW) - MAX_AGE_S + 1)}, True),
        ({"N": str(int(NOW) - MAX_AGE_S)}, False),
        ({"N": "0"}, False),
        ({"N": "-5"}, False),
        ({"N": "1E+125"}, False),
    ],
)
def test_an_item_expires_by_a_number_of_seconds_in_the_last_five_years(
    value: Image, expired: bool
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html"""
    assert is_expired({"id": {"S": "a"}, "ttl": value}, "ttl", NOW) == expired


def test_an_item_without_the_attribute_does_not_expire() -> None:
    assert not is_expired({"id": {"S": "a"}}, "ttl", NOW)
