"""The tool is killed, interrupted or cut off from AWS, and another process finishes its drill.

Each entry of a drill's journal is a boundary: the process is killed with SIGKILL as soon as the
entry is on the disk. Afterwards dials, switches and faults must be as before, by AWS's APIs and
`twin status`; the lease must be gone, the journal complete, and no process left.
"""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.drills.drill_workspace import (
    POLL_S,
    DrillWorkspace,
    EntryMatcher,
    JournalEntry,
    RunRecord,
    at_entry,
    at_rollback_entry,
    open_workspace,
)
from tests.e2e.drills.expired_credentials_proxy import serve_proxy
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, deployed_system
from tests.e2e.system_state import ObservedState, SystemObserver
from tests.waiting import eventually

SCENARIO = Path(__file__).with_name("every_lever.yaml")
LOW_RATE = "--rate 20"
"""Few probes: the machine may have two cores, and the twin needs them more."""
RESUME = f"drill resume {LOW_RATE}"
EVERY_LEVER = f"drill run {LOW_RATE} {SCENARIO} --region {OREGON_REGION} --other {FRANKFURT_REGION}"
QUICK = "--step 50 --pause 0.1s --hold 0.2s"
EVACUATE = f"drill run evacuate --region {OREGON_REGION} {QUICK} {LOW_RATE}"
LIMITS = "drain_factor=1,guard_hold_s=120,rollback_hold_s=60,steady_s=0.3"
VANTAGES = f"Frankfurt={FRANKFURT},Portland={PORTLAND}"
STEPS = [f"m{signal_number}" for signal_number in range(1, 11)]
CHANGING_STEPS = ["m1", "m3", "m4", "m5", "m7", "m9"]
"""The steps of every_lever.yaml that change a dial, a switch or a fault."""
FAR_FUTURE = 4_000_000_000
"""An end of a switch that no test reaches; seconds since 1970."""


@pytest.fixture
def observer(deployed: Checkout) -> SystemObserver:
    return SystemObserver(deployed_system(deployed))


@pytest.fixture
def baseline(observer: SystemObserver) -> Iterator[ObservedState]:
    """State before the test, which the test must restore."""
    observer.wait_until_healthy()
    before = observer.read_state()
    yield before
    if observer.read_state() != before:
        observer.restore(before)


@pytest.fixture
def workspace(
    observer: SystemObserver, baseline: ObservedState, tmp_path: Path
) -> Iterator[DrillWorkspace]:
    opened = open_fast_workspace(observer, tmp_path / "desk")
    yield opened
    opened.kill_started()


def open_fast_workspace(observer: SystemObserver, folder: Path, **variables: str) -> DrillWorkspace:
    defaults = {"MUSTER_LIMITS": LIMITS, "MUSTER_VANTAGES": VANTAGES}
    return open_workspace(observer.system, folder, **(defaults | variables))


def assert_left_as_found(
    workspace: DrillWorkspace,
    observer: SystemObserver,
    run: RunRecord,
    baseline: ObservedState,
    *status: str,
) -> None:
    """The drill ended with one of these statuses and restored the baseline."""
    run.assert_closed(*status)
    assert observer.read_state() == baseline
    observer.wait_until_no_lease()
    workspace.wait_for_processes()


def make_report(workspace: DrillWorkspace, run: RunRecord) -> str:
    """Make the run's report; its JSON."""
    workspace.run(f"report {run.path.name}").ok()
    assert "<html" in (run.path / "report.html").read_text()[:500].lower()
    text = (run.path / "report.json").read_text()
    assert json.loads(text)
    return text


ROLLBACK_ENTRIES = [at_rollback_entry("begun"), at_rollback_entry("done")] * 3
"""The rollback steps of every_lever.yaml: a dial, a switch, a fault."""


def all_boundaries() -> list[EntryMatcher]:
    """Every boundary of a run of every_lever.yaml, in order."""
    return [
        at_entry("opened"),
        at_entry("found"),
        at_entry("phase", "steady-state"),
        *(at_entry(kind, step) for step in STEPS for kind in ("begun", "done")),
        at_entry("phase", "targets"),
        at_entry("phase", "rollback"),
        *ROLLBACK_ENTRIES,
        at_entry("phase", "closing"),
    ]


