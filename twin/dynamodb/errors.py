"""The errors of the DynamoDB API that values and expressions raise.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from twin.core.table_engine import TableApiError

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
