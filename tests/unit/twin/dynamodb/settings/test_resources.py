"""ARNs of tables: whose they are, and what does not name one."""

import pytest

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.catalogue import TableCatalogue
from twin.dynamodb.settings.resources import resource_table


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("not-an-arn", "ValidationException"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/none", "ResourceNotFoundException"),
        ("arn:aws:dynamodb:us-east-1:000000000001:table/none", "AccessDeniedException"),
        ("arn:aws:dynamodb:eu-west-1:000000000000:table/none", "AccessDeniedException"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/x", "ValidationException"),
    ],
)
def test_an_arn_that_names_no_table_here_is_refused(arn: str, code: str) -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html"""
    catalogue = TableCatalogue("us-east-1", "000000000000", lambda: 0.0)

    with pytest.raises(TableApiError) as caught:
        resource_table(catalogue, arn, "TagResource")
    assert caught.value.code == code
