"""The lease: one drill at a time, and a note for another machine about what to put back.

Decides who may take, renew and give back the item `drill#lease` of the control table, and in which
Region: the stack's home Region, else the next in order. It is taken by a conditional write, which
is judged by one Region's own copy alone:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
So it is advice and no lock: across a partition two drills may both hold one.

An expired lease of a drill that was not finished is not simply taken: it holds the only note of
what was found. Put it back first (`muster drill rollback --from-lease`), or force guard `lease`.

A run may change hands: after a crash, or to another machine while the first one sleeps. So a lease
names the process as well, and a process that wakes up and finds another one's name in it, or finds
it gone from where it was, has lost it. What an unreachable Region has kept from before is older
than our own, and counts for nothing when it is back.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from common.aws import CONDITIONAL_CHECK_FAILED
from common.clock import Clock
from muster import codec
from muster.aws.clients import QUICK_POLICY, AwsClients, is_transient
from muster.drill.guards.context import LeaseState, LocalRunState
from muster.drill.journal.events import DrillBaseline, DrillChanges
from muster.errors import AccountError, CallFailed, InvalidDocument, UnknownRun
from muster.formatting import format_duration, format_moment

ITEM_ID = "drill#lease"
LASTS_S = 60.0
"""How long a lease counts that nobody renews."""
RENEW_S = 15.0
REFUSING = frozenset[LeaseState]({"held", "unfinished", "unknown", "gone"})
"""What a lease is not taken from without force."""
UNANSWERED = (CallFailed, AccountError)
"""The service fails, or the credentials are gone: how the lease stands is not known then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """What the item says."""

    run: str
    scenario: str
    by: str
    host: str
    until: float
    """Seconds since 1970."""
    found: DrillBaseline
    touched: DrillChanges
    """Everything that the drill may change."""
    holder: str = ""
    """The process at work on the run; no two are the same."""
    version: Literal[1] = 1

    def words(self, now: float) -> str:
        """Who holds it, and until when."""
        left_s = self.until - now
        ends = f"expires in {format_duration(left_s)}" if left_s > 0 else "expired"
        return f"{self.run} by {self.by} on {self.host} ({ends})"


def describe_way_out(lease: Lease, here: LocalRunState, now: float) -> str:
    """What somebody in whose way another run's lease is can do, and from when on."""
    match here:
        case "at-work":
            return "a process of this machine is at work on it: wait for its end, or stop it there"
        case "left":
            return (
                "no process is at work on it any more, so at once"
                f" `muster drill resume {lease.run}` goes on with it, or"
                f" `muster drill rollback {lease.run}` puts back what it found"
            )
        case "over":
            return "that run is over: `muster drill rollback --from-lease` removes its lease"
        case "unknown":
            until = format_moment(lease.until, now)
            when = f"from {until} on, if nobody renews it" if lease.until > now else "now"
            return (
                f"should its process be gone, `muster drill rollback {lease.run}` on {lease.host}"
                " puts back what it found; elsewhere `muster drill rollback --from-lease` does,"
                f" {when}"
            )


class LeaseTable(Protocol):
    """The item in one Region's table."""

    async def read(self, region: str) -> Lease | None:
        """What is there. Raises CallFailed; CodecError for an item that says nothing."""
        ...

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        """Write it if what is there is still `over` (None: nothing). Raises CallFailed."""
        ...

    async def remove(self, region: str, run: str) -> bool:
        """Remove it if it is the run's. Raises CallFailed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseStatus:
    """What the lease means to a run."""

    state: LeaseState
    words: str = ""
    """Who has it, if it is not ours; or why that can't be told."""
    way_out: str = ""
    """What can be done about somebody else's."""
    lease: Lease | None = None


def _strange(_run: str) -> LocalRunState:
    """Of no run is anything known here."""
    return "unknown"


