"""Which items have expired by their table's time to live. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
"""

from decimal import Decimal

from twin.dynamodb.attribute_values import Item

MAX_AGE_S = 5 * 365 * 24 * 3600
"""An item whose time is longer ago does not expire, so that a wrong unit deletes nothing."""


def is_expired(image: Item, attribute: str, at_s: float) -> bool:
    """Whether the attribute is a time (seconds since 1970) before `at_s`, but not too long before.

    An attribute of another type than Number does not count.
    """
    text = image.get(attribute, {}).get("N")
    return text is not None and at_s - MAX_AGE_S < Decimal(text) < at_s
