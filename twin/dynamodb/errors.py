"""The errors of the DynamoDB API that values and expressions raise.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from collections.abc import Iterator
from contextlib import contextmanager

from twin.core.tables.table_engine import TableApiError

INVALID_PARAMETER = "One or more parameter values were invalid: "


class InvalidValueError(TableApiError):
    """A value that breaks a rule, which some operations report in the service's older words."""

    def __init__(self, message: str, older_message: str) -> None:
        super().__init__("ValidationException", message)
        self.older_message = older_message


def validation_error(message: str) -> TableApiError:
    """The request's content breaks a rule."""
    return TableApiError("ValidationException", message)


def serialization_error(message: str) -> TableApiError:
    """The request's JSON does not have the shape of the API's model."""
    return TableApiError("SerializationException", message)


def in_older_words(error: TableApiError) -> TableApiError:
    """The error as Scan, BatchWriteItem and the transactions report it."""
    if isinstance(error, InvalidValueError):
        return validation_error(error.older_message)
    return error


@contextmanager
def older_words() -> Iterator[None]:
    """Report values' errors as Scan, BatchWriteItem and the transactions do."""
    try:
        yield
    except InvalidValueError as error:
        raise in_older_words(error) from None


@contextmanager
def counted_error() -> Iterator[None]:
    """Count errors of validation, as PutItem, UpdateItem and DeleteItem do without the table."""
    try:
        yield
    except TableApiError as error:
        if error.code != "ValidationException":
            raise
        raise validation_error(f"1 validation error detected: {error.message}") from None
