"""The lease: who may acquire it, in which Region, and what it holds."""

import json
from dataclasses import dataclass, field, replace
from typing import get_args

import pytest

from common.drill_lease import ITEM_ID, DrillProgress
from muster import codec
from muster.drill.run.lease import (
    LIFETIME_S,
    DynamoDBLeaseTable,
    Lease,
    LeaseHolder,
    LeaseState,
    LeaseStatus,
    LocalRunState,
    describe_drill,
    describe_way_out,
)
from muster.errors import AccountError, CallFailed, UnknownRun, Unreachable
from tests.clocks import ManualClock
from tests.unit.muster.drill import builders
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.drill.run.builders import LEASE
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_clock import make_clock
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, REGIONS
from tests.virtual_time import EPOCH, VirtualClock, run_virtual

OTHER_LEASE = replace(LEASE, run="theirs", by="bob", host="laptop")


@dataclass
class FakeTables:
    """The item in each Region, without replication."""

    items: dict[str, Lease] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def _check_reachable(self, region: str) -> None:
        if region in self.down:
            raise Unreachable("dynamodb", "GetItem", region, "TimeOut", "down")

    async def read(self, region: str) -> Lease | None:
        self._check_reachable(region)
        return self.items.get(region)

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        self._check_reachable(region)
        if self.items.get(region) != over:
            return False
        self.items[region] = lease
        return True

    async def remove(self, region: str, run: str) -> bool:
        self._check_reachable(region)
        if region not in self.items or self.items[region].run != run:
            return False
        del self.items[region]
        return True


def make_holder(tables: FakeTables) -> LeaseHolder:
    return LeaseHolder(tables, builders.REGIONS, VirtualClock())


def acquire(tables: FakeTables, lease: Lease, *, force: bool = False) -> str:
    return run_virtual(make_holder(tables).acquire(lease, force=force)).state


def test_a_free_lease_is_acquired_in_the_home_region() -> None:
    tables = FakeTables()

    assert acquire(tables, LEASE) == "ours"
    assert tables.items.keys() == {HOME}
    assert tables.items[HOME].until == pytest.approx(EPOCH + 1000 + LIFETIME_S)


def test_it_is_acquired_in_the_next_region_when_home_is_down() -> None:
    tables = FakeTables(down={HOME})

    assert acquire(tables, LEASE) == "ours"
    assert tables.items.keys() == {AWAY}


def test_it_is_unknown_when_no_region_answers() -> None:
    tables = FakeTables(down=set(builders.REGIONS))

    assert acquire(tables, LEASE) == "unknown"
    assert run_virtual(make_holder(tables).status("mine")).state == "unknown"


async def test_why_it_is_unknown_is_told_by_the_first_region() -> None:
    holder = LeaseHolder(FakeTables(down=set(builders.REGIONS)), builders.REGIONS, make_clock())

    for status in (await holder.status("mine"), await holder.acquire(LEASE, force=False)):
        assert HOME in status.words
        assert AWAY not in status.words


async def test_an_item_that_can_not_be_understood_is_not_passed_over() -> None:
    """The next Region's copy may be older."""

    class Malformed(FakeTables):
        async def read(self, region: str) -> Lease | None:
            if region == HOME:
                raise CallFailed("dynamodb", "GetItem", region, "LeaseMalformed", "remove it")
            return await super().read(region)

    tables = Malformed()

    status = await LeaseHolder(tables, builders.REGIONS, make_clock()).acquire(LEASE, force=False)

    assert (status.state, tables.items) == ("unknown", {})
    assert "remove it" in status.words


async def test_a_status_has_the_lease_itself() -> None:
    tables, clock = FakeTables(), make_clock()
    own, other = (holder_of_process(tables, clock, name) for name in ("own", "other"))

    acquired = await own.acquire(LEASE, force=False)

    assert acquired.lease == tables.items[HOME]
    assert (await own.status("mine")).lease == tables.items[HOME]
    assert (await other.status("theirs")).lease == tables.items[HOME]


def test_without_credentials_it_is_unknown() -> None:
    @dataclass
    class WithoutCredentials(FakeTables):
        def _check_reachable(self, region: str) -> None:
            raise AccountError("no AWS credentials")

    tables = WithoutCredentials()

    assert acquire(tables, LEASE) == "unknown"
    assert run_virtual(make_holder(tables).status("mine")).state == "unknown"
    assert run_virtual(make_holder(tables).release("mine")) is False


def test_a_held_lease_is_not_acquired() -> None:
    tables = FakeTables()
    acquire(tables, OTHER_LEASE)

    assert acquire(tables, LEASE) == "held"
    assert tables.items[HOME].run == "theirs"
    status = run_virtual(make_holder(tables).status("mine"))
    assert "theirs by bob on laptop (its lease expires in 60 s unless" in status.words


