"""Counting hits in several Regions, of which each may be cut off from the others."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from app.errors import TableUnavailable, TooManyRequests
from app.services.hits.counter import HitCount, HitCounter
from app.services.hits.shards import EXPIRES_AFTER_S, MAX_REMEMBERED, MAX_REMOVED, REMEMBERED_S
from tests.unit.app.global_table import GlobalTable

HOME, AWAY, FAR = "eu-central-1", "us-west-2", "us-east-1"
REGIONS = (HOME, AWAY, FAR)
CLIENTS = ("client-1", "client-2")
CLIENT = CLIENTS[0]
REQUESTS = ("a", "b", "c")


def make_table(*regions: str) -> GlobalTable:
    table = GlobalTable("hits")
    for region in regions or (HOME, AWAY):
        table.join(region)
    return table


def counter(table: GlobalTable, region: str) -> HitCounter:
    """The Region's counter, as the function has it."""
    return HitCounter(table.table(region), region=region, clock=table.clock)


def add(table: GlobalTable, region: str, request: str = "", count: int = 1) -> HitCount:
    """Count hits of CLIENT; the last answer."""
    answers = [counter(table, region).add(CLIENT, request) for _ in range(count)]
    return answers[-1]


def total(table: GlobalTable, region: str) -> int:
    return counter(table, region).read(CLIENT).total


def remembered(table: GlobalTable, region: str, shard: str) -> list[str]:
    """Keys of the requests in a Region's replica of a shard."""
    (image,) = [
        version.image
        for version in table.replicas[region].versions()
        if version.image["region"]["S"] == shard
    ]
    return sorted(name.removeprefix("request#") for name in image if name.startswith("request#"))


def test_hits_are_counted_from_one() -> None:
    table = make_table()

    assert [add(table, HOME).total for _ in range(3)] == [1, 2, 3]


def test_clients_have_counters_of_their_own() -> None:
    table = make_table()
    add(table, HOME, count=2)

    assert counter(table, HOME).add("client-2", "").total == 1


def test_a_client_without_hits_has_none() -> None:
    assert counter(make_table(), HOME).read(CLIENT) == HitCount(hits={})


def test_another_region_goes_on_where_the_first_one_stopped() -> None:
    table = make_table()
    add(table, HOME, count=2)
    table.heal()

    answer = add(table, AWAY)

    assert answer == HitCount(hits={HOME: 2, AWAY: 1})
    assert answer.total == 3


def test_no_hit_is_lost_when_regions_count_apart() -> None:
    """A single item for both would keep one Region's writes alone: the later one wins."""
    table = make_table()
    apart = [add(table, region, count=10).total for region in (HOME, AWAY)]

    table.heal()

    assert apart == [10, 10]
    assert [total(table, region) for region in (HOME, AWAY)] == [20, 20]


def test_the_hits_of_a_region_that_has_left_still_count() -> None:
    table = make_table(*REGIONS)
    add(table, AWAY, count=3)
    add(table, HOME)
    table.leave(AWAY)
    assert total(table, HOME) == total(table, FAR) == 4

    table.join(AWAY)

    assert add(table, AWAY).hits == {HOME: 1, AWAY: 4}


def test_a_repeated_request_counts_once() -> None:
    table = make_table()

    first, second = add(table, HOME, "a"), add(table, HOME, "a")

    assert (first.total, first.repeated) == (1, False)
    assert (second.total, second.repeated) == (1, True)


def test_a_request_without_an_id_is_never_a_repetition() -> None:
    table = make_table()

    assert not add(table, HOME, count=2).repeated


def test_a_request_that_is_repeated_in_another_region_counts_once() -> None:
    table = make_table()
    add(table, HOME, "a")
    table.heal()

    answer = add(table, AWAY, "a")

    assert (answer.total, answer.repeated) == (1, True)


@pytest.mark.parametrize("regions", [(HOME, AWAY), (AWAY, HOME)])
def test_a_request_that_two_regions_have_counted_apart_counts_once(
    regions: tuple[str, str],
) -> None:
    table = make_table()
    for region in regions:
        assert not add(table, region, "a").repeated

    table.heal()

    assert [total(table, region) for region in regions] == [1, 1]


def test_the_later_region_by_name_takes_its_hit_back() -> None:
    table = make_table()
    add(table, HOME, "a")
    add(table, AWAY, "a")
    table.heal()

    answer = add(table, AWAY)

    assert answer.hits == {HOME: 1, AWAY: 1}
    assert remembered(table, AWAY, AWAY) == []
    table.heal()
    assert total(table, HOME) == 2
    assert remembered(table, HOME, HOME) == ["a"]


def test_of_three_regions_one_keeps_the_hit() -> None:
    table = make_table(*REGIONS)
    for region in REGIONS:
        add(table, region, "a")
    table.heal()

    for region in REGIONS:
        add(table, region)
        table.heal()

    assert [total(table, region) for region in REGIONS] == [4, 4, 4]


def test_old_requests_are_forgotten() -> None:
    table = make_table()
    add(table, HOME, "old")
    table.clock.advance(REMEMBERED_S + 1)
    add(table, HOME, "new")

    assert remembered(table, HOME, HOME) == ["new"]
    assert total(table, HOME) == 2


def test_a_request_that_another_region_has_counted_too_is_not_forgotten() -> None:
    """The other Region's hit has to be taken back first, whenever its next hit comes."""
    table = make_table()
    add(table, HOME, "a")
    add(table, AWAY, "a")
    table.heal()
    table.clock.advance(10 * REMEMBERED_S)
    add(table, HOME)
    table.heal()
    assert total(table, HOME) == total(table, AWAY) == 2

    add(table, AWAY)
    table.heal()
    add(table, HOME)
    table.heal()

    assert total(table, HOME) == total(table, AWAY) == 4
    assert remembered(table, HOME, HOME) == remembered(table, HOME, AWAY) == []


