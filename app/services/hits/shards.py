"""The shards of a client's counter: what they add up to, and the write that counts a hit.

A counter is one item a Region. Each Region adds to its own item alone, by one atomic update. So no
item is ever written in two Regions, and "last writer wins" between Regions, which keeps one of two
whole items, has nothing to lose: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
The counter's value is the sum of all shards, those of Regions that have left included.

    client, region   the key: the address's hash, and the Region that writes the item
    hits             what this Region has counted
    expires_at       epoch seconds; this shard is forgotten after EXPIRES_AFTER_S without a hit here
    request#KEY      epoch seconds when the request with this key was counted here

A request with an id counts once, though a client that gets no answer sends it again, perhaps to
another Region:

* A Region does not count a request that it sees in any shard. The condition of its write refuses
  one that another invocation has counted in the meantime.
* Two Regions that can't see each other may both count it. Once they see both shards, readers
  count it once, and every Region but the first by name takes its own back: it subtracts the hit and
  forgets the request, in one update with its next hit of this client.
* A request is forgotten after REMEMBERED_S, unless another shard still has it. So the sum is exact
  if Regions are cut apart for less than that, and if a client repeats a request within that time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import TooManyRequests
from app.table import Attributes

HITS, EXPIRES_AT, REQUEST = "hits", "expires_at", "request#"
EXPIRES_AFTER_S = 30 * 24 * 3600
REMEMBERED_S = 3600
MAX_REMEMBERED = 1000
"""Requests with an id of one client in one Region; they make an item of some 25 kB."""
MAX_REMOVED = 25
"""Requests that one update forgets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One Region's item."""

    hits: int = 0
    requests: Mapping[str, int] = field(default_factory=dict)
    """Key of a request -> epoch seconds when it was counted."""


Shards = Mapping[str, Shard]
"""By Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardUpdate:
    """An update of the own Region's shard, in DynamoDB's expressions."""

    expression: str
    names: Mapping[str, str]
    values: Attributes
    condition: str | None


def shard_key(client: str, region: str) -> Attributes:
    return {"client": {"S": client}, "region": {"S": region}}


def parse_shards(items: Iterable[Attributes]) -> dict[str, Shard]:
    """The shards in the items of one client's partition, by Region."""
    return {item["region"]["S"]: parse_shard(item) for item in items}


def parse_shard(item: Attributes) -> Shard:
    """The shard in an item; an empty item is a shard without hits."""
    return Shard(
        hits=int(item[HITS]["N"]) if HITS in item else 0,
        requests={
            name.removeprefix(REQUEST): int(value["N"])
            for name, value in item.items()
            if name.startswith(REQUEST)
        },
    )


def count_hits(shards: Shards) -> dict[str, int]:
    """Hits by Region; a request in several shards counts in the first Region by name alone."""
    return {
        region: shard.hits - len(_repeats(region, shards))
        for region, shard in sorted(shards.items())
    }


def has_request(shards: Shards, request: str) -> bool:
    return any(request in shard.requests for shard in shards.values())


def plan_hit(shards: Shards, region: str, *, request: str, now_s: int, tidy: bool) -> ShardUpdate:
    """The update that adds a hit to this Region's shard; `request` is empty without an id.

    With `tidy` it also takes back and forgets requests, on condition that they are still there.
    Raises TooManyRequests.
    """
    own = shards.get(region, Shard())
    repeats = _repeats(region, shards) if tidy else frozenset()
    outdated = _outdated(region, shards, now_s - REMEMBERED_S) if tidy else frozenset()
    removed = sorted(repeats | outdated)[:MAX_REMOVED]
    if request and len(own.requests) - len(removed) >= MAX_REMEMBERED:
        raise TooManyRequests(
            f"{MAX_REMEMBERED} requests with an Idempotency-Key came from this address within"
            f" {REMEMBERED_S // 60} minutes; send some without it, or wait"
        )
    return _format_update(1 - len(repeats.intersection(removed)), removed, request, now_s)


def _repeats(region: str, shards: Shards) -> frozenset[str]:
    """The Region's requests that a Region before it, by name, has counted too."""
    own = shards[region].requests if region in shards else {}
    return frozenset(
        key
        for other, shard in shards.items()
        if other < region
        for key in own.keys() & shard.requests.keys()
    )


def _outdated(region: str, shards: Shards, before_s: int) -> frozenset[str]:
    """The Region's old requests; not those that another shard still has."""
    own = shards[region].requests if region in shards else {}
    elsewhere = {
        key for other, shard in shards.items() if other != region for key in shard.requests
    }
    return frozenset(key for key, at in own.items() if at < before_s and key not in elsewhere)


def _format_update(added: int, removed: Sequence[str], request: str, now_s: int) -> ShardUpdate:
    names = {"#hits": HITS, "#expires": EXPIRES_AT}
    values = {":added": {"N": str(added)}, ":expires": {"N": str(now_s + EXPIRES_AFTER_S)}}
    sets, removes, conditions = ["#expires = :expires"], [], []
    if request:
        names["#request"] = REQUEST + request
        values[":now"] = {"N": str(now_s)}
        sets.append("#request = :now")
        conditions.append("attribute_not_exists(#request)")
    for number, key in enumerate(removed):
        names[f"#old{number}"] = REQUEST + key
        removes.append(f"#old{number}")
        conditions.append(f"attribute_exists(#old{number})")
    expression = f"ADD #hits :added SET {', '.join(sets)}"
    return ShardUpdate(
        expression=f"{expression} REMOVE {', '.join(removes)}" if removes else expression,
        names=names,
        values=values,
        condition=" AND ".join(conditions) or None,
    )