def test_an_expired_lease_of_an_unfinished_drill_is_not_acquired() -> None:
    tables = FakeTables(items={HOME: OTHER_LEASE})

    assert acquire(tables, LEASE) == "unfinished"
    assert tables.items[HOME] == OTHER_LEASE


@pytest.mark.parametrize(
    ("here", "state", "way_out"),
    [
        ("at-work", "held", "a process of this machine is at work on it"),
        ("left", "unfinished", "`muster drill resume theirs` continues it"),
        ("left", "unfinished", "`muster drill rollback theirs` restores its baseline"),
        ("over", "unfinished", "`muster drill rollback --from-lease` removes its lease"),
        ("unknown", "held", "wait for its end, or ask bob on laptop"),
        ("lost", "held", "wait for its end, or ask bob on laptop"),
        ("unknown", "held", " (in 40 s) unless it is renewed"),
    ],
)
async def test_the_status_of_another_runs_lease_names_the_way_out(
    here: LocalRunState, state: str, way_out: str
) -> None:
    clock = make_clock()
    tables = FakeTables(items={HOME: replace(OTHER_LEASE, until=clock.now() + 40.0)})
    holder = LeaseHolder(
        tables, builders.REGIONS, clock, local_state=lambda lease: {"theirs": here}[lease.run]
    )

    status = await holder.acquire(LEASE, force=False)

    assert status.state == state
    assert way_out in status.way_out
    assert tables.items[HOME].run == "theirs"


async def test_an_expired_lease_can_be_rolled_back_from_any_machine() -> None:
    tables = FakeTables(items={HOME: OTHER_LEASE})

    status = await LeaseHolder(tables, builders.REGIONS, make_clock()).status("mine")

    assert "`muster drill rollback --from-lease` restores its baseline anywhere" in status.way_out
    assert status.way_out.endswith("`muster drill rollback theirs` on laptop where its records are")


async def test_an_expired_lease_offers_no_rollback_from_records_that_are_gone() -> None:
    tables = FakeTables(items={HOME: OTHER_LEASE})
    holder = LeaseHolder(tables, builders.REGIONS, make_clock(), local_state=lambda _lease: "lost")

    status = await holder.status("mine")

    assert status.way_out == (
        "no process renews it: `muster drill rollback --from-lease` restores its baseline"
    )


async def test_a_lease_is_expired_at_its_end() -> None:
    clock = make_clock()
    tables = FakeTables(items={HOME: replace(OTHER_LEASE, until=clock.now())})

    status = await LeaseHolder(tables, builders.REGIONS, clock).status("mine")

    assert status.state == "unfinished"
    assert status.words.endswith("(its lease has expired)")
    assert status.way_out.startswith("no process renews it")


async def test_the_way_out_of_a_run_that_another_machine_has_taken_over_leads_there() -> None:
    """The process that works on it here is this one."""
    clock = make_clock()
    elsewhere = replace(LEASE, host="laptop", holder="other", until=clock.now() + 40.0)
    tables = FakeTables(items={HOME: elsewhere})
    holder = LeaseHolder(tables, builders.REGIONS, clock, local_state=lambda _run: "at-work")

    status = await holder.acquire(LEASE, force=False)

    assert status.state == "held"
    assert status.way_out.startswith("wait for its end, or ask")


@pytest.mark.parametrize("local", get_args(LocalRunState))
@pytest.mark.parametrize("left_s", [40.0, -5.0])
def test_no_command_is_named_that_may_act_on_the_lease_of_a_living_process(
    local: LocalRunState, left_s: float
) -> None:
    lease = replace(OTHER_LEASE, until=1_800_000_000.0 + left_s)

    hint = describe_way_out(lease, local, 1_800_000_000.0)

    may_live = local == "at-work" or (local in ("unknown", "lost") and left_s > 0)
    acting = ("`muster drill resume", "`muster drill rollback", "--force")
    assert any(command in hint for command in acting) == (not may_live)
    assert ("`muster drill watch`" in hint) == may_live
    assert "--force" not in hint


def test_force_acquires_it_from_any_run() -> None:
    tables = FakeTables()
    acquire(tables, OTHER_LEASE)

    assert acquire(tables, LEASE, force=True) == "ours"
    assert tables.items[HOME].run == "mine"


def test_an_own_lease_is_renewed() -> None:
    tables = FakeTables(items={HOME: LEASE})

    assert acquire(tables, LEASE) == "ours"
    assert tables.items[HOME].until > 0


def test_the_second_of_two_writes_loses() -> None:
    @dataclass
    class Race(FakeTables):
        async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
            self.items[region] = replace(OTHER_LEASE, until=EPOCH * 2)
            return await super().write(region, lease, over=over)

    assert acquire(Race(), LEASE) == "held"


