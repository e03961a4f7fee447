"""What shards add up to, and the update that counts a hit."""

from app.services.hits.shards import (
    EXPIRES_AFTER_S,
    MAX_REMOVED,
    REMEMBERED_S,
    Shard,
    ShardUpdate,
    count_hits,
    parse_shard,
    parse_shards,
    plan_hit,
)

FIRST, SECOND, THIRD = "eu-central-1", "us-east-1", "us-west-2"
NOW_S = 1_700_000_000


def plan(
    shards: dict[str, Shard], region: str = SECOND, request: str = "", *, tidy: bool = True
) -> ShardUpdate:
    return plan_hit(shards, region, request=request, now_s=NOW_S, tidy=tidy)


def removed(update: ShardUpdate) -> set[str]:
    """Keys of the requests that an update forgets."""
    return {name[len("request#") :] for key, name in update.names.items() if key.startswith("#old")}


def added(update: ShardUpdate) -> int:
    return int(update.values[":added"]["N"])


def test_an_item_is_a_shard() -> None:
    item = {
        "client": {"S": "c"},
        "region": {"S": FIRST},
        "hits": {"N": "3"},
        "expires_at": {"N": "9"},
        "request#a": {"N": "7"},
    }

    assert parse_shards([item]) == {FIRST: Shard(hits=3, requests={"a": 7})}
    assert parse_shard({}) == Shard()


def test_a_request_in_several_shards_counts_in_the_first_one() -> None:
    shards = {
        THIRD: Shard(hits=3, requests={"a": 1, "b": 1}),
        FIRST: Shard(hits=1, requests={"a": 1}),
        SECOND: Shard(hits=2, requests={"b": 1, "a": 1}),
    }

    assert count_hits(shards) == {FIRST: 1, SECOND: 1, THIRD: 1}


def test_a_plain_hit_adds_one_without_a_condition() -> None:
    update = plan({})

    assert update.expression == "ADD #hits :added SET #expires = :expires"
    assert update.condition is None
    assert added(update) == 1
    assert update.values[":expires"] == {"N": str(NOW_S + EXPIRES_AFTER_S)}


def test_a_hit_with_an_id_is_remembered_on_condition_that_it_is_new() -> None:
    update = plan({}, request="a")

    assert update.names["#request"] == "request#a"
    assert update.values[":now"] == {"N": str(NOW_S)}
    assert update.condition == "attribute_not_exists(#request)"


def test_what_a_region_before_has_counted_is_taken_back() -> None:
    shards = {name: Shard(hits=1, requests={"a": NOW_S}) for name in (FIRST, SECOND, THIRD)}

    assert [added(plan(shards, region)) for region in sorted(shards)] == [1, 0, 0]
    assert removed(plan(shards, SECOND)) == {"a"}
    assert plan(shards, SECOND).condition == "attribute_exists(#old0)"


def test_without_tidying_nothing_is_taken_back() -> None:
    shards = {name: Shard(hits=1, requests={"a": NOW_S}) for name in (FIRST, SECOND)}

    update = plan(shards, tidy=False)

    assert (added(update), removed(update), update.condition) == (1, set(), None)


def test_only_what_is_forgotten_is_subtracted() -> None:
    requests = dict.fromkeys((f"{number:02}" for number in range(MAX_REMOVED + 5)), NOW_S)
    shards = {name: Shard(hits=100, requests=requests) for name in (FIRST, SECOND)}

    update = plan(shards)

    assert len(removed(update)) == MAX_REMOVED
    assert added(update) == 1 - MAX_REMOVED


def test_a_request_is_forgotten_after_its_time() -> None:
    old, young = NOW_S - REMEMBERED_S - 1, NOW_S - REMEMBERED_S
    shards = {SECOND: Shard(hits=2, requests={"old": old, "young": young})}

    update = plan(shards)

    assert removed(update) == {"old"}
    assert added(update) == 1


def test_an_old_request_is_kept_while_another_shard_has_it() -> None:
    requests = {"a": NOW_S - 2 * REMEMBERED_S}
    shards = {name: Shard(hits=1, requests=requests) for name in (SECOND, THIRD)}

    assert removed(plan(shards, SECOND)) == set()
    assert removed(plan(shards, THIRD)) == {"a"}
