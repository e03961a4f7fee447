"""One step: its guards, its retries, its time budget, and its abort."""

from dataclasses import replace

import pytest

from muster.drill.guards.context import GuardVerdict
from muster.drill.plan.instructions import InjectFault, Pause, SetDial, SetSwitch
from muster.drill.plan.model import STEP_BUDGET_S
from muster.drill.run.step_executor import GuardRefused, is_worth_retry
from muster.errors import AcceleratorBusy, CommandFailed, MusterError
from muster.levers import Fault, scope_of_fault
from muster.model import SwitchSetting, SystemView
from tests.unit.muster.drill.builders import AWAY, DNS_NAMES, HOME, SHIPPED_NAMES, build_plan
from tests.unit.muster.drill.fake_system import (
    IDENTITY,
    FakeLevers,
    FakeSystem,
    FakeTelemetry,
    unreachable_error,
)
from tests.unit.muster.drill.run.builders import (
    SLOW,
    Drill,
    SlowLevers,
    event_time_s,
    make_short_plan,
    permanent_error,
    plan_region_loss,
    record_notes,
    step_id,
)
from tests.virtual_time import EPOCH


@pytest.mark.parametrize("name", SHIPPED_NAMES)
def test_a_drill_that_does_not_wait_shows_no_note(name: str) -> None:
    drill = Drill(FakeSystem(has_dns=name in DNS_NAMES), make_short_plan(name))
    notes = record_notes(drill)

    drill.run()

    assert notes == []


def test_waiting_for_the_steady_state_is_shown_at_once() -> None:
    drill = Drill(FakeSystem(error_share=0.5), make_short_plan("evacuate"))
    notes = record_notes(drill)

    drill.run()

    assert notes == [
        "waits for error-rate at most 1 % (it is 100 %), for 29 s at most;"
        " Ctrl-C ends the drill, and nothing has been changed"
    ]


def test_waiting_for_guards_is_shown_at_once() -> None:
    system = FakeSystem()
    system.inject(Fault(kind="control-stop"), 0.0)
    drill = Drill(system, make_short_plan("evacuate"))
    notes = record_notes(drill)

    closed = drill.run()

    assert closed.status == "refused"
    assert notes == [
        "dial of us-west-2 to 50 % waits until its guards pass, for 2:00 min at most;"
        " Ctrl-C ends the drill, and nothing has been changed"
    ]


def test_a_guard_that_refuses_in_the_method_rolls_back() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    system.on_change = lambda changed: (
        changed.unhealthy.add(HOME) if changed.dials[AWAY] == 50 else None
    )

    closed = drill.run()

    assert closed.status == "stopped"
    assert system.dials[AWAY] == 100
    assert f"dial {AWAY} 0" not in system.changes


def test_a_refusal_tells_the_reasons_of_its_worst_ruling() -> None:
    fine = GuardVerdict(guard="lease", ruling="ok", reason="ours")
    holds = GuardVerdict(guard="telemetry", ruling="hold", reason="no view")
    refuses = [
        GuardVerdict(guard=guard, ruling="refuse", reason="no") for guard in ("alarms", "outputs")
    ]

    assert GuardRefused("m1", (fine, holds)).why == "telemetry holds: no view"
    assert GuardRefused("m1", (fine, holds, *refuses)).why == (
        "alarms refuses: no; outputs refuses: no"
    )


def test_a_foreign_fault_that_begins_during_the_method_stops_the_drill_and_stays() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("gray-failure"))
    system.on_change = lambda changed: changed.faults.update({scope_of_fault(SLOW): SLOW})

    closed = drill.run()

    assert closed.status == "stopped"
    assert "standing-fault" in closed.why
    assert system.faults == {scope_of_fault(SLOW): SLOW}
    assert not [pull for pull in system.changes if "network" in pull]


@pytest.mark.parametrize("forced", [(), ("standing-fault",)])
def test_no_fault_is_injected_where_active_faults_are_unreadable(forced: tuple[str, ...]) -> None:
    system = FakeSystem(faults_unread=None)

    closed = Drill(system, plan_region_loss(*forced)).run()

    assert closed.status == "refused"
    assert "can't be read" in closed.why
    assert system.changes == []


class BlindTelemetry(FakeTelemetry):
    """Views that lack one setting of AWAY."""

    def __init__(self, system: FakeSystem, unread: str) -> None:
        super().__init__(system)
        self._unread = unread

    async def view(self) -> SystemView:
        view = await super().view()
        blind: dict[str, None] = {self._unread: None}
        if view.dns and self._unread in ("weight", "inverted"):
            return replace(view, dns={**view.dns, AWAY: replace(view.dns[AWAY], **blind)})  # type: ignore[arg-type]  # each may be None
        region = replace(view.regions[AWAY], **blind)  # type: ignore[arg-type]  # as above
        return replace(view, regions={**view.regions, AWAY: region})