def holder_of_process(tables: FakeTables, clock: ManualClock, name: str) -> LeaseHolder:
    return LeaseHolder(tables, builders.REGIONS, clock, holder=name)


async def test_a_process_keeps_the_lease_for_as_long_as_it_renews_it() -> None:
    tables, clock = FakeTables(), make_clock()
    own = holder_of_process(tables, clock, "own")
    await own.acquire(LEASE, force=False)

    for _ in range(3):
        await clock.sleep(LIFETIME_S - 1)
        assert (await own.renew(LEASE)).state == "ours"
        assert (await own.status("mine")).state == "ours"
        assert tables.items[HOME].until == clock.now() + LIFETIME_S


async def test_a_suspended_process_loses_the_lease_to_another_machine() -> None:
    tables, clock = FakeTables(), make_clock()
    asleep, rescuer = (
        holder_of_process(tables, clock, "asleep"),
        holder_of_process(tables, clock, "rescuer"),
    )
    await asleep.acquire(LEASE, force=False)
    await clock.sleep(LIFETIME_S + 1)

    taken = await rescuer.acquire(replace(LEASE, host="laptop"), force=False)

    assert taken.state == "ours"
    assert (await asleep.status("mine")).state == "held"
    assert (await asleep.renew(LEASE)).state == "held"
    assert tables.items[HOME].holder == "rescuer"


async def test_a_removed_lease_is_not_acquired_again() -> None:
    tables, clock = FakeTables(), make_clock()
    asleep, rescuer = (
        holder_of_process(tables, clock, "asleep"),
        holder_of_process(tables, clock, "rescuer"),
    )
    await asleep.acquire(LEASE, force=False)

    await rescuer.release("mine")

    assert (await asleep.status("mine")).state == "gone"
    assert (await asleep.renew(LEASE)).state == "gone"
    assert tables.items == {}


async def test_a_released_lease_is_not_renewed() -> None:
    tables, clock = FakeTables(down={HOME}), make_clock()
    own = holder_of_process(tables, clock, "own")
    await own.acquire(LEASE, force=False)
    await own.release("mine")
    tables.down.clear()  # the home Region has no item

    await own.renew(LEASE)

    assert tables.items == {}


async def test_a_killed_runs_lease_is_acquired_here_at_once_and_elsewhere_after_expiry() -> None:
    tables, clock = FakeTables(), make_clock()
    await holder_of_process(tables, clock, "killed").acquire(LEASE, force=False)
    elsewhere = replace(LEASE, host="laptop")

    assert (
        await holder_of_process(tables, clock, "other").acquire(elsewhere, force=False)
    ).state == "held"
    assert (
        await holder_of_process(tables, clock, "next").acquire(LEASE, force=False)
    ).state == "ours"
    await clock.sleep(LIFETIME_S)
    assert (
        await holder_of_process(tables, clock, "other").acquire(elsewhere, force=False)
    ).state == "ours"


@pytest.mark.parametrize("old", [OTHER_LEASE, replace(LEASE, holder="killed")])
async def test_an_older_item_of_a_region_that_was_unreachable_is_ignored(old: Lease) -> None:
    tables, clock = FakeTables(), make_clock()
    old = replace(old, until=clock.now() + 30.0)
    tables.items[HOME] = old
    tables.down.add(HOME)
    own = holder_of_process(tables, clock, "own")
    await own.acquire(LEASE, force=False)
    assert tables.items.keys() == {HOME, AWAY}

    tables.down.clear()  # the other Region's newer item is not replicated yet

    assert (await own.status("mine")).state == "ours"
    assert (await own.renew(LEASE)).state == "ours"
    assert tables.items[HOME].holder == "own"


async def test_a_newer_item_of_a_region_that_was_unreachable_is_another_drill() -> None:
    tables, clock = FakeTables(down={HOME}), make_clock()
    own = holder_of_process(tables, clock, "own")
    await own.acquire(LEASE, force=False)

    tables.down.clear()
    tables.items[HOME] = replace(OTHER_LEASE, until=clock.now() + LIFETIME_S + 1.0)

    assert (await own.renew(LEASE)).state == "held"
    assert tables.items[HOME].run == "theirs"


async def test_a_lease_taken_by_force_is_lost_even_if_the_other_clock_is_slow() -> None:
    tables, clock = FakeTables(), make_clock()
    own = holder_of_process(tables, clock, "own")
    await own.acquire(LEASE, force=False)

    tables.items[HOME] = replace(OTHER_LEASE, until=clock.now() - 300.0)  # by a slow clock

    assert (await own.renew(LEASE)).state == "unfinished"


