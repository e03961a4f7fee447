"""The tool is killed, or stopped in other ugly ways, and another process finishes its drill.

Each entry of a drill's journal is a boundary: the process dies by SIGKILL as soon as the entry is
on the disk. Afterwards dials, switches and faults must be what they were before, asked of AWS's API
and of `twin status`; the lease must be gone, the journal whole, and no process left.
"""

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.checkout import Checkout
from tests.e2e.clients import FRANKFURT, PORTLAND
from tests.e2e.drill_workspace import (
    POLL_S,
    DrillWorkspace,
    EntryMatcher,
    JournalEntry,
    ObservedState,
    RunRecord,
    SystemObserver,
    at_entry,
    at_rollback_entry,
    open_workspace,
)
from tests.e2e.expired_credentials_proxy import serve_proxy
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, deployed_system
from tests.waiting import eventually

SCENARIO = Path(__file__).with_name("kills.yaml")
GENTLY = "--rate 20"
"""Few probes: the machine may have two cores, and the twin needs them more."""
RESUME = f"drill resume {GENTLY}"
KILLS = f"drill run {GENTLY} {SCENARIO} --region {OREGON_REGION} --other {FRANKFURT_REGION}"
QUICK = "--step 50 --pause 0.1s --hold 0.2s"
EVACUATE = f"drill run evacuate --region {OREGON_REGION} {QUICK} {GENTLY}"
LIMITS = "drain_factor=1,guard_hold_s=120,rollback_hold_s=60,steady_s=0.3"
VANTAGES = f"Frankfurt={FRANKFURT},Portland={PORTLAND}"
STEPS = [f"m{number}" for number in range(1, 11)]
EFFECTS = ["m1", "m3", "m4", "m5", "m7", "m9"]
"""The steps of kills.yaml that change something: dials, switch, faults."""
FAR = 4_000_000_000
"""An end of a switch that no test lives to see; seconds since 1970."""


@pytest.fixture
def eyes(deployed: Checkout) -> SystemObserver:
    return SystemObserver(deployed_system(deployed))


@pytest.fixture
def found(eyes: SystemObserver) -> Iterator[ObservedState]:
    """The system as each test finds it, and must leave it."""
    eyes.healthy()
    before = eyes.shown()
    yield before
    if eyes.shown() != before:
        eyes.put_back(before)


@pytest.fixture
def desk(eyes: SystemObserver, found: ObservedState, tmp_path: Path) -> Iterator[DrillWorkspace]:
    """Somebody's folder."""
    own = at_a_desk(eyes, tmp_path / "desk")
    yield own
    own.leave()


def at_a_desk(eyes: SystemObserver, folder: Path, **more: str) -> DrillWorkspace:
    plain = {"MUSTER_LIMITS": LIMITS, "MUSTER_VANTAGES": VANTAGES}
    return open_workspace(eyes.system, folder, **(plain | more))


def left_as_found(
    desk: DrillWorkspace, eyes: SystemObserver, run: RunRecord, found: ObservedState, *status: str
) -> None:
    """Everything that must be so when a drill has ended, however."""
    run.ended(*status)
    assert eyes.shown() == found
    eyes.no_lease()
    desk.nobody_is_left()


def reported(desk: DrillWorkspace, run: RunRecord) -> str:
    """The report can be made of it; the report's JSON."""
    desk.does(f"report {run.path.name}").ok()
    assert "<html" in (run.path / "report.html").read_text()[:500].lower()
    text = (run.path / "report.json").read_text()
    assert json.loads(text)
    return text


UNDOING = [at_rollback_entry("begun"), at_rollback_entry("done")] * 3
"""What kills.yaml leaves to the rollback: a dial, a switch, a fault."""


def boundaries() -> list[EntryMatcher]:
    """Every boundary of a run of kills.yaml, in its order."""
    return [
        at_entry("opened"),
        at_entry("found"),
        at_entry("phase", "steady-state"),
        *(at_entry(kind, step) for step in STEPS for kind in ("begun", "done")),
        at_entry("phase", "targets"),
        at_entry("phase", "rollback"),
        *UNDOING,
        at_entry("phase", "closing"),
    ]


def test_a_drill_that_is_killed_at_every_boundary_is_finished_by_resume(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    points = boundaries()
    kills = desk.killed_at_each(KILLS, points, RESUME)

    done = desk.does(RESUME)

    sys.stdout.write(f"\nkilled {len(kills)} times at {len(points)} boundaries\n")
    assert len(kills) > len(points) / 2
    assert done.code == 0, done.output
    (run,) = desk.runs()
    left_as_found(desk, eyes, run, found, "met")
    assert {entry["step"] for entry in run.entries() if entry["kind"] == "done"} >= set(STEPS)
    assert "left out" not in reported(desk, run)
    assert run.path.name in desk.does("drill history").ok().output


PUT_BACK = [
    ("opened", ""),
    ("found", ""),
    ("phase", "steady-state"),
    *((kind, step) for step in EFFECTS for kind in ("begun", "done")),
    ("begun", "r"),
    ("done", "r"),
    ("phase", "closing"),
]
"""Where the world differs; a step that only waits leaves it as the step before did."""


@pytest.mark.parametrize("point", PUT_BACK, ids=lambda point: " ".join(point).strip())
def test_a_drill_that_is_killed_at_a_boundary_is_put_back_by_rollback(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState, point: tuple[str, str]
) -> None:
    run = desk.killed(KILLS, at_entry(*point))

    done = desk.does("drill rollback")

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, found, "stopped")


