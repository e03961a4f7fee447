"""Which bookmark is the newest: in one item, in all items of a viewer, and in two Regions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from app.http.messages import Request
from app.service import ServiceContext
from app.services.bookmarks.keys import table_key
from app.services.bookmarks.ordering import (
    KEPT_FOR_S,
    Bookmark,
    films_to_continue,
    make_item,
    newest_bookmarks,
    parse_bookmark,
)
from app.services.bookmarks.player import PlayerRoutes
from app.table import Attributes
from tests.unit.app.fakes import FakeClock
from tests.unit.app.global_table import GlobalTable

REGIONS = ("us-west-2", "eu-west-1", "ap-southeast-1")


def bookmark(film: str = "01", *, version: int = 1, **changed: Any) -> Bookmark:  # noqa: ANN401
    fields: dict[str, Any] = {"fraction": 0.5, "session": "s", "written_in": "us-west-2"}
    return Bookmark(film=film, version=version, **{**fields, **changed})


def item(sort: str, **attributes: Mapping[str, Any]) -> Attributes:
    return {**table_key("user10", sort), **attributes}


@given(
    st.builds(
        bookmark,
        fraction=st.integers(0, 10**6).map(lambda millionths: millionths / 10**6),
        version=st.integers(1, 2**53),
        session=st.text("abc-_19", min_size=1),
        written_in=st.sampled_from(REGIONS),
    )
)
def test_an_item_gives_its_bookmark_back(written: Bookmark) -> None:
    assert parse_bookmark(make_item("user10", written, 0.0)) == written


def test_an_item_expires_and_has_what_the_workshop_reads() -> None:
    made = make_item("user10", bookmark(fraction=0.412), 1000.7)

    assert made["PK"] == {"S": "user10"}
    assert made["SK"] == {"S": "01#us-west-2"}
    assert made["bookmark"] == {"S": "0.412"}
    assert made["region"] == {"S": "us-west-2"}
    assert made["expires_at"] == {"N": str(1000 + KEPT_FOR_S)}


@pytest.mark.parametrize(
    "broken",
    [
        item("AshlandValley", Bookmark={"N": "7"}),
        item("01"),
        item("01", bookmark={"S": "NaN"}),
        item("01", bookmark={"S": "-0.1"}),
        item("01", bookmark={"N": "1.1"}),
        item("01", bookmark={"S": "<script>"}),
        item("01", bookmark={"L": []}),
        item("#us-west-2", bookmark={"S": "0.5"}),
        {},
    ],
)
def test_an_item_without_a_valid_bookmark_is_passed_over(broken: Attributes) -> None:
    assert parse_bookmark(broken) is None
    assert films_to_continue([broken]) == []


def test_the_workshop_s_item_without_a_version_is_the_oldest() -> None:
    old = item("01", bookmark={"S": "0.9"}, version={"S": "x"})

    assert newest_bookmarks([old])["01"].fraction == 0.9
    assert newest_bookmarks([old, make_item("user10", bookmark(), 0)])["01"].fraction == 0.5


def test_a_greater_session_wins_between_equal_versions() -> None:
    items = [
        make_item("user10", bookmark(session="b", fraction=0.2, written_in="eu-west-1"), 0),
        make_item("user10", bookmark(session="a", fraction=0.1, written_in="us-west-2"), 0),
    ]

    assert newest_bookmarks(items)["01"].fraction == 0.2
    assert newest_bookmarks(reversed(items))["01"].fraction == 0.2


def test_films_to_continue_are_newest_first_and_without_those_seen_to_the_end() -> None:
    items = [
        make_item("user10", bookmark("01", version=1, fraction=0.95), 0),
        make_item("user10", bookmark("02", version=3, fraction=0.96), 0),
        make_item("user10", bookmark("03", version=2, fraction=0.0), 0),
    ]

    assert [found.film for found in films_to_continue(items)] == ["03", "01"]


def test_a_film_that_was_seen_to_the_end_and_is_watched_again_is_continued() -> None:
    items = [
        make_item("user10", bookmark(version=1, fraction=1.0, written_in="us-west-2"), 0),
        make_item("user10", bookmark(version=2, fraction=0.1, written_in="eu-west-1"), 0),
    ]

    assert [found.fraction for found in films_to_continue(items)] == [0.1]


@dataclass
class Session:
    """A viewing session: a player with a clock of its own."""

    name: str
    clock_error_ms: int
    last: int = 0
    """The newest version that it has seen."""


class TwoRegionsAndMore(RuleBasedStateMachine):
    """Sessions write in any Region, writes arrive late and twice, replication stops and heals."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()
        self.table = GlobalTable("bookmarks", clock=self.clock)
        for number, region in enumerate(REGIONS):
            skewed = FakeClock()
            skewed.advance(3.0 * number)
            self.table.join(region, skewed)
        self.sessions = [
            Session(name, error)
            for name, error in (("a", 0), ("b", 3_600_000), ("c", -3_600_000), ("d", 1))
        ]
        self.sent: list[dict[str, object]] = []
        self.executed: list[tuple[int, str, float]] = []
        self.shown: dict[str, tuple[int, str]] = {}
        """Order of what each Region's readers have seen last."""

    @rule(number=st.integers(0, 3), region=st.sampled_from(REGIONS))
    def open_player(self, number: int, region: str) -> None:
        session = self.sessions[number]
        session.last = max(session.last, self.read(region)["version"])

    @rule(number=st.integers(0, 3), fraction=st.integers(0, 1000))
    def send(self, number: int, fraction: int) -> None:
        session = self.sessions[number]
        now = int(self.clock.now() * 1000) + session.clock_error_ms
        session.last = max(now, session.last + 1)
        self.sent.append(
            {"bookmark": fraction / 1000, "version": session.last, "session": session.name}
        )

    @rule(number=st.integers(0), region=st.sampled_from(REGIONS), lost=st.booleans())
    def execute(self, number: int, region: str, *, lost: bool) -> None:
        """A request reaches a Region: any, at any time, also one that was executed before."""
        if not self.sent:
            return
        body = self.sent[number % len(self.sent)]
        self.table.replicas[region].answers_to_lose = int(lost)
        status, answer = self.ask(region, "PUT", body)
        assert status in (200, 409)
        assert (answer["version"], answer["session"]) >= (body["version"], body["session"])
        if status == 200:
            self.executed.append((body["version"], body["session"], body["bookmark"]))  # type: ignore[arg-type]

    @rule(number=st.integers(0))
    def deliver(self, number: int) -> None:
        self.table.deliver(number)

    @rule()
    def heal(self) -> None:
        self.table.heal()
        newest = max(self.executed, default=(0, None, None))
        for region in REGIONS:
            answer = self.read(region)
            assert (answer["version"], answer["session"], answer["bookmark"]) == newest

    @rule(seconds=st.floats(0, 10))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def no_reader_goes_back(self) -> None:
        for region in REGIONS:
            answer = self.read(region)
            order = (answer["version"], answer["session"] or "")
            assert order >= self.shown.get(region, (0, ""))
            self.shown[region] = order

    def teardown(self) -> None:
        self.heal()

    def read(self, region: str) -> dict[str, Any]:
        status, answer = self.ask(region, "GET")
        assert status == 200
        return answer

    def ask(
        self, region: str, method: str, body: Mapping[str, object] | None = None
    ) -> tuple[int, dict[str, Any]]:
        context = ServiceContext(
            region=region,
            table=self.table.table(region),
            clock=self.clock,
            settings={},
            new_id=lambda: "",
        )
        routes = PlayerRoutes(context)
        request = Request(method=method, path="/", headers={}, body=json.dumps(body).encode())
        segments = {"viewer": "user10", "film": "01"}
        answer = routes.write_bookmark if method == "PUT" else routes.read_bookmark
        page = answer(request, segments)
        return page.status, dict(page.data)


test_the_newest_bookmark_survives_whatever_is_written_where = TwoRegionsAndMore.TestCase