def test_a_drill_that_is_killed_at_every_boundary_is_finished_by_resume(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    points = all_boundaries()
    kills = workspace.kill_at_each(EVERY_LEVER, points, RESUME)

    done = workspace.run(RESUME)

    sys.stdout.write(f"\nkilled {len(kills)} times at {len(points)} boundaries\n")
    assert len(kills) > len(points) / 2
    assert done.code == 0, done.output
    (run,) = workspace.run_records()
    assert_left_as_found(workspace, observer, run, baseline, "met")
    assert {entry["step"] for entry in run.entries() if entry["kind"] == "done"} >= set(STEPS)
    assert "left out" not in make_report(workspace, run)
    assert run.path.name in workspace.run("drill history").ok().output


ROLLBACK_POINTS = [
    ("opened", ""),
    ("found", ""),
    ("phase", "steady-state"),
    *((kind, step) for step in CHANGING_STEPS for kind in ("begun", "done")),
    ("begun", "r"),
    ("done", "r"),
    ("phase", "closing"),
]
"""Boundaries between which the system changes; steps that only wait are left out."""


@pytest.mark.parametrize("point", ROLLBACK_POINTS, ids=lambda point: " ".join(point).strip())
def test_a_drill_that_is_killed_at_a_boundary_is_rolled_back(
    workspace: DrillWorkspace,
    observer: SystemObserver,
    baseline: ObservedState,
    point: tuple[str, str],
) -> None:
    run = workspace.kill_at(EVERY_LEVER, at_entry(*point))

    done = workspace.run("drill rollback")

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, baseline, "stopped")


def test_a_drill_that_is_killed_during_a_call_is_rolled_back(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    drill = workspace.run_until(EVERY_LEVER, at_entry("begun", "m3"))
    eventually(lambda: observer.dials()[OREGON_REGION] == 20, pause_s=POLL_S)
    run = drill.kill()

    done = workspace.run("drill rollback")

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, baseline, "stopped")
    make_report(workspace, run)


def test_a_rollback_that_is_killed_at_every_boundary_is_finished_by_another(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    run = workspace.kill_at(EVERY_LEVER, at_entry("done", "m9"))
    line = "drill rollback"
    points = [
        at_entry("resumed"),
        at_entry("phase", "rollback"),
        *ROLLBACK_ENTRIES,
        at_entry("phase", "closing"),
    ]
    workspace.kill_at_each(line, points, line)

    done = workspace.run("drill rollback")

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, baseline, "stopped")
    assert run.last()["exit_code"] == 4
    make_report(workspace, run)


# -- shipped scenarios


