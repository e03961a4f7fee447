"""What a restore refuses."""

import pytest

from muster.errors import InvalidUsage, RestoreRefused
from muster.restore.plan import (
    RestoreTimes,
    check_replicas,
    check_restored,
    check_service_table,
    check_times,
    target_name,
)
from muster.restore.tables import RestoreWindow, TableFacts

NOW = 2300.0
WINDOW = RestoreWindow(earliest_s=1000.0, latest_s=2000.0)
TABLES = {"items": "muster-prod-items", "hits": "muster-prod-hits"}


def facts(
    *, replicas: dict[str, str] | None = None, source: str | None = None, status: str = "ACTIVE"
) -> TableFacts:
    return TableFacts(
        key_names=("id",),
        status=status,
        items=0,
        size_bytes=0,
        replicas=replicas or {},
        source_arn=source,
    )


def test_times_within_the_window_are_taken() -> None:
    check_times(RestoreTimes(before_s=1000.0, after_s=2000.0), WINDOW, NOW)
    check_times(RestoreTimes(before_s=1500.0, after_s=None), WINDOW, NOW)


@pytest.mark.parametrize(
    ("before_s", "after_s", "words"),
    [
        (999.0, None, "the earliest"),
        (2001.0, None, "five minutes behind. Try again in 1 s"),
        (1500.0, 2060.0, "--after .* Try again in 60 s"),
    ],
)
def test_other_times_are_refused_with_what_to_do(
    before_s: float, after_s: float | None, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"""
    with pytest.raises(RestoreRefused, match=words):
        check_times(RestoreTimes(before_s=before_s, after_s=after_s), WINDOW, NOW)


@pytest.mark.parametrize(
    ("before_s", "after_s", "words"),
    [
        (1500.0, 1500.0, "--after must be later than --before"),
        (NOW + 1, None, "--before .* lies in the future"),
        (1500.0, NOW + 1, "--after .* lies in the future"),
    ],
)
def test_times_that_no_table_could_have_are_a_wrong_command_line(
    before_s: float, after_s: float | None, words: str
) -> None:
    with pytest.raises(InvalidUsage, match=words):
        check_times(RestoreTimes(before_s=before_s, after_s=after_s), WINDOW, NOW)


def test_soon_after_recovery_was_switched_on_the_wait_is_until_the_latest_time_moves() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"""
    window = RestoreWindow(earliest_s=2000.0, latest_s=2000.0)

    with pytest.raises(RestoreRefused, match="Try again in 3:04 min"):
        check_times(RestoreTimes(before_s=2004.0, after_s=None), window, now_s=2120.0)


def test_a_table_is_named_by_its_service_or_by_itself() -> None:
    assert check_service_table("hits", TABLES, "muster-prod-control") == "muster-prod-hits"
    assert check_service_table("muster-prod-items", TABLES, "c") == "muster-prod-items"


def test_the_control_table_is_refused() -> None:
    with pytest.raises(RestoreRefused, match="health switches"):
        check_service_table("muster-prod-control", TABLES, "muster-prod-control")


@pytest.mark.parametrize("table", ["itemz", "muster-prod-itemz"])
def test_a_table_that_the_stack_has_not_is_a_wrong_name(table: str) -> None:
    with pytest.raises(InvalidUsage, match=r"did you mean (muster-prod-)?items"):
        check_service_table(table, TABLES, "muster-prod-control")


def test_restored_tables_have_the_mark_in_their_names() -> None:
    assert target_name("items", "one", "before") == "items-restore-one-before"
    with pytest.raises(RestoreRefused, match="255"):
        target_name("i" * 230, "one-two-three", "before")


def test_nothing_is_written_while_a_replica_or_the_table_is_not_active() -> None:
    check_replicas("items", facts(replicas={"us-west-2": "ACTIVE"}))
    with pytest.raises(RestoreRefused, match="us-west-2 is CREATING"):
        check_replicas("items", facts(replicas={"us-west-2": "CREATING"}))
    with pytest.raises(RestoreRefused, match="items is DELETING"):
        check_replicas("items", facts(status="DELETING"))


@pytest.mark.parametrize(
    ("target", "source"),
    [
        ("items-restore-one-before", None),
        ("items-restore-one-before", "arn:aws:dynamodb:eu-central-1:1:table/other-items"),
        ("items-two", "arn:aws:dynamodb:eu-central-1:1:table/items"),
    ],
)
def test_only_a_table_that_was_restored_from_the_source_is_ours(
    target: str, source: str | None
) -> None:
    with pytest.raises(RestoreRefused, match="left alone"):
        check_restored(target, "items", facts(source=source))


def test_a_restored_table_may_be_deleted() -> None:
    arn = "arn:aws:dynamodb:eu-central-1:1:table/items"
    check_restored("items-restore-one-before", "items", facts(source=arn))
