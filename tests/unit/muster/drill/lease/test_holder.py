"""The lease: who may take it, from where, and what it says."""

from dataclasses import dataclass, field, replace

import pytest

from muster import codec
from muster.drill.journal.events import BaselineRecorded, JournalLine
from muster.drill.journal.run_state import fold_journal
from muster.drill.plan.changes import DrillBaseline, DrillChanges
from muster.drill.plan.instructions import InjectFault
from muster.drill.plan.model import Limits
from muster.drill.rollback.rollback_planner import (
    RollbackSituation,
    RollbackSteps,
    events_from_lease,
    next_rollback_steps,
    plan_from_lease,
)
from muster.drill.run.lease import (
    ITEM_ID,
    LIFETIME_S,
    DynamoDBLeaseTable,
    Lease,
    LeaseHolder,
    LocalRunState,
)
from muster.errors import AccountError, CallFailed, UnknownRun, Unreachable
from muster.levers import Fault, scope_of_fault
from muster.model import ActiveFault, SwitchSetting
from tests.clocks import ManualClock
from tests.unit.muster.drill import builders
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.drill.fake_system import build_run_opened
from tests.unit.muster.drill.virtual_time import EPOCH, VirtualClock, run_virtual
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_clock import make_clock
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, REGIONS

MINE = Lease(
    run="mine",
    scenario="evacuate",
    by="ann",
    host="desk",
    until=0.0,
    found=DrillBaseline(
        dials={AWAY: 60.0}, switches={AWAY: SwitchSetting(status="pass", why="exam")}
    ),
    touched=DrillChanges(dials=(AWAY,), faults=(Fault(kind="throttle", region=AWAY),)),
)
THEIRS = replace(MINE, run="theirs", by="bob", host="laptop")


@dataclass
class Tables:
    """The item in each Region, without a network between them."""

    items: dict[str, Lease] = field(default_factory=dict)
    down: set[str] = field(default_factory=set)

    def _reach(self, region: str) -> None:
        if region in self.down:
            raise Unreachable("dynamodb", "GetItem", region, "TimeOut", "down")

    async def read(self, region: str) -> Lease | None:
        self._reach(region)
        return self.items.get(region)

    async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
        self._reach(region)
        if self.items.get(region) != over:
            return False
        self.items[region] = lease
        return True

    async def remove(self, region: str, run: str) -> bool:
        self._reach(region)
        if region not in self.items or self.items[region].run != run:
            return False
        del self.items[region]
        return True


def leases(tables: Tables) -> LeaseHolder:
    return LeaseHolder(tables, builders.REGIONS, VirtualClock())


def take(tables: Tables, lease: Lease, *, force: bool = False) -> str:
    return run_virtual(leases(tables).acquire(lease, force=force)).state


def test_a_free_lease_is_taken_in_the_home_region() -> None:
    tables = Tables()

    assert take(tables, MINE) == "ours"
    assert tables.items.keys() == {HOME}
    assert tables.items[HOME].until == pytest.approx(EPOCH + 1000 + LIFETIME_S)


def test_it_is_taken_in_the_next_region_when_home_is_down() -> None:
    tables = Tables(down={HOME})

    assert take(tables, MINE) == "ours"
    assert tables.items.keys() == {AWAY}


def test_it_is_unknown_when_no_region_answers() -> None:
    tables = Tables(down=set(builders.REGIONS))

    assert take(tables, MINE) == "unknown"
    assert run_virtual(leases(tables).status("mine")).state == "unknown"


def test_credentials_that_are_gone_leave_it_unknown() -> None:
    @dataclass
    class SignedOut(Tables):
        def _reach(self, region: str) -> None:
            raise AccountError("no AWS credentials")

    tables = SignedOut()

    assert take(tables, MINE) == "unknown"
    assert run_virtual(leases(tables).status("mine")).state == "unknown"
    assert run_virtual(leases(tables).release("mine")) is False


def test_a_lease_that_is_held_is_not_taken() -> None:
    tables = Tables()
    take(tables, THEIRS)

    assert take(tables, MINE) == "held"
    assert tables.items[HOME].run == "theirs"
    standing = run_virtual(leases(tables).status("mine"))
    assert "theirs by bob on laptop (expires in 60 s)" in standing.words


def test_an_expired_lease_of_an_unfinished_drill_is_not_taken_either() -> None:
    tables = Tables(items={HOME: THEIRS})

    assert take(tables, MINE) == "unfinished"
    assert tables.items[HOME] == THEIRS