def test_a_killed_evacuation_is_resumed(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    begun = [at_entry("begun", step) for step in ("m3", "m4", "m5", "m8")]
    run, *_ = workspace.kill_at_each(EVACUATE, [*begun, at_entry("done", "m8")], RESUME)

    done = workspace.run(RESUME)

    assert done.code in (0, 1), done.output
    assert done.code == run.last()["exit_code"]
    assert_left_as_found(workspace, observer, run, baseline, "met", "missed")
    make_report(workspace, run)


def test_a_killed_region_loss_injects_once_and_recovers(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    line = f"drill run region-loss --region {OREGON_REGION} --hold 0.2s {LOW_RATE}"
    points = (at_entry("begun", "m1"), at_entry("done", "m1"), at_entry("begun", "m6"))
    run, *_ = workspace.kill_at_each(line, points, RESUME)

    done = workspace.run(RESUME)

    assert done.code in (0, 1), done.output
    observer.wait_until_healthy()
    assert_left_as_found(workspace, observer, run, baseline, "met", "missed")
    make_report(workspace, run)


def test_a_killed_drill_is_rolled_back_without_its_home_region(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    """The lease is in the home Region; meanwhile the next Region holds it."""
    run = workspace.kill_at(
        f"drill run region-loss --region {FRANKFURT_REGION} {LOW_RATE}", at_entry("done", "m1")
    )

    done = workspace.run("drill rollback")

    assert done.code == 0, done.output
    observer.wait_until_healthy()
    assert_left_as_found(workspace, observer, run, baseline, "stopped")


# -- other interruptions


def test_another_machine_restores_the_baseline_of_the_lease(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState, tmp_path: Path
) -> None:
    workspace.kill_at(EVERY_LEVER, at_entry("done", "m9"))
    other = open_fast_workspace(observer, tmp_path / "other")

    early = other.run("drill rollback --from-lease")
    observer.expire_lease()
    run = other.kill_at("drill rollback --from-lease", at_entry("begun", "r"))
    done = other.run("drill rollback")

    assert (early.code, done.code) == (3, 0), early.output + done.output
    assert "may still be running" in early.output
    assert_left_as_found(other, observer, run, baseline, "stopped")
    make_report(other, run)
    assert workspace.run("drill rollback").code == 0  # too late, and harmless
    assert_left_as_found(workspace, observer, workspace.run_records()[0], baseline, "stopped")


def test_incomplete_last_lines_are_ignored(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    """A power failure may cut off what was not on the disk yet."""
    run = workspace.kill_at(EVERY_LEVER, at_entry("done", "m5"))
    workspace.wait_for_processes()
    with (run.path / "journal.jsonl").open("ab") as file:
        file.write(b'{"n":99,"at_s":1.0,"kind":"beg')
    for name in ("samples.jsonl", "sightings.jsonl", "views.jsonl"):
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content[:-7])

    done = workspace.run(RESUME)

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, baseline, "met")
    assert "left out" not in make_report(workspace, run)


def test_expired_credentials_make_a_drill_incomplete_until_resumed(
    observer: SystemObserver, baseline: ObservedState, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html"""
    endpoint = observer.system.checkout.environment()["AWS_ENDPOINT_URL"]
    short_limits = LIMITS.replace("hold_s=120", "hold_s=2").replace("hold_s=60", "hold_s=2")
    with serve_proxy(endpoint) as proxy:
        variables = {"AWS_ENDPOINT_URL": proxy.url, "MUSTER_LIMITS": short_limits}
        workspace = open_fast_workspace(observer, tmp_path / "desk", **variables)
        drill = workspace.run_until(EVACUATE, at_entry("begun", "m3"))
        proxy.expired = True
        ended = drill.wait()
        size = drill.run.size()
        refused = workspace.run(RESUME)
        unchanged = drill.run.size() == size
        proxy.expired = False
        done = workspace.run(RESUME)

    assert (ended.code, refused.code, done.code) == (5, 2, 4), ended.output + done.output
    assert "Expired" in ended.output
    assert "credentials are refused" in refused.output
    assert unchanged
    assert_left_as_found(workspace, observer, drill.run, baseline, "stopped")
    make_report(workspace, drill.run)


def test_a_drill_is_resumed_while_no_control_plane_answers(
    workspace: DrillWorkspace, observer: SystemObserver, baseline: ObservedState
) -> None:
    def guard_holds(entry: JournalEntry) -> bool:
        verdicts = entry.get("verdicts", ())
        return ("accelerator-deployed", "hold") in [(v["guard"], v["ruling"]) for v in verdicts]

    run = workspace.kill_at(EVERY_LEVER, at_entry("done", "m1"))
    observer.system.run_twin("control stop")
    # A fault of another origin: a guard refuses to inject beside it unless forced.
    drill = workspace.run_until(f"{RESUME} --force standing-fault", guard_holds)
    observer.system.run_twin("control start --during-drill", within_s=90)

    done = drill.wait()

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, baseline, "met")


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_rolls_back_also_when_it_is_sent_twice(
    workspace: DrillWorkspace,
    observer: SystemObserver,
    baseline: ObservedState,
    signal_number: signal.Signals,
) -> None:
    drill = workspace.run_until(EVERY_LEVER, at_entry("done", "m5"))
    drill.send_signal(signal_number)
    drill.send_signal(signal_number)

    done = drill.wait()

    assert done.code == 4, done.output
    assert_left_as_found(workspace, observer, drill.run, baseline, "stopped")


@pytest.mark.parametrize(("hold_s", "interrupt_twice"), [(2, False), (900, True)])
def test_a_rollback_sends_no_traffic_to_an_unhealthy_region_and_is_finished_later(
    observer: SystemObserver,
    baseline: ObservedState,
    tmp_path: Path,
    hold_s: int,
    interrupt_twice: bool,
) -> None:
    limits = LIMITS.replace("rollback_hold_s=60", f"rollback_hold_s={hold_s}")
    workspace = open_fast_workspace(observer, tmp_path / "desk", MUSTER_LIMITS=limits)
    drill = workspace.run_until(EVACUATE, at_entry("begun", "m4"))
    observer.system.put_switch(OREGON_REGION, "fail", FAR_FUTURE)
    eventually(lambda: observer.endpoint_states()[OREGON_REGION] == "UNHEALTHY", within_s=60)
    drill.send_signal(signal.SIGTERM)
    eventually(lambda: "held" in drill.run.entry_kinds(), within_s=60)
    if interrupt_twice:
        drill.send_signal(signal.SIGTERM)

    ended = drill.wait()
    dial = observer.dials()[OREGON_REGION]
    observer.system.put_switch(OREGON_REGION, "auto", 0)
    observer.wait_until_healthy()
    done = workspace.run("drill rollback")

    assert (ended.code, done.code) == (5, 0), ended.output + done.output
    assert f"{OREGON_REGION} is unhealthy now, no traffic is sent there" in ended.output
    assert f"muster drill rollback {drill.run.path.name}" in ended.output
    assert dial < 100
    assert_left_as_found(workspace, observer, drill.run, baseline, "stopped")
    make_report(workspace, drill.run)


# -- a baseline that differs from the declared state


@pytest.fixture
def failed_over(observer: SystemObserver, baseline: ObservedState) -> Iterator[ObservedState]:
    """A Region whose switch is at fail, with an end and a reason, and whose dial is turned down."""
    observer.system.set_dial(OREGON_REGION, 60)
    observer.system.put_switch(OREGON_REGION, "fail", FAR_FUTURE)
    eventually(lambda: observer.endpoint_states()[OREGON_REGION] == "UNHEALTHY", within_s=60)
    yield observer.read_state()
    observer.restore(baseline)


def test_a_killed_failback_is_rolled_back_or_resumed(
    observer: SystemObserver, failed_over: ObservedState, tmp_path: Path
) -> None:
    workspace = open_fast_workspace(observer, tmp_path / "desk")
    line = (
        f"drill run failback --region {OREGON_REGION} --step 20 --pause 0.1s --hold 0.1s {LOW_RATE}"
    )

    first = workspace.kill_at(line, at_entry("done", "m3"))
    rolled_back = workspace.run("drill rollback")
    assert rolled_back.code == 0, rolled_back.output
    assert failed_over.switches[OREGON_REGION] == ("fail", str(FAR_FUTURE), "test", "e2e")
    assert_left_as_found(workspace, observer, first, failed_over, "stopped")
    second = workspace.kill_at(line, at_entry("begun", "m3"))
    resumed = workspace.run(RESUME)

    assert resumed.code in (0, 1), resumed.output
    second.assert_closed("met", "missed")
    assert observer.dials() == {FRANKFURT_REGION: 100, OREGON_REGION: 100}
    assert observer.switch(OREGON_REGION)[0] == "auto"
    observer.wait_until_no_lease()


def test_a_switch_at_pass_gets_its_end_and_reason_back(
    observer: SystemObserver, baseline: ObservedState, tmp_path: Path
) -> None:
    observer.system.put_switch(OREGON_REGION, "pass", FAR_FUTURE)
    passing = observer.read_state()
    workspace = open_fast_workspace(observer, tmp_path / "desk")
    line = f"drill run evacuate-by-health --region {OREGON_REGION} {LOW_RATE}"

    run = workspace.kill_at(line, at_entry("done", "m1"))
    done = workspace.run("drill rollback")

    assert done.code == 0, done.output
    assert_left_as_found(workspace, observer, run, passing, "stopped")
    assert passing.switches[OREGON_REGION] == ("pass", str(FAR_FUTURE), "test", "e2e")
