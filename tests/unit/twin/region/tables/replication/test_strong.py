"""Multi-Region strong consistency: every acknowledged write is read everywhere, or nothing is."""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.twin.region.tables.strong_group import REGIONS, GroupMember, StrongGroup
from twin.core.tables.table_engine import TableApiError
from twin.region.tables.replication.strong import is_consistent_read, is_selection, named_tables


@pytest.fixture
def group(tmp_path: Path) -> Iterator[StrongGroup]:
    opened = StrongGroup(tmp_path)
    yield opened
    opened.close()


def test_a_write_is_read_in_every_region_at_once(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""

    async def scenario() -> list[str | None]:
        one, two, three = group
        await one.put_strongly("a", "1")
        await two.put_strongly("a", "2")
        return [await member.read("a") for member in (one, two, three)]

    assert asyncio.run(scenario()) == ["2", "2", "2"]


def test_a_condition_is_judged_on_the_latest_version(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""

    async def scenario() -> int:
        one, two, _ = group
        await one.put_strongly("a", "1")
        fresh = {"ConditionExpression": "attribute_not_exists(id)"}
        return (await two.put_strongly("a", "2", **fresh)).status

    assert asyncio.run(scenario()) == 400
    group.replicate()
    assert [member.value("a") for member in group] == ["1", "1", "1"]


def test_of_two_writes_at_the_same_time_one_fails(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html"""

    async def scenario() -> list[object]:
        one, two, _ = group
        writes = (one.put_strongly("a", "1"), two.put_strongly("a", "2"))
        return list(await asyncio.gather(*writes, return_exceptions=True))

    outcomes = asyncio.run(scenario())
    failures = [o for o in outcomes if isinstance(o, TableApiError)]
    assert [failure.code for failure in failures] == ["ReplicatedWriteConflictException"]
    group.replicate()
    winner = "2" if isinstance(outcomes[0], TableApiError) else "1"
    assert [member.value("a") for member in group] == [winner] * 3


def test_writes_of_different_items_do_not_disturb_each_other(group: StrongGroup) -> None:
    async def scenario() -> None:
        await asyncio.gather(*(m.put_strongly(m.region, "x") for m in group))

    asyncio.run(scenario())
    group.replicate()
    assert all(member.engine.count_items("tab") == 3 for member in group)


def test_one_lost_region_changes_nothing(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.html"""

    async def scenario() -> tuple[str | None, str | None]:
        one, two, three = group
        group.cut.add(three.region)
        await one.put_strongly("a", "1")
        seen = await two.read("a")
        group.cut.clear()
        group.cut.add(one.region)
        return seen, await three.read("a")

    assert asyncio.run(scenario()) == ("1", "1")


def test_a_region_without_the_others_serves_only_local_reads(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.html"""

    async def scenario(member: GroupMember) -> list[int]:
        await member.put_strongly("a", "1")
        group.cut.add(member.region)
        statuses = []
        for call in (member.put_strongly("a", "2"), member.read("a")):
            with pytest.raises(TableApiError) as caught:
                await call
            statuses.append(caught.value.status)
        return statuses

    first, *_ = group
    assert asyncio.run(scenario(first)) == [500, 500]
    assert first.value("a") == "1"


def test_a_write_survives_restarts_of_all_regions(group: StrongGroup) -> None:
    async def scenario() -> None:
        one, _, three = group
        group.cut.add(three.region)
        await one.put_strongly("a", "1")

    asyncio.run(scenario())
    group.cut.clear()
    for member in group:
        member.restart()
    group.replicate()
    assert [member.value("a") for member in group] == ["1", "1", "1"]


def test_a_batch_and_a_statement_are_writes_too(group: StrongGroup) -> None:
    async def scenario() -> None:
        one, two, _ = group
        put = {"PutRequest": {"Item": {"id": {"S": "a"}, "v": {"S": "1"}}}}
        await one.write("BatchWriteItem", RequestItems={"tab": [put]})
        statement = "UPDATE tab SET v = 'changed' WHERE id = 'a'"
        await two.write("ExecuteStatement", Statement=statement)

    asyncio.run(scenario())
    group.replicate()
    assert [member.value("a") for member in group] == ["changed"] * 3


STEPS = st.lists(
    st.tuples(st.sampled_from(REGIONS), st.sampled_from(("write", "read", "cut", "heal", "send"))),
    max_size=30,
)


class CheckedRegister:
    """One item, and the values that a read may return."""

    def __init__(self, group: StrongGroup) -> None:
        self._group = group
        self._possible: set[str | None] = {None}

    async def take(self, region: str, action: str, value: str) -> None:
        try:
            await self._take(self._group.members[region], action, value)
        except TableApiError:
            assert self._group.cut == {region}
            if action == "write":
                self._possible.add(value)

    async def _take(self, member: GroupMember, action: str, value: str) -> None:
        if action == "write":
            await member.put_strongly("a", value)
            self._possible = {value}
        elif action == "read":
            assert await member.read("a") in self._possible
        elif action == "send":
            self._group.replicate()
        else:
            self._group.cut = {member.region} if action == "cut" else set()


@given(steps=STEPS, seed=st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_a_strong_read_returns_the_last_acknowledged_write_or_fails(
    steps: list[tuple[str, str]], seed: int
) -> None:
    """One Region at most is cut off at a time; a write that failed may still have its effect."""
    rng = random.Random(seed)

    async def scenario(group: StrongGroup) -> None:
        register = CheckedRegister(group)
        for number, (region, action) in enumerate(steps):
            await register.take(region, action, str(number))
            group.clock.seconds += rng.random()

    with TemporaryDirectory() as folder:
        group = StrongGroup(Path(folder))
        asyncio.run(scenario(group))
        group.close()


def test_concurrent_increments_are_all_counted_or_refused(group: StrongGroup) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""

    async def increment(member: GroupMember) -> None:
        await member.write(
            "UpdateItem",
            Key={"id": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    async def scenario() -> int:
        outcomes: list[object] = []
        for _ in range(10):
            writes = (increment(member) for member in group for _ in range(2))
            outcomes += await asyncio.gather(*writes, return_exceptions=True)
        first, *_ = group
        await first.strong.catch_up([first.store.tables["tab"]])
        codes = {o.code for o in outcomes if isinstance(o, TableApiError)}
        assert codes <= {"ReplicatedWriteConflictException"}
        return outcomes.count(None)

    counted = asyncio.run(scenario())
    first, *_ = group
    image = first.engine.get_image("tab", {"id": {"S": "a"}})
    assert image is not None
    assert image["n"] == {"N": str(counted)}
    assert counted >= 10


def test_the_tables_of_a_request_are_found() -> None:
    assert named_tables("GetItem", {"TableName": "t"}) == ["t"]
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"
    assert named_tables("Query", {"TableName": arn}) == ["t"]
    assert named_tables("BatchGetItem", {"RequestItems": {"a": {}, "b": {}}}) == ["a", "b"]
    transaction = {"TransactItems": [{"Put": {"TableName": "t"}}]}
    assert named_tables("TransactWriteItems", transaction) == ["t"]
    for statement in ('select * from "t"."i"', "INSERT INTO t VALUE {}", 'update "t" set a = 1'):
        assert "t" in named_tables("ExecuteStatement", {"Statement": statement})
    batch = {"Statements": [{"Statement": "DELETE FROM t WHERE a = 1"}]}
    assert "t" in named_tables("BatchExecuteStatement", batch)
    check = {"TransactStatements": [{"Statement": "EXISTS(SELECT * FROM t WHERE a = 1)"}]}
    assert named_tables("ExecuteTransaction", check) == ["t"]


def test_a_table_is_found_once_however_often_a_request_names_it() -> None:
    """A write locks the tables of its request one after another."""
    statements = [{"Statement": text} for text in ("DELETE FROM t WHERE a = 1", "DELETE FROM t")]
    arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/t"

    assert named_tables("BatchExecuteStatement", {"Statements": statements}) == ["t"]
    assert named_tables("BatchWriteItem", {"RequestItems": {"t": [], arn: []}}) == ["t"]


def test_a_statement_that_is_too_long_is_not_parsed() -> None:
    assert named_tables("ExecuteStatement", {"Statement": "SELECT * FROM t" + " " * 8192}) == []


def test_the_table_of_a_statement_is_the_parsers() -> None:
    """Not what follows a word of the language in a text or a comment."""
    text = "SELECT * FROM /* update u */ t WHERE a = 'from u'"
    assert named_tables("ExecuteStatement", {"Statement": text}) == ["t"]
    assert named_tables("ExecuteStatement", {"Statement": "SELECT * FROM t WHERE"}) == []


@pytest.mark.parametrize("wrong", [None, 5, "x", [5], {"a": 5}, [{"a": [5]}]])
def test_a_request_that_breaks_the_model_names_no_table(wrong: object) -> None:
    for operation, member in (
        ("BatchGetItem", "RequestItems"),
        ("TransactWriteItems", "TransactItems"),
        ("BatchExecuteStatement", "Statements"),
        ("GetItem", "TableName"),
    ):
        assert "tab" not in named_tables(operation, {member: wrong})


def test_statements_that_read_are_told_from_those_that_write() -> None:
    assert is_selection({"Statement": " select * from t"})
    assert is_selection({"Statements": [{"Statement": "SELECT * FROM t"}]})
    assert is_selection({"Statement": "/* all */ SELECT * FROM t"})
    assert not is_selection({"Statement": "DELETE FROM t WHERE a = 1"})
    assert not is_selection({"TableName": "t"})


@pytest.mark.parametrize("consistent", [True, False])
def test_a_strongly_consistent_read_asks_for_it(consistent: bool) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    part = {"ConsistentRead": consistent, "Key": {"ConsistentRead": {"S": "x"}}}
    for request in (part, {"RequestItems": {"t": part}}, {"Statements": [{}, part]}):
        assert is_consistent_read(request) == consistent
    assert not is_consistent_read({"Key": {"ConsistentRead": {"BOOL": True}}})
    assert not is_consistent_read({"RequestItems": ["ConsistentRead"], "Statements": "x"})
