"""What tests of the item engine expect of a refused request."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from twin.core.tables.table_engine import TableApiError


@contextmanager
def refused(message: str, code: str = "ValidationException") -> Iterator[None]:
    """The block raises the service's error with exactly this message."""
    with pytest.raises(TableApiError) as caught:
        yield
    assert (caught.value.code, caught.value.message) == (code, message)