class LeaseHolder:
    """The lease of one stack."""

    def __init__(
        self,
        table: LeaseTable,
        regions: Sequence[str],
        clock: Clock,
        holder: str = "",
        here: Callable[[str], LocalRunState] = _strange,
    ) -> None:
        """`regions` in the agreed order: home first. `holder` is this process.

        `here` tells what this machine knows of a run.
        """
        self._table = table
        self._regions = tuple(regions)
        self._clock = clock
        self._holder = holder
        self._here = here
        self._ours_in: set[str] = set()
        """Regions whose table was seen to have it as ours."""
        self._until = 0.0
        """Until when we have written that it is ours."""
        self._given_back = False

    async def standing(self, run: str) -> LeaseStatus:
        """How the lease stands for a run."""
        try:
            region, lease = await self._read()
        except UNANSWERED as exc:
            return LeaseStatus(state="unknown", words=f"({exc})")
        return self._standing(run, region, lease)

    async def take(self, lease: Lease, *, force: bool) -> LeaseStatus:
        """Take it, or say why not. `force`: take it from anyone. Not after it was given back."""
        try:
            region, there = await self._read()
            standing = self._standing(lease.run, region, there)
            if there is not None and self._elsewhere(lease, there):
                standing = self._held(lease.run, there)
            if self._given_back or (standing.state in REFUSING and not force):
                return standing
            fresh = self._fresh(lease)
            if not await self._table.write(region, fresh, over=there):
                return self._standing(lease.run, region, await self._table.read(region))
        except UNANSWERED as exc:
            return LeaseStatus(state="unknown", words=f"({exc})")
        self._ours_in.add(region)
        self._until = fresh.until
        return LeaseStatus(state="ours", lease=fresh)

    async def renew(self, lease: Lease) -> LeaseStatus:
        """Go on holding it. `held` or `gone` when it is not ours any more."""
        return await self.take(lease, force=False)

    async def give_back(self, run: str) -> bool:
        """Remove it wherever it is ours. False: some Region could not be asked."""
        self._given_back = True
        reached = True
        for region in self._regions:
            try:
                await self._table.remove(region, run)
            except UNANSWERED:
                reached = False
        return reached

    async def left_behind(self) -> Lease:
        """The lease that is there, for a rollback from it. Raises RunUnknown, CallFailed."""
        _, lease = await self._read()
        if lease is None:
            raise UnknownRun("there is no lease: no drill is under way, and none was left behind")
        return lease

    def _standing(self, run: str, region: str, there: Lease | None) -> LeaseStatus:
        if there is None:
            return LeaseStatus(state="gone" if region in self._ours_in else "free")
        if self._is_ours(run, region, there):
            return LeaseStatus(state="ours", lease=there)
        return self._held(run, there)

    def _is_ours(self, run: str, region: str, there: Lease) -> bool:
        if not self._ours_in:  # not taken yet: an earlier process of the run may have left it
            return there.run == run
        if region not in self._ours_in and there.until < self._until:
            return True  # older than ours, which is on its way here from another Region
        return (there.run, there.holder) == (run, self._holder)

    def _held(self, run: str, there: Lease) -> LeaseStatus:
        """How somebody else's lease stands. One whose process is gone holds nobody's drill."""
        now = self._clock.now()
        # Of our own run we know that we are at work; it is another machine that has it as well.
        here = "unknown" if there.run == run else self._here(there.run)
        state: LeaseState = "held"
        if there.until <= now or here in ("left", "over"):
            state = "unfinished"
        way = describe_way_out(there, here, now)
        return LeaseStatus(state=state, words=there.words(now), way_out=way, lease=there)

    def _elsewhere(self, lease: Lease, there: Lease) -> bool:
        """Whether another machine is at work on the run. On this one the journal's lock tells."""
        if there.run != lease.run or self._ours_in:
            return False
        return there.host != lease.host and there.until > self._clock.now()

    def _fresh(self, lease: Lease) -> Lease:
        return replace(lease, until=self._clock.now() + LASTS_S, holder=self._holder)

    async def _read(self) -> tuple[str, Lease | None]:
        """The first Region that answers, and what it says."""
        failed: CallFailed | None = None
        for region in self._regions:
            try:
                return region, await self._table.read(region)
            except CallFailed as exc:
                if not is_transient(exc):
                    raise
                failed = failed or exc
        assert failed is not None  # noqa: S101 - a stack has Regions
        raise failed


class DynamoDBLeaseTable:
    """The item in the stack's control table, by DynamoDB."""

    def __init__(self, clients: AwsClients, table: str) -> None:
        """Nothing is asked yet."""
        self._clients = clients
        self._table = table

    async def read(self, region: str) -> Lease | None:
        """See LeaseTable."""
        answer = await self._call(
            region, "get_item", Key={"item_id": {"S": ITEM_ID}}, ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else _from_item(item, region)

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        """See LeaseTable."""
        given: dict[str, object] = {"ConditionExpression": "attribute_not_exists(item_id)"}
        if over is not None:
            given = {
                "ConditionExpression": "#run = :run AND #until = :until",
                "ExpressionAttributeNames": {"#run": "run", "#until": "until"},
                "ExpressionAttributeValues": {
                    ":run": {"S": over.run},
                    ":until": {"N": repr(over.until)},
                },
            }
        return await self._conditional(region, "put_item", Item=_to_item(lease), **given)

    async def remove(self, region: str, run: str) -> bool:
        """See LeaseTable."""
        return await self._conditional(
            region,
            "delete_item",
            Key={"item_id": {"S": ITEM_ID}},
            ConditionExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}},
        )

    async def _conditional(self, region: str, operation: str, **given: object) -> bool:
        with contextlib.suppress(_Otherwise):
            await self._call(region, operation, **given)
            return True
        return False

    async def _call(self, region: str, operation: str, **given: object) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = await self._clients.call(
                QUICK_POLICY, "dynamodb", region, operation, TableName=self._table, **given
            )
        except CallFailed as exc:
            if exc.code == CONDITIONAL_CHECK_FAILED:
                raise _Otherwise from exc
            raise
        return answer


class _Otherwise(Exception):
    """The item is not what the condition says."""


def _to_item(lease: Lease) -> dict[str, dict[str, str]]:
    return {
        "item_id": {"S": ITEM_ID},
        "run": {"S": lease.run},
        "until": {"N": repr(lease.until)},
        "by": {"S": lease.by},
        "lease": {"S": codec.dumps(lease)},
    }


def _from_item(item: Mapping[str, Any], region: str) -> Lease:
    try:
        return codec.loads(Lease, item["lease"]["S"])
    except (KeyError, TypeError, InvalidDocument) as exc:
        why = f"the item {ITEM_ID} of the control table can't be understood ({exc}); remove it"
        raise CallFailed("dynamodb", "GetItem", region, "LeaseMalformed", why) from exc
