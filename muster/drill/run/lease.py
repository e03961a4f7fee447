"""Acquire, renew and release the lease.

The lease is the item `drill#lease` of the control table, in the stack's home Region, or in the next
Region in order when that does not answer. It is taken by a conditional write, which one Region's
own replica decides:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
So it is advice and no lock: across a partition, two drills may both hold one.

An expired lease of an unfinished drill is not taken over, because it holds the only note of the
baseline. Roll it back first (`muster drill rollback --from-lease`), or override guard `lease`.

Another process may take a run over: after a crash, or on another machine while the first one
sleeps. So a lease names its process too. A process has lost the lease when it reads another
process's id in it, or finds no lease in a Region where it had seen its own. A lease that an
unreachable Region kept from before is older than ours, and counts for nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from common.aws import CONDITIONAL_CHECK_FAILED
from common.clock import Clock
from common.drill_lease import ITEM_ID, WATCH_COMMAND, DrillProgress, describe_since, parse_progress
from muster import codec
from muster.aws.clients import QUICK_POLICY, AwsClients, is_transient
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.errors import AccountError, CallFailed, InvalidDocument, UnknownRun
from muster.formatting import format_duration, format_moment
from muster.levers.control_items import read_control_item

LeaseState = Literal["ours", "free", "held", "unfinished", "gone", "unknown"]
"""`held`: another process has it. `unfinished`: its process is gone, or it expired. `gone`: it was
ours, and was removed. `unknown`: it can't be read."""
LocalRunState = Literal["unknown", "lost", "at-work", "left", "over"]
"""A run on this machine: never here; its records gone; a process works on it; no process does any
more; finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The item. Its JSON is in the control table, without the progress.

    That has an attribute of its own: an older tool refuses a lease with a field that it does not
    know.
    """

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
    """Unique id of the process that works on the run."""
    progress: DrillProgress = field(default_factory=DrillProgress)
    version: Literal[1] = 1

    def describe(self, now: float) -> str:
        """Who holds it, and until when."""
        left_s = self.until - now
        ends = "its lease has expired"
        if left_s > 0:
            ends = f"its lease expires in {format_duration(left_s)} unless it is renewed"
        at = self.progress.describe()
        step = f" ({at})" if at else ""
        since = describe_since(self.progress.started_at)
        return f"{self.run}{step} by {self.by} on {self.host}{since} ({ends})"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseStatus:
    """What the lease means to a run."""

    state: LeaseState
    words: str = ""
    """The other holder, or why the state is unknown."""
    way_out: str = ""
    """What the operator can do about the other holder."""
    lease: Lease | None = None


AT_WORK_HERE = (
    "a process of this machine is at work on it: wait for its end, or stop it there; watch it:"
    f" `{WATCH_COMMAND}`"
)


def describe_way_out(lease: Lease, local: LocalRunState, now: float) -> str:
    """What an operator can do about another run's lease.

    Where a process may be at work on the run, no command is named that would act on its lease.
    """
    match local:
        case "at-work":
            return AT_WORK_HERE
        case "left":
            return (
                "no process is at work on it any more:"
                f" `muster drill resume {lease.run}` continues it,"
                f" `muster drill rollback {lease.run}` restores its baseline"
            )
        case "over":
            return "that run is over: `muster drill rollback --from-lease` removes its lease"
        case "unknown" | "lost" if lease.until > now:
            return (
                f"wait for its end, or ask {lease.by} on {lease.host}; should its process be gone,"
                " the run can be rolled back once the lease has expired, at"
                f" {format_moment(lease.until, now)} unless it is renewed; watch it:"
                f" `{WATCH_COMMAND}`"
            )
        case "lost":
            return (
                "no process renews it: `muster drill rollback --from-lease` restores its baseline"
            )
        case "unknown":
            return (
                "no process renews it: `muster drill rollback --from-lease` restores its baseline"
                f" anywhere, `muster drill rollback {lease.run}` on {lease.host} where its records"
                " are"
            )