def test_a_drill_that_is_killed_in_the_midst_of_a_call_is_put_back(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    watched = desk.watched(KILLS, at_entry("begun", "m3"))
    eventually(lambda: eyes.dials()[OREGON_REGION] == 20, pause_s=POLL_S)
    run = watched.kill()

    done = desk.does("drill rollback")

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, found, "stopped")
    reported(desk, run)


def test_a_rollback_that_is_killed_at_every_boundary_is_finished_by_another(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    run = desk.killed(KILLS, at_entry("done", "m9"))
    line = "drill rollback"
    points = [
        at_entry("resumed"),
        at_entry("phase", "rollback"),
        *UNDOING,
        at_entry("phase", "closing"),
    ]
    desk.killed_at_each(line, points, line)

    done = desk.does("drill rollback")

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, found, "stopped")
    assert run.last()["exit_code"] == 4
    reported(desk, run)


# -- shipped scenarios


def test_a_killed_evacuation_goes_on(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    begun = [at_entry("begun", step) for step in ("m3", "m4", "m5", "m8")]
    run, *_ = desk.killed_at_each(EVACUATE, [*begun, at_entry("done", "m8")], RESUME)

    done = desk.does(RESUME)

    assert done.code in (0, 1), done.output
    assert done.code == run.last()["exit_code"]
    left_as_found(desk, eyes, run, found, "met", "missed")
    reported(desk, run)


def test_a_lost_region_is_lost_once_and_comes_back(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    line = f"drill run region-loss --region {OREGON_REGION} --hold 0.2s {GENTLY}"
    points = (at_entry("begun", "m1"), at_entry("done", "m1"), at_entry("begun", "m6"))
    run, *_ = desk.killed_at_each(line, points, RESUME)

    done = desk.does(RESUME)

    assert done.code in (0, 1), done.output
    eyes.healthy()
    left_as_found(desk, eyes, run, found, "met", "missed")
    reported(desk, run)


def test_without_its_home_region_a_killed_drill_is_put_back(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    """The lease lies in the home Region; it is held in the next one meanwhile."""
    run = desk.killed(
        f"drill run region-loss --region {FRANKFURT_REGION} {GENTLY}", at_entry("done", "m1")
    )

    done = desk.does("drill rollback")

    assert done.code == 0, done.output
    eyes.healthy()
    left_as_found(desk, eyes, run, found, "stopped")


# -- other ugly ways


def test_another_machine_puts_back_what_the_lease_says(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState, tmp_path: Path
) -> None:
    desk.killed(KILLS, at_entry("done", "m9"))
    other = at_a_desk(eyes, tmp_path / "other")

    early = other.does("drill rollback --from-lease")
    eyes.age_lease()
    run = other.killed("drill rollback --from-lease", at_entry("begun", "r"))
    done = other.does("drill rollback")

    assert (early.code, done.code) == (3, 0), early.output + done.output
    assert "still at work" in early.output
    left_as_found(other, eyes, run, found, "stopped")
    reported(other, run)
    assert desk.does("drill rollback").code == 0  # it comes too late, and does no harm
    left_as_found(desk, eyes, desk.runs()[0], found, "stopped")


def test_torn_last_lines_are_left_out(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    """A loss of power may cut what was not on the disk yet."""
    run = desk.killed(KILLS, at_entry("done", "m5"))
    desk.nobody_is_left()
    with (run.path / "journal.jsonl").open("ab") as file:
        file.write(b'{"n":99,"at_s":1.0,"kind":"beg')
    for name in ("samples.jsonl", "sightings.jsonl", "views.jsonl"):
        whole = (run.path / name).read_bytes()
        (run.path / name).write_bytes(whole[:-7])

    done = desk.does(RESUME)

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, found, "met")
    assert "left out" not in reported(desk, run)


def test_credentials_that_expire_leave_the_rest_to_later(
    eyes: SystemObserver, found: ObservedState, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html"""
    endpoint = eyes.system.checkout.environment()["AWS_ENDPOINT_URL"]
    impatient = LIMITS.replace("hold_s=120", "hold_s=2").replace("hold_s=60", "hold_s=2")
    with serve_proxy(endpoint) as door:
        more = {"AWS_ENDPOINT_URL": door.url, "MUSTER_LIMITS": impatient}
        desk = at_a_desk(eyes, tmp_path / "desk", **more)
        watched = desk.watched(EVACUATE, at_entry("begun", "m3"))
        door.expired = True
        ended = watched.ends()
        size = watched.run.size()
        refused = desk.does(RESUME)
        unchanged = watched.run.size() == size
        door.expired = False
        done = desk.does(RESUME)

    assert (ended.code, refused.code, done.code) == (5, 2, 4), ended.output + done.output
    assert "Expired" in ended.output
    assert "credentials are refused" in refused.output
    assert unchanged
    left_as_found(desk, eyes, watched.run, found, "stopped")
    reported(desk, watched.run)


def test_a_drill_is_resumed_while_no_control_plane_answers(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState
) -> None:
    def holds(entry: JournalEntry) -> bool:
        judged = entry.get("verdicts", ())
        return ("accelerator-deployed", "hold") in [(v["guard"], v["ruling"]) for v in judged]

    run = desk.killed(KILLS, at_entry("done", "m1"))
    eyes.system.twin("control stop")
    # Somebody else's fault: with it nothing is injected, unless that is asked for.
    watched = desk.watched(f"{RESUME} --force standing-fault", holds)
    eyes.system.twin("control start", within_s=90)

    done = watched.ends()

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, found, "met")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_puts_everything_back_also_when_it_comes_twice(
    desk: DrillWorkspace, eyes: SystemObserver, found: ObservedState, number: signal.Signals
) -> None:
    watched = desk.watched(KILLS, at_entry("done", "m5"))
    watched.signal(number)
    watched.signal(number)

    done = watched.ends()

    assert done.code == 4, done.output
    left_as_found(desk, eyes, watched.run, found, "stopped")


@pytest.mark.parametrize(("patience_s", "insist"), [(2, False), (900, True)])
def test_a_rollback_sends_nobody_to_an_unhealthy_region_and_is_finished_later(
    eyes: SystemObserver, found: ObservedState, tmp_path: Path, patience_s: int, insist: bool
) -> None:
    limits = LIMITS.replace("rollback_hold_s=60", f"rollback_hold_s={patience_s}")
    desk = at_a_desk(eyes, tmp_path / "desk", MUSTER_LIMITS=limits)
    watched = desk.watched(EVACUATE, at_entry("begun", "m4"))
    eyes.system.put_switch(OREGON_REGION, "fail", FAR)
    eventually(lambda: eyes.endpoints()[OREGON_REGION] == "UNHEALTHY", within_s=60)
    watched.signal(signal.SIGTERM)
    eventually(lambda: "held" in watched.run.kinds(), within_s=60)
    if insist:
        watched.signal(signal.SIGTERM)

    ended = watched.ends()
    dial = eyes.dials()[OREGON_REGION]
    eyes.system.put_switch(OREGON_REGION, "auto", 0)
    eyes.healthy()
    done = desk.does("drill rollback")

    assert (ended.code, done.code) == (5, 0), ended.output + done.output
    assert f"{OREGON_REGION} is unhealthy now, no traffic is sent there" in ended.output
    assert f"muster drill rollback {watched.run.path.name}" in ended.output
    assert dial < 100
    left_as_found(desk, eyes, watched.run, found, "stopped")
    reported(desk, watched.run)


# -- what was found is not what is declared


@pytest.fixture
def failed_over(eyes: SystemObserver, found: ObservedState) -> Iterator[ObservedState]:
    """Somebody has switched a Region off, with an end and a reason, and turned its dial down."""
    eyes.system.turn(OREGON_REGION, 60)
    eyes.system.put_switch(OREGON_REGION, "fail", FAR)
    eventually(lambda: eyes.endpoints()[OREGON_REGION] == "UNHEALTHY", within_s=60)
    yield eyes.shown()
    eyes.put_back(found)


def test_a_killed_failback_goes_back_to_what_was_found_or_to_its_end(
    eyes: SystemObserver, failed_over: ObservedState, tmp_path: Path
) -> None:
    desk = at_a_desk(eyes, tmp_path / "desk")
    line = (
        f"drill run failback --region {OREGON_REGION} --step 20 --pause 0.1s --hold 0.1s {GENTLY}"
    )

    first = desk.killed(line, at_entry("done", "m3"))
    back = desk.does("drill rollback")
    assert back.code == 0, back.output
    assert failed_over.switches[OREGON_REGION] == ("fail", str(FAR), "test", "e2e")
    left_as_found(desk, eyes, first, failed_over, "stopped")
    second = desk.killed(line, at_entry("begun", "m3"))
    on = desk.does(RESUME)

    assert on.code in (0, 1), on.output
    second.ended("met", "missed")
    assert eyes.dials() == {FRANKFURT_REGION: 100, OREGON_REGION: 100}
    assert eyes.switch(OREGON_REGION)[0] == "auto"
    eyes.no_lease()


def test_a_switch_found_at_pass_gets_back_its_end_and_its_reason(
    eyes: SystemObserver, found: ObservedState, tmp_path: Path
) -> None:
    eyes.system.put_switch(OREGON_REGION, "pass", FAR)
    passing = eyes.shown()
    desk = at_a_desk(eyes, tmp_path / "desk")
    line = f"drill run evacuate-by-health --region {OREGON_REGION} {GENTLY}"

    run = desk.killed(line, at_entry("done", "m1"))
    done = desk.does("drill rollback")

    assert done.code == 0, done.output
    left_as_found(desk, eyes, run, passing, "stopped")
    assert passing.switches[OREGON_REGION] == ("pass", str(FAR), "test", "e2e")
