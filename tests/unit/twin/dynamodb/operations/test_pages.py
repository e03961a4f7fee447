"""Pages: the megabyte, the limit, segments, and where the next page starts."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.engine_calls import make_engine, put_engine_item, response_of
from twin.dynamodb.engine import MemoryTableEngine
from twin.dynamodb.operations.pages import after_start, segment_span
from twin.dynamodb.sorted_positions import AFTER
from twin.dynamodb.tables import HASH_SPACE


def read_all(engine: MemoryTableEngine, operation: str, **request: Any) -> list[list[str]]:  # noqa: ANN401
    """The ids of the items on each page."""
    pages: list[list[str]] = []
    while True:
        response = response_of(engine, operation, TableName="tab", **request)
        pages.append([item["id"]["S"] for item in response["Items"]])
        if "LastEvaluatedKey" not in response:
            return pages
        request["ExclusiveStartKey"] = response["LastEvaluatedKey"]


def test_a_page_ends_after_a_megabyte(engine: MemoryTableEngine) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.Pagination"""
    for number in range(8):
        put_engine_item(engine, f"{number}", v={"S": "x" * 300_000})

    pages = read_all(engine, "Scan")

    assert [len(page) for page in pages] == [4, 4, 0]
    assert sorted(item for page in pages for item in page) == [f"{number}" for number in range(8)]


@settings(max_examples=20, deadline=None)
@given(
    ids=st.sets(st.text("abcdef", min_size=1, max_size=3), max_size=30),
    limit=st.integers(1, 7),
    total=st.integers(1, 5),
)
def test_segments_share_all_items_without_overlap(ids: set[str], limit: int, total: int) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan"""
    engine = make_engine()
    for item in ids:
        put_engine_item(engine, item)

    segments = [
        read_all(engine, "Scan", Limit=limit, Segment=segment, TotalSegments=total)
        for segment in range(total)
    ]

    assert sorted(item for pages in segments for page in pages for item in page) == sorted(ids)
    assert all(len(page) <= limit for pages in segments for page in pages)


def test_segments_cover_the_whole_space() -> None:
    spans = [segment_span(number, 3) for number in range(3)]

    assert [spans[0].low, spans[-1].high] == [(0,), (HASH_SPACE,)]
    assert [span.high for span in spans[:-1]] == [span.low for span in spans[1:]]


def test_a_start_cuts_the_span_in_the_direction_of_reading() -> None:
    span = segment_span(0, 1)

    assert after_start(span, (5, "a"), forward=True) == ((5, "a", AFTER), span.high)
    assert after_start(span, (5, "a"), forward=False) == (span.low, (5, "a"))


def test_a_scan_goes_on_where_its_last_item_was_removed(engine: MemoryTableEngine) -> None:
    for number in range(6):
        put_engine_item(engine, f"{number}")
    first = response_of(engine, "Scan", TableName="tab", Limit=3)
    engine.remove_item("tab", first["LastEvaluatedKey"])

    rest = response_of(engine, "Scan", TableName="tab", ExclusiveStartKey=first["LastEvaluatedKey"])

    read = [item["id"]["S"] for item in first["Items"] + rest["Items"]]
    assert sorted(read) == ["0", "1", "2", "3", "4", "5"]