def test_it_is_released_in_every_region_where_it_is_ours() -> None:
    tables = FakeTables(items={HOME: LEASE, AWAY: OTHER_LEASE})

    assert run_virtual(make_holder(tables).release("mine")) is True
    assert tables.items == {AWAY: OTHER_LEASE}
    tables.down.add(HOME)
    assert run_virtual(make_holder(tables).release("mine")) is False


def test_a_lease_left_behind_can_be_read_by_another_machine() -> None:
    assert run_virtual(make_holder(FakeTables(items={HOME: LEASE})).read_left_behind()) == LEASE
    with pytest.raises(UnknownRun, match="no lease"):
        run_virtual(make_holder(FakeTables()).read_left_behind())


def test_a_lease_of_an_older_tool_is_decoded() -> None:
    text = codec.dumps(LEASE).replace('"faults":{}', "").replace(',"cleared":[]', "")
    text = text.replace(",}", "}")

    assert "cleared" not in text
    assert codec.loads(Lease, text) == LEASE


async def test_the_item_is_written_under_a_condition() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)

    assert await table.read(FRANKFURT) is None
    assert await table.write(FRANKFURT, LEASE, over=None) is True
    assert await table.read(FRANKFURT) == LEASE

    put = next(call for call in aws.calls if call.operation == "PutItem")
    assert put.given["ConditionExpression"] == "attribute_not_exists(item_id)"
    assert put.given["Item"]["item_id"] == {"S": ITEM_ID}
    assert put.given["Item"]["by"] == {"S": LEASE.by}
    assert (put.region, OREGON in REGIONS) == (FRANKFURT, True)


async def test_an_item_is_replaced_only_as_it_was_read() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    renewed = replace(LEASE, until=9.0)
    await table.write(FRANKFURT, LEASE, over=None)

    assert await table.write(FRANKFURT, renewed, over=LEASE) is True
    assert await table.write(FRANKFURT, replace(LEASE, until=99.0), over=LEASE) is False
    assert await table.write(FRANKFURT, LEASE, over=replace(renewed, run="theirs")) is False

    assert await table.read(FRANKFURT) == renewed
    put = aws.made("PutItem")[1]
    assert put.given["ConditionExpression"] == "#run = :run AND #until = :until"


async def test_an_item_of_another_run_is_neither_replaced_nor_removed() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    await table.write(FRANKFURT, LEASE, over=None)

    assert await table.write(FRANKFURT, OTHER_LEASE, over=None) is False
    assert await table.remove(FRANKFURT, OTHER_LEASE.run) is False

    assert await table.read(FRANKFURT) == LEASE


async def test_an_item_of_the_run_itself_is_removed() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    await table.write(FRANKFURT, LEASE, over=None)

    assert await table.remove(FRANKFURT, LEASE.run) is True

    assert await table.read(FRANKFURT) is None
    (delete,) = aws.made("DeleteItem")
    assert delete.given["ConditionExpression"] == "#run = :run"


async def test_a_region_that_does_not_answer_has_decided_nothing() -> None:
    aws = FakeAws(down={FRANKFURT})
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)

    with pytest.raises(Unreachable):
        await table.remove(FRANKFURT, LEASE.run)


@pytest.mark.parametrize(
    ("state", "how"), [("held", "is under way"), ("unfinished", "was left unfinished")]
)
def test_a_drill_is_described_with_its_way_out(state: LeaseState, how: str) -> None:
    status = LeaseStatus(state=state, words="r1 by ann on desk", way_out="ask ann")

    assert describe_drill(status) == f"a drill {how}: r1 by ann on desk; ask ann"


async def test_the_progress_is_no_part_of_the_lease_itself_which_older_tools_read() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    progress = DrillProgress(phase="method", step="m2", does="hold", pid=7)
    lease = replace(LEASE, progress=progress)

    await table.write(FRANKFURT, lease, over=None)

    put = next(call for call in aws.calls if call.operation == "PutItem")
    assert codec.loads(Lease, put.given["Item"]["lease"]["S"]) == LEASE
    assert json.loads(put.given["Item"]["progress"]["S"])["step"] == "m2"
    assert await table.read(FRANKFURT) == lease
    assert " (step m2: hold) by ann " in lease.describe(0.0)


@pytest.mark.parametrize("attributes", [{"lease": {"S": "?"}}, {"lease": {"N": "1"}}, {}])
async def test_a_malformed_item_is_an_error(attributes: dict[str, dict[str, str]]) -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    await aws.clients().change(
        "dynamodb",
        FRANKFURT,
        "put_item",
        TableName=CONTROL_TABLE,
        Item={"item_id": {"S": ITEM_ID}, **attributes},
    )

    with pytest.raises(CallFailed, match="can't be understood"):
        await table.read(FRANKFURT)
