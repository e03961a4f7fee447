"""Tokens of lists over boto3: what another caller deletes between two pages.

That a token outlives a restart is tested with control's process.
"""

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess


def make_groups(logs: Client, prefix: str) -> list[str]:
    names = [f"{prefix}{number}" for number in range(4)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    return names


def list_page(logs: Client, prefix: str, **options: object) -> tuple[list[str], str]:
    page = logs.describe_log_groups(logGroupNamePrefix=prefix, limit=2, **options)
    return [group["logGroupName"] for group in page["logGroups"]], page.get("nextToken", "")


def test_a_page_whose_first_item_was_deleted_begins_with_the_next_one(
    shared: ControlProcess,
) -> None:
    logs = shared.client("logs", PARIS)
    names = make_groups(logs, "/paged/")
    first, token = list_page(logs, "/paged/")
    logs.delete_log_group(logGroupName=names[2])

    assert first == names[:2]
    assert list_page(logs, "/paged/", nextToken=token) == (names[3:], "")


def test_a_token_of_another_list_is_refused(shared: ControlProcess) -> None:
    logs = shared.client("logs", PARIS)
    make_groups(logs, "/one/")
    _, token = list_page(logs, "/one/")

    expect_aws_error(
        "InvalidToken", logs.describe_log_groups, logGroupNamePrefix="/other/", nextToken=token
    )