@pytest.mark.parametrize(
    ("here", "state", "way_out"),
    [
        ("at-work", "held", "a process of this machine is at work on it"),
        ("left", "unfinished", "`muster drill resume theirs` goes on with it"),
        ("left", "unfinished", "`muster drill rollback theirs` puts back what it found"),
        ("over", "unfinished", "`muster drill rollback --from-lease` removes its lease"),
        ("unknown", "held", "`muster drill rollback theirs` on laptop puts back"),
        ("unknown", "held", "`muster drill rollback --from-lease` does, from "),
        ("unknown", "held", " (in 40 s) on, if nobody renews it"),
    ],
)
async def test_who_finds_another_runs_lease_is_told_the_way_out(
    here: LocalRunState, state: str, way_out: str
) -> None:
    clock = make_clock()
    tables = Tables(items={HOME: replace(THEIRS, until=clock.now() + 40.0)})
    found = LeaseHolder(tables, builders.REGIONS, clock, local_state={"theirs": here}.__getitem__)

    standing = await found.acquire(MINE, force=False)

    assert standing.state == state
    assert way_out in standing.way_out
    assert tables.items[HOME].run == "theirs"


async def test_an_expired_lease_can_be_put_back_from_anywhere_at_once() -> None:
    tables = Tables(items={HOME: THEIRS})

    standing = await LeaseHolder(tables, builders.REGIONS, make_clock()).status("mine")

    assert standing.way_out.endswith("elsewhere `muster drill rollback --from-lease` does, now")


def test_force_takes_it_from_anyone() -> None:
    tables = Tables()
    take(tables, THEIRS)

    assert take(tables, MINE, force=True) == "ours"
    assert tables.items[HOME].run == "mine"


def test_our_own_is_renewed() -> None:
    tables = Tables(items={HOME: MINE})

    assert take(tables, MINE) == "ours"
    assert tables.items[HOME].until > 0


def test_a_write_that_comes_second_loses() -> None:
    @dataclass
    class Race(Tables):
        async def write(self, region: str, lease: Lease, *, over: Lease | None) -> bool:
            self.items[region] = replace(THEIRS, until=EPOCH * 2)
            return await super().write(region, lease, over=over)

    assert take(Race(), MINE) == "held"


# --- a run that changes hands, and Regions that come back with what they had ---------------------


def process(tables: Tables, clock: ManualClock, name: str) -> LeaseHolder:
    return LeaseHolder(tables, builders.REGIONS, clock, holder=name)


async def test_who_was_asleep_when_another_machine_took_over_has_lost_the_lease() -> None:
    tables, clock = Tables(), make_clock()
    asleep, rescuer = process(tables, clock, "asleep"), process(tables, clock, "rescuer")
    await asleep.acquire(MINE, force=False)
    await clock.sleep(LIFETIME_S + 1)

    taken = await rescuer.acquire(replace(MINE, host="laptop"), force=False)

    assert taken.state == "ours"
    assert (await asleep.status("mine")).state == "held"
    assert (await asleep.renew(MINE)).state == "held"
    assert tables.items[HOME].holder == "rescuer"


async def test_a_lease_that_somebody_removed_is_not_taken_anew() -> None:
    tables, clock = Tables(), make_clock()
    asleep, rescuer = process(tables, clock, "asleep"), process(tables, clock, "rescuer")
    await asleep.acquire(MINE, force=False)

    await rescuer.release("mine")

    assert (await asleep.status("mine")).state == "gone"
    assert (await asleep.renew(MINE)).state == "gone"
    assert tables.items == {}


async def test_a_lease_that_was_given_back_is_not_renewed_by_what_still_runs_beside() -> None:
    tables, clock = Tables(down={HOME}), make_clock()
    own = process(tables, clock, "own")
    await own.acquire(MINE, force=False)
    await own.release("mine")
    tables.down.clear()  # the home Region has never heard of it

    await own.renew(MINE)

    assert tables.items == {}


async def test_a_run_is_taken_up_on_its_machine_at_once_and_elsewhere_when_it_has_expired() -> None:
    tables, clock = Tables(), make_clock()
    await process(tables, clock, "killed").acquire(MINE, force=False)
    elsewhere = replace(MINE, host="laptop")

    assert (await process(tables, clock, "other").acquire(elsewhere, force=False)).state == "held"
    assert (await process(tables, clock, "next").acquire(MINE, force=False)).state == "ours"
    await clock.sleep(LIFETIME_S)
    assert (await process(tables, clock, "other").acquire(elsewhere, force=False)).state == "ours"