def test_many_requests_are_forgotten_in_several_updates() -> None:
    table = make_table()
    for number in range(MAX_REMOVED + 5):
        add(table, HOME, f"{number:02}")
    table.clock.advance(REMEMBERED_S + 1)

    add(table, HOME)
    assert len(remembered(table, HOME, HOME)) == 5
    add(table, HOME)
    assert remembered(table, HOME, HOME) == []


def test_too_many_requests_with_an_id_are_refused_and_others_are_counted() -> None:
    table = make_table()
    for number in range(MAX_REMEMBERED):
        add(table, HOME, str(number))

    with pytest.raises(TooManyRequests, match="1000 requests with an Idempotency-Key"):
        add(table, HOME, "one more")

    assert add(table, HOME).total == MAX_REMEMBERED + 1
    assert add(table, HOME, "0").repeated


def test_a_hit_whose_answer_is_lost_counts_once_if_it_has_an_id() -> None:
    table = make_table()
    table.replicas[HOME].answers_to_lose = 1

    answer = add(table, HOME, "a")

    assert (answer.total, answer.repeated) == (1, True)


def test_a_hit_without_an_id_is_not_sent_again_after_a_lost_answer() -> None:
    table = make_table()
    table.replicas[HOME].answers_to_lose = 1

    with pytest.raises(TableUnavailable):
        add(table, HOME)

    assert total(table, HOME) == 1


@pytest.mark.parametrize("request_key", ["", "b"])
def test_a_hit_counts_though_the_shard_was_read_too_early(request_key: str) -> None:
    """A second invocation has taken the repeated request back in the meantime."""
    table = make_table()
    add(table, HOME, "a")
    add(table, AWAY, "a")
    table.heal()
    add(table, AWAY)
    table.replicas[AWAY].reads_are_stale = True

    answer = add(table, AWAY, request_key)

    assert (answer.total, answer.repeated) == (3, False)


def test_a_request_counts_once_though_the_shard_was_read_too_early() -> None:
    table = make_table()
    table.replicas[HOME].reads_are_stale = True
    add(table, HOME, "a")

    answer = add(table, HOME, "a")

    assert (answer.total, answer.repeated) == (1, True)


def test_a_shard_expires_after_its_last_hit() -> None:
    table = make_table()
    add(table, HOME)
    table.clock.advance(60)
    add(table, HOME)

    (version,) = table.replicas[HOME].versions()
    assert version.image["expires_at"] == {"N": str(int(table.clock.now()) + EXPIRES_AFTER_S)}


class PartitionedCounter(RuleBasedStateMachine):
    """Hits anywhere, versions that arrive or don't, Regions that leave and come back.

    After all versions have arrived, each Region's counters are what was acknowledged.
    """

    def __init__(self) -> None:
        super().__init__()
        self.table = make_table(*REGIONS)
        self.without_id: Counter[str] = Counter()
        self.with_id: dict[str, set[str]] = {client: set() for client in CLIENTS}
        self.generation = 0
        """Of ids: nobody repeats a request of an earlier one."""

    regions = st.sampled_from(REGIONS)
    clients = st.sampled_from(CLIENTS)

    def present(self, region: str) -> str:
        """The Region, or another one while it is away."""
        return region if region in self.table.replicas else next(iter(self.table.replicas))

    @rule(region=regions, client=clients, stale=st.booleans())
    def hit(self, region: str, client: str, *, stale: bool) -> None:
        replica = self.table.replicas[self.present(region)]
        replica.reads_are_stale = stale
        answer = counter(self.table, replica.region).add(client, "")
        replica.reads_are_stale = False
        self.without_id[client] += 1
        assert not answer.repeated
        assert answer.hits[replica.region] >= 1

    @rule(
        region=regions,
        client=clients,
        name=st.sampled_from(REQUESTS),
        stale=st.booleans(),
        lost=st.booleans(),
    )
    def hit_with_id(self, region: str, client: str, name: str, *, stale: bool, lost: bool) -> None:
        """One of few ids, so that most are repetitions."""
        replica = self.table.replicas[self.present(region)]
        replica.reads_are_stale, replica.answers_to_lose = stale, int(lost)
        request = f"{name}{self.generation}"
        answer = counter(self.table, replica.region).add(client, request)
        replica.reads_are_stale, replica.answers_to_lose = False, 0
        assert not answer.repeated or lost or request in self.with_id[client]
        self.with_id[client].add(request)

    @rule(number=st.integers(0, 100))
    def arrive(self, number: int) -> None:
        self.table.deliver(number)

    @rule(seconds=st.integers(0, 60))
    def wait(self, seconds: int) -> None:
        self.table.clock.advance(seconds)

    @rule(region=regions)
    def leave_or_come_back(self, region: str) -> None:
        if region not in self.table.replicas:
            self.table.join(region)
        elif len(self.table.replicas) > 1:
            self.table.leave(region)

    @rule()
    def heal(self) -> None:
        self.table.heal()
        self.check()

    @rule()
    def outlive_the_ids(self) -> None:
        """Regions hear of each other before requests are forgotten."""
        self.table.heal()
        self.table.clock.advance(REMEMBERED_S + 1)
        self.generation += 1

    def check(self) -> None:
        for region in self.table.replicas:
            for client in CLIENTS:
                expected = self.without_id[client] + len(self.with_id[client])
                assert counter(self.table, region).read(client).total == expected

    def teardown(self) -> None:
        self.table.heal()
        self.check()


TestPartitionedCounter = PartitionedCounter.TestCase
TestPartitionedCounter.settings = settings(max_examples=60, stateful_step_count=40)
