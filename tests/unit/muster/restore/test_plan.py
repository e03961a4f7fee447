"""What a restore refuses."""

import pytest

from muster.errors import RestoreRefused
from muster.restore.plan import (
    RestoreTimes,
    check_replicas,
    check_restored,
    check_service_table,
    check_times,
    target_name,
)
from muster.restore.tables import RestoreWindow, TableFacts

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
    check_times(RestoreTimes(before_s=1000.0, after_s=2000.0), WINDOW)
    check_times(RestoreTimes(before_s=1500.0, after_s=None), WINDOW)


@pytest.mark.parametrize(
    ("before_s", "after_s", "words"),
    [
        (999.0, None, "the earliest"),
        (2001.0, None, "five minutes behind. Try again in 1 s"),
        (1500.0, 2060.0, "--after .* Try again in 60 s"),
        (1500.0, 1500.0, "later than --before"),
    ],
)
def test_other_times_are_refused_with_what_to_do(
    before_s: float, after_s: float | None, words: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PointInTimeRecoveryDescription.html"""
    with pytest.raises(RestoreRefused, match=words):
        check_times(RestoreTimes(before_s=before_s, after_s=after_s), WINDOW)


def test_a_table_is_named_by_its_service_or_by_itself() -> None:
    assert check_service_table("hits", TABLES, "muster-prod-control") == "muster-prod-hits"
    assert check_service_table("muster-prod-items", TABLES, "c") == "muster-prod-items"


@pytest.mark.parametrize("table", ["muster-prod-control", "somebody-elses"])
def test_the_control_table_and_strange_tables_are_refused(table: str) -> None:
    with pytest.raises(RestoreRefused):
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