def describe_drill(status: LeaseStatus) -> str:
    """The drill that holds the lease, or has left it, and what the operator can do."""
    how = "is under way" if status.state == "held" else "was left unfinished"
    return f"a drill {how}: {status.words}; {status.way_out}"


LIFETIME_S = 60.0
"""A lease that is not renewed expires after this."""
RENEW_EVERY_S = 15.0
NEEDS_FORCE = frozenset[LeaseState]({"held", "unfinished", "unknown", "gone"})
UNREADABLE = (CallFailed, AccountError)
"""The service fails, or the credentials are gone."""


class LeaseTable(Protocol):
    """The lease's item in each Region."""

    async def read(self, region: str) -> Lease | None:
        """Raises CallFailed, also for a malformed item."""
        ...

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        """Write if the item is still `over` (None: no item). Raises CallFailed."""
        ...

    async def remove(self, region: str, run: str) -> bool:
        """Remove if it is the run's. Raises CallFailed."""
        ...


class LeaseHolder:
    """One process's hold of the stack's lease."""

    def __init__(
        self,
        table: LeaseTable,
        regions: Sequence[str],
        clock: Clock,
        holder: str = "",
        local_state: Callable[[Lease], LocalRunState] = lambda _lease: "unknown",
    ) -> None:
        """`regions`: home first. `holder`: unique id of this process.

        `local_state` says what this machine knows of a lease's run.
        """
        self._table = table
        self._regions = tuple(regions)
        self._clock = clock
        self._holder = holder
        self._local_state = local_state
        self._held_in: set[str] = set()
        """Regions in which we have read or written our lease."""
        self.may_be_held = False
        """Whether we have written it, or tried to, or found that it was ours."""
        self._until = 0.0
        """Until when we have written that the lease is ours."""
        self._released = False

    def local_state(self, lease: Lease) -> LocalRunState:
        """What this machine knows of a lease's run."""
        return self._local_state(lease)

    async def status(self, run: str) -> LeaseStatus:
        """What the lease means to a run."""
        try:
            region, lease = await self._read()
        except UNREADABLE as exc:
            return LeaseStatus(state="unknown", words=f"({exc})")
        return self._status(run, region, lease)

    async def acquire(self, lease: Lease, *, force: bool) -> LeaseStatus:
        """Take it unless another process has it; `force`: then too. Never after `release`."""
        try:
            region, found = await self._read()
            status = self._status(lease.run, region, found)
            if found is not None and self._is_run_elsewhere(lease, found):
                status = self._held_by_other(lease.run, found)
            if self._released or (status.state in NEEDS_FORCE and not force):
                return status
            until = self._clock.now() + LIFETIME_S
            ours = replace(lease, until=until, holder=self._holder)
            self.may_be_held = True
            if not await self._table.write(region, ours, over=found):
                return self._status(lease.run, region, await self._table.read(region))
        except UNREADABLE as exc:
            return LeaseStatus(state="unknown", words=f"({exc})")
        self._held_in.add(region)
        self._until = until
        return LeaseStatus(state="ours", lease=ours)

    async def renew(self, lease: Lease) -> LeaseStatus:
        """Extend it; `held` or `gone` when we have lost it."""
        return await self.acquire(lease, force=False)

    async def release(self, run: str) -> bool:
        """Remove it in each Region. False: some Region did not answer."""
        self._released = True
        complete = True
        for region in self._regions:
            try:
                await self._table.remove(region, run)
            except UNREADABLE:
                complete = False
        return complete

    async def read_left_behind(self) -> Lease:
        """Any drill's lease, to roll back from. Raises UnknownRun, CallFailed."""
        _, lease = await self._read()
        if lease is None:
            raise UnknownRun("there is no lease: no drill is under way, and none was left behind")
        return lease

    def _status(self, run: str, region: str, found: Lease | None) -> LeaseStatus:
        if found is None:
            return LeaseStatus(state="gone" if region in self._held_in else "free")
        if self._is_ours(run, region, found):
            self.may_be_held = True
            return LeaseStatus(state="ours", lease=found)
        return self._held_by_other(run, found)

    def _is_ours(self, run: str, region: str, found: Lease) -> bool:
        if not self._held_in:  # not acquired yet: an earlier process of the run may have left it
            return found.run == run
        if region not in self._held_in and found.until < self._until:
            return True  # older than ours, which another Region is still replicating to this one
        return (found.run, found.holder) == (run, self._holder)

    def _held_by_other(self, run: str, found: Lease) -> LeaseStatus:
        now = self._clock.now()
        # We are at work on our own run, so another machine must have it too.
        local = "unknown" if found.run == run else self._local_state(found)
        expired = found.until <= now or local in ("left", "over")
        return LeaseStatus(
            state="unfinished" if expired else "held",
            words=found.describe(now),
            way_out=describe_way_out(found, local, now),
            lease=found,
        )

    def _is_run_elsewhere(self, lease: Lease, found: Lease) -> bool:
        """Another machine works on our run. On this machine the journal's lock prevents that."""
        if found.run != lease.run or self._held_in:
            return False
        return found.host != lease.host and found.until > self._clock.now()

    async def _read(self) -> tuple[str, Lease | None]:
        """The first Region that answers, and its lease. Raises CallFailed."""
        first_error: CallFailed | None = None
        for region in self._regions:
            try:
                return region, await self._table.read(region)
            except CallFailed as exc:
                if not is_transient(exc):
                    raise
                first_error = first_error or exc
        assert first_error is not None  # noqa: S101 - a stack has Regions
        raise first_error