@pytest.mark.parametrize("left", [THEIRS, replace(MINE, holder="killed")])
async def test_what_the_home_region_has_kept_from_before_counts_for_nothing(left: Lease) -> None:
    tables, clock = Tables(), make_clock()
    old = replace(left, until=clock.now() + 30.0)
    tables.items[HOME] = old
    tables.down.add(HOME)
    own = process(tables, clock, "own")
    await own.acquire(MINE, force=False)
    assert tables.items.keys() == {HOME, AWAY}

    tables.down.clear()  # and the other Region's newer item is still on its way

    assert (await own.status("mine")).state == "ours"
    assert (await own.renew(MINE)).state == "ours"
    assert tables.items[HOME].holder == "own"


async def test_a_lease_taken_by_force_is_lost_whatever_the_other_clock_says() -> None:
    tables, clock = Tables(), make_clock()
    own = process(tables, clock, "own")
    await own.acquire(MINE, force=False)

    tables.items[HOME] = replace(THEIRS, until=clock.now() - 300.0)  # by a slow clock

    assert (await own.renew(MINE)).state == "unfinished"


def test_it_is_given_back_everywhere_and_only_if_it_is_ours() -> None:
    tables = Tables(items={HOME: MINE, AWAY: THEIRS})

    assert run_virtual(leases(tables).release("mine")) is True
    assert tables.items == {AWAY: THEIRS}
    tables.down.add(HOME)
    assert run_virtual(leases(tables).release("mine")) is False


def test_what_was_left_behind_can_be_read_by_another_machine() -> None:
    assert run_virtual(leases(Tables(items={HOME: MINE})).read_left_behind()) == MINE
    with pytest.raises(UnknownRun, match="no lease"):
        run_virtual(leases(Tables()).read_left_behind())


def test_a_lease_says_everything_that_is_to_be_put_back() -> None:
    made = plan_from_lease(MINE, builders.REGIONS, Limits(), ())
    first, *begun = events_from_lease(MINE, made)

    assert first == BaselineRecorded(state=MINE.found)
    assert made.changes == MINE.touched
    assert len(begun) == 2
    assert codec.loads(Lease, codec.dumps(MINE)) == MINE


def test_a_lease_says_which_faults_were_found_where_the_drill_may_have_ended_some() -> None:
    throttle = Fault(kind="throttle", region=AWAY)
    found = ActiveFault(kind="throttle", region=AWAY, by="bob")
    lease = replace(
        MINE,
        found=DrillBaseline(faults={scope_of_fault(found): (found,)}),
        touched=DrillChanges(faults=(throttle,), cleared=(throttle,)),
    )
    made = plan_from_lease(codec.loads(Lease, codec.dumps(lease)), builders.REGIONS, Limits(), ())
    entries = (build_run_opened(made), *events_from_lease(lease, made))
    state = fold_journal(JournalLine(n=1, at_s=0.0, at=0.0, event=entry) for entry in entries)

    def left(*standing: ActiveFault) -> RollbackSteps:
        view = builders.build_view(faults=standing)
        return next_rollback_steps(
            RollbackSituation(baseline=state.baseline, changes=state.changes, view=view, now=0.0)
        )

    assert made.changes == lease.touched
    assert left(found).complete
    assert left().steps == (InjectFault(fault=throttle, again=True, by="bob"),)


def test_a_lease_of_an_older_tool_is_understood() -> None:
    text = codec.dumps(MINE).replace('"faults":{}', "").replace(',"cleared":[]', "")
    text = text.replace(",}", "}")

    assert "cleared" not in text
    assert codec.loads(Lease, text) == MINE


async def test_the_item_is_written_under_a_condition() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)

    assert await table.read(FRANKFURT) is None
    assert await table.write(FRANKFURT, MINE, over=None) is True
    assert await table.read(FRANKFURT) == MINE

    put = next(call for call in aws.calls if call.operation == "PutItem")
    assert put.given["ConditionExpression"] == "attribute_not_exists(item_id)"
    assert put.given["Item"]["item_id"] == {"S": ITEM_ID}
    assert (put.region, OREGON in REGIONS) == (FRANKFURT, True)


async def test_an_item_that_says_nothing_is_an_error() -> None:
    aws = FakeAws()
    table = DynamoDBLeaseTable(aws.clients(), CONTROL_TABLE)
    await aws.clients().change(
        "dynamodb",
        FRANKFURT,
        "put_item",
        TableName=CONTROL_TABLE,
        Item={"item_id": {"S": ITEM_ID}, "lease": {"S": "?"}},
    )

    with pytest.raises(CallFailed, match="can't be understood"):
        await table.read(FRANKFURT)