@pytest.mark.parametrize(
    ("name", "unread"),
    [
        ("evacuate", "dial"),
        ("evacuate-by-health", "switch"),
        ("evacuate-by-weight", "weight"),
        ("failover-by-inverted-check", "inverted"),
    ],
)
def test_nothing_is_changed_of_which_it_is_not_known_how_it_was(name: str, unread: str) -> None:
    system = FakeSystem(has_dns=name in DNS_NAMES)
    drill = Drill(system, replace(make_short_plan(name), hypothesis=()))
    drill.ports["telemetry"] = BlindTelemetry(system, unread)

    closed = drill.run()

    assert closed.status == "refused"
    assert "how it is now can't be read, so it could not be put back" in closed.why
    assert system.changes == []


def test_a_switch_is_set_with_who_does_it_and_when_it_ends() -> None:
    system = FakeSystem()
    drill = Drill(system, build_plan("evacuate-by-health", {"expires": "10m"}))
    found: list[SwitchSetting] = []
    system.on_change = lambda changed: found.append(changed.switches[AWAY])

    drill.run()

    set_at = EPOCH + event_time_s(drill, "begun", step_id(drill.plan, SetSwitch))
    assert (found[0].status, found[0].by) == ("fail", IDENTITY.by)
    assert found[0].until_epoch_s == pytest.approx(set_at + 600.0, abs=1.0)


class TokenRecorder(FakeLevers):
    """Keeps the tokens of injections."""

    def __init__(self, system: FakeSystem) -> None:
        super().__init__(system)
        self.tokens: list[str] = []

    async def inject(self, fault: Fault, *, token: str) -> None:
        self.tokens.append(token)
        await super().inject(fault, token=token)


def test_all_attempts_of_an_injection_have_one_token() -> None:
    """An attempt whose answer was lost may have injected the fault."""
    system = FakeSystem(failures=[unreachable_error()])
    drill, levers = Drill(system, plan_region_loss()), TokenRecorder(system)
    drill.ports["levers"] = levers

    drill.run()

    first, again = levers.tokens
    assert first == again != ""


def test_the_cost_of_a_pause_counts_from_when_writes_stop_arriving() -> None:
    """On AWS, tables may go on replicating for 5 minutes after the action has begun.

    https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html
    """
    drill = Drill(FakeSystem(pause_delay_s=300.0), make_short_plan("replication-pause"))

    closed = drill.run()

    paused_s = event_time_s(drill, "done", step_id(drill.plan, InjectFault))
    assert closed.status == "met", closed.why
    assert event_time_s(drill, "begun", step_id(drill.plan, Pause)) > paused_s + 299.0


def test_a_transient_error_is_retried_and_journaled() -> None:
    system = FakeSystem(failures=[unreachable_error(), unreachable_error()])
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    assert closed.status in ("met", "missed")
    assert drill.kinds().count("retried") == 2


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (unreachable_error(), True),
        (permanent_error(), False),
        (AcceleratorBusy("arn:aws:globalaccelerator::1:accelerator/a"), True),
        (CommandFailed("twin region kill", "the twin is busy"), True),
        (CommandFailed("twin region kill", "no such Region", permanent=True), False),
        (MusterError("no"), False),
    ],
)
def test_an_attempt_is_made_again_where_that_may_help(error: MusterError, again: bool) -> None:
    assert is_worth_retry(error) is again


def test_a_permanent_error_rolls_back() -> None:
    system = FakeSystem(failures=[permanent_error()])
    before = system.state()
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    assert closed.status == "stopped"
    assert "AccessDenied" in closed.why
    assert system.state() == before


def test_a_dial_may_take_minutes_until_it_is_deployed() -> None:
    """AWS gives no figure; users of Terraform have seen more than 10 minutes.

    https://github.com/hashicorp/terraform-provider-aws/issues/17048
    """
    system = FakeSystem(deploy_s=600.0)
    before = system.state()

    closed = Drill(system, make_short_plan("evacuate")).run()

    assert closed.status == "missed"  # the fake probes don't write, so there is no recovery point
    assert system.state() == before


def test_an_api_that_does_not_answer_is_given_up_before_a_dials_budget_ends() -> None:
    system = FakeSystem(failures=[unreachable_error() for _ in range(200)])
    drill = Drill(system, make_short_plan("evacuate"))

    closed = drill.run()

    first = step_id(drill.plan, SetDial)
    assert closed.status == "stopped"
    assert (
        event_time_s(drill, "failed", first) - event_time_s(drill, "begun", first) <= STEP_BUDGET_S
    )


def test_a_step_is_aborted_when_the_last_refuge_is_lost_while_it_runs() -> None:
    system = FakeSystem()
    drill = Drill(system, make_short_plan("evacuate"))
    drill.ports = {"levers": SlowLevers(system, 0.0, HOME)}

    closed = drill.run()

    assert (closed.status, system.dials[AWAY]) == ("stopped", 100.0)
    assert f"dial {AWAY} 0" not in system.changes
    assert "last-healthy-region refuses by now" in closed.why


def test_a_step_is_not_aborted_for_a_guard_that_is_overridden() -> None:
    system = FakeSystem()
    plan = build_plan("evacuate", {"step": "50%"}, forced=("last-healthy-region",))
    drill = Drill(system, plan)
    drill.ports["levers"] = SlowLevers(system, 0.0, HOME)

    drill.run()

    assert f"dial {AWAY} 0" in system.changes