class DynamoDBLeaseTable:
    """Implements LeaseTable."""

    def __init__(self, clients: AwsClients, table: str) -> None:
        self._clients = clients
        self._table = table

    async def read(self, region: str) -> Lease | None:
        item = await read_control_item(self._clients, self._table, region, ITEM_ID)
        return None if item is None else _lease_from_item(item, region)

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        condition: dict[str, object] = {"ConditionExpression": "attribute_not_exists(item_id)"}
        if over is not None:
            condition = {
                "ConditionExpression": "#run = :run AND #until = :until",
                "ExpressionAttributeNames": {"#run": "run", "#until": "until"},
                "ExpressionAttributeValues": {
                    ":run": {"S": over.run},
                    ":until": {"N": repr(over.until)},
                },
            }
        return await self._conditional_call(
            region, "put_item", Item=_lease_to_item(lease), **condition
        )

    async def remove(self, region: str, run: str) -> bool:
        return await self._conditional_call(
            region,
            "delete_item",
            Key={"item_id": {"S": ITEM_ID}},
            ConditionExpression="#run = :run",
            ExpressionAttributeNames={"#run": "run"},
            ExpressionAttributeValues={":run": {"S": run}},
        )

    async def _conditional_call(self, region: str, operation: str, **arguments: object) -> bool:
        """False if the condition did not hold."""
        try:
            await self._call(region, operation, **arguments)
        except CallFailed as exc:
            if exc.code == CONDITIONAL_CHECK_FAILED:
                return False
            raise
        return True

    async def _call(self, region: str, operation: str, **arguments: object) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = await self._clients.call(
            QUICK_POLICY, "dynamodb", region, operation, TableName=self._table, **arguments
        )
        return answer


def _lease_to_item(lease: Lease) -> dict[str, dict[str, str]]:
    document = codec.plain(lease)
    del document["progress"]
    item = {
        "item_id": {"S": ITEM_ID},
        "run": {"S": lease.run},
        "until": {"N": repr(lease.until)},
        "by": {"S": lease.by},
        "lease": {"S": codec.dumps(document)},
    }
    if lease.progress != DrillProgress():
        item["progress"] = {"S": codec.dumps(lease.progress)}
    return item


def _lease_from_item(item: Mapping[str, Any], region: str) -> Lease:
    try:
        lease = codec.loads(Lease, item["lease"]["S"])
        progress = item.get("progress", {}).get("S")
        return replace(lease, progress=parse_progress(progress)) if progress else lease
    except (KeyError, TypeError, InvalidDocument) as exc:
        why = f"the item {ITEM_ID} of the control table can't be understood ({exc}); remove it"
        raise CallFailed("dynamodb", "GetItem", region, "LeaseMalformed", why) from exc
