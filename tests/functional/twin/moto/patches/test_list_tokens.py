"""Tokens of lists over boto3: what another caller deletes, and a restart between two pages."""

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess

PREFIX = "/paged/"


def make_groups(logs: Client) -> list[str]:
    names = [f"{PREFIX}{number}" for number in range(4)]
    for name in names:
        logs.create_log_group(logGroupName=name)
    return names


def list_page(logs: Client, **options: object) -> tuple[list[str], str]:
    page = logs.describe_log_groups(logGroupNamePrefix=PREFIX, limit=2, **options)
    return [group["logGroupName"] for group in page["logGroups"]], page.get("nextToken", "")


def test_a_token_outlives_a_restart(control: ControlProcess) -> None:
    logs = control.client("logs", PARIS)
    names = make_groups(logs)
    first, token = list_page(logs)

    control.kill()
    control.start()
    second, end = list_page(logs, nextToken=token)

    assert (first + second, end) == (names, "")


def test_a_page_whose_first_item_was_deleted_begins_with_the_next_one(
    control: ControlProcess,
) -> None:
    logs = control.client("logs", PARIS)
    names = make_groups(logs)
    _, token = list_page(logs)
    logs.delete_log_group(logGroupName=names[2])

    assert list_page(logs, nextToken=token) == (names[3:], "")


def test_a_token_of_another_list_is_refused(control: ControlProcess) -> None:
    logs = control.client("logs", PARIS)
    make_groups(logs)
    _, token = list_page(logs)

    expect_aws_error(
        "InvalidToken", logs.describe_log_groups, logGroupNamePrefix="/other/", nextToken=token
    )
