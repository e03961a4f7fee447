"""Finds the table that an ARN names.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
"""

import re

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.catalogue import TableCatalogue, TableRecord
from twin.dynamodb.errors import validation_error

_ARN = re.compile(
    r"arn:aws:dynamodb:(?P<region>[^:]+):(?P<account>\d+):table/(?P<table>[a-zA-Z0-9_.-]{3,255})"
)


def resource_name(catalogue: TableCatalogue, arn: str, operation: str) -> str:
    """The name of the table of this ARN, whether it exists or not.

    Raises ValidationException, or AccessDeniedException for another account's or Region's table.
    """
    match = _ARN.fullmatch(arn)
    if match is None:
        raise validation_error(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    if (match["region"], match["account"]) != (catalogue.region, catalogue.account):
        raise TableApiError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{catalogue.account}:root is not authorized to perform: "
            f"dynamodb:{operation} on resource: {arn}",
        )
    return match["table"]


def resource_table(catalogue: TableCatalogue, arn: str, operation: str) -> TableRecord:
    """The table of this ARN.

    Raises what resource_name raises, or ResourceNotFoundException.
    """
    record = catalogue.find(resource_name(catalogue, arn, operation))
    if record is None:
        raise TableApiError(
            "ResourceNotFoundException",
            f"Requested resource not found: ResourcArn: {arn} not found",
        )
    return record
