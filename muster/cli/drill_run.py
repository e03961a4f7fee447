"""What the commands of `muster drill` do: plan, run, take up, roll back.

Decides what is said before and after a run. Everything is put together in `drill_wiring`.
"""

import os
import shlex
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from muster import moments
from muster.cli import drill_wiring as wiring
from muster.cli.context import Context, announce, confirm
from muster.cli.drill_figures import figures
from muster.cli.drill_options import Asked, Manner, check_names
from muster.config import Level
from muster.drill import foresee, limits, planner, rescue
from muster.drill.catalogue import find
from muster.drill.context import Context as GuardContext
from muster.drill.entries import Closed
from muster.drill.execute import Runner
from muster.drill.instructions import Clear, Hold, Inject
from muster.drill.journal import Journal
from muster.drill.lease import Lease
from muster.drill.plan import Plan
from muster.drill.runs import RunFolder, Runs
from muster.drill.scenario import located
from muster.drill.state import RunState
from muster.drill.view import JsonLines, Lines, Picture, Show
from muster.drill.words import findings
from muster.errors import JournalWrong, LeaseHeld, MusterError, RunUnknown
from muster.probe import Plan as ProbePlan

if TYPE_CHECKING:
    from muster.config import Settings
    from muster.deployment import Deployment

INCOMPLETE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is done with a run."""

    how: Callable[[Runner], Coroutine[Any, Any, Closed]]
    probes: ProbePlan | None = None
    """None: nothing is probed."""


ROLLBACK = _Work(how=Runner.roll_back)


async def plan_of(deployment: "Deployment", asked: Asked) -> Plan:
    """The plan of what is asked for. Raises ScenarioWrong, ParameterWrong, FaultUnavailable."""
    settings = deployment.settings
    scenario = find(asked.name, settings.scenarios)
    with located():
        check_names(scenario)
    wish = planner.Wish(
        parameters=asked.parameters,
        targets=asked.targets,
        limits=limits.read(settings.limits, settings.origin("limits").words),
        forced=asked.forced,
    )
    view = await deployment.telemetry().view()
    with located():
        plan = planner.make(scenario, wish, deployment.stack, view)
    faults = deployment.levers(notify=_silent).faults
    for step in plan.steps:
        if isinstance(step.do, Inject | Clear):
            faults.check(step.do.fault)
    return plan


async def judged(deployment: "Deployment", asked: Asked) -> tuple[Plan, list[str]]:
    """The plan, and what the guards refuse of it as the system is now, in words."""
    plan = await plan_of(deployment, asked)
    standing = await wiring.leases(deployment).standing("")
    now = GuardContext(
        do=Hold(seconds=0.0),
        view=await deployment.telemetry().view(),
        limits=plan.limits,
        lease=standing.state,
        lease_words=standing.words,
        lease_way_out=standing.way_out,
        at=deployment.clock.now(),
    )
    refused: dict[str, str] = {}
    for step, verdicts in foresee.verdicts(plan.steps, now, plan.forced):
        for told in findings(one for one in verdicts if one.ruling == "refuse"):
            refused.setdefault(told, step.id)  # of many steps that it concerns, the first
    return plan, [f"{step}: {told}" for told, step in refused.items()]


async def run(
    context: Context, deployment: "Deployment", asked: Asked, manner: Manner, *, yes: bool
) -> int:
    """A new run; its exit code."""
    plan = await plan_of(deployment, asked)
    await announce(deployment, f"drill {plan.scenario}: {plan.title}")
    confirm(context, deployment, yes=yes)
    folder = Runs(deployment.settings.runs).fresh(plan.scenario, deployment.clock.now())
    # Before there is a journal: what can't be probed so must leave no run to go on with.
    work = _Work(how=Runner.run, probes=await _probes(deployment, folder, manner))
    first = wiring.opened(deployment, folder.name, plan)
    with wiring.signals() as ear, wiring.begin(deployment, folder, first) as journal:
        return await _go(deployment, folder, journal, manner, work, ear)


async def take_up(
    context: Context, name: str | None, manner: Manner, *, yes: bool, rollback: bool
) -> int:
    """Resume a run or roll it back; the exit code."""
    deployment = context.deployment()
    folder = _unfinished(Runs(deployment.settings.runs), name)
    what = "roll back" if rollback else "resume"
    await announce(deployment, f"{what} {folder.name}")
    _check_target(folder, deployment)
    confirm(context, deployment, yes=yes)
    journal, _ = Journal.reopen(folder.journal, deployment.clock)
    with wiring.signals() as ear, journal:
        if rollback:
            work = ROLLBACK
        else:
            work = _Work(how=Runner.resume, probes=await _probes(deployment, folder, manner))
        code = await _go(deployment, folder, journal, manner, work, ear)
    return _of_rollback(code) if rollback else code


async def rescue_from_lease(context: Context, manner: Manner, *, yes: bool) -> int:
    """Put back what the lease says, without the run's journal; the exit code."""
    deployment = context.deployment()
    lease = await wiring.leases(deployment).left_behind()
    folder = RunFolder(deployment.settings.runs / lease.run)
    if folder.journal.exists():
        return await _remove_lease(context, deployment, folder, yes=yes)
    _check_left(lease, deployment, manner)
    await announce(deployment, f"roll back {lease.words(deployment.clock.now())}")
    confirm(context, deployment, yes=yes)
    bounds = limits.read(deployment.settings.limits, deployment.settings.origin("limits").words)
    plan = rescue.plan(lease, tuple(deployment.stack.regions), bounds, manner.forced)
    first = wiring.opened(deployment, lease.run, plan)
    more = rescue.entries(lease, plan)
    with wiring.signals() as ear, wiring.begin(deployment, folder, first, more) as journal:
        return _of_rollback(await _go(deployment, folder, journal, manner, ROLLBACK, ear))


async def _remove_lease(
    context: Context, deployment: "Deployment", folder: RunFolder, *, yes: bool
) -> int:
    """Remove what a run that is over has left, where a Region could not be reached then."""
    if not _read(folder).finished:
        raise RunUnknown(f"the journal is here: muster drill rollback {folder.name}")
    await announce(deployment, f"{folder.name} is over: remove its lease")
    confirm(context, deployment, yes=yes)
    if await wiring.leases(deployment).give_back(folder.name):
        return 0
    click.echo("a Region could not be asked: the lease may still be there", err=True)
    return INCOMPLETE


async def _probes(deployment: "Deployment", folder: RunFolder, manner: Manner) -> ProbePlan:
    traffic = wiring.Traffic(rate=manner.rate, writes=manner.writes, path=manner.path)
    return await wiring.probe_plan(deployment, folder, traffic)


async def _go(
    deployment: "Deployment",
    folder: RunFolder,
    journal: Journal,
    manner: Manner,
    work: _Work,
    ear: wiring.Ear,
) -> int:
    state = folder.state()
    with _show(deployment, state.plan, folder, manner) as show:
        ear.listener = show
        runner = wiring.runner(
            wiring.Parts(
                deployment=deployment,
                folder=folder,
                journal=journal,
                state=state,
                probes=work.probes,
                forced=manner.forced,
            ),
            show,
            ear.stop,
        )
        closed = await work.how(runner)
    with nobody_reads():
        _tell(folder, closed, manner, program(deployment.settings))
    return closed.exit_code


@contextmanager
def nobody_reads() -> Iterator[None]:
    """Say what may be said in vain: whether anybody reads it or not, the exit code tells.

    A reader (`| head`) may have left, and a closed terminal takes nothing any more.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())


def _show(deployment: "Deployment", plan: Plan, folder: RunFolder, manner: Manner) -> Show:
    if manner.as_json:
        return JsonLines(deployment.clock)
    if manner.plain or not sys.stdout.isatty():
        return Lines(deployment.clock)
    return Picture(plan, folder.name, deployment.clock)


def program(settings: "Settings") -> str:
    """How the tool is called so that it finds the same runs."""
    if settings.origin("runs").level is not Level.FLAG:
        return "muster"
    return f"muster --runs {shlex.quote(str(settings.runs))}"


def _tell(folder: RunFolder, closed: Closed, manner: Manner, muster: str) -> None:
    if manner.as_json:
        return
    click.echo()
    result = folder.result() or {}
    if result.get("requests"):
        for name, value in figures(result):
            click.echo(f"  {name:<10}{value}")
    click.echo(f"records: {folder.path}")
    click.echo(f"report:  {muster} report {folder.name}")
    if closed.status == "incomplete":
        click.echo(f"go on:   {muster} drill rollback {folder.name}", err=True)


def _unfinished(runs: Runs, name: str | None) -> RunFolder:
    if name is not None:
        return runs.find(name)
    newest = next(runs.unfinished(), None)
    if newest is None:
        raise RunUnknown(f"no run in {runs.folder} is unfinished; see muster drill history")
    return newest


def _read(folder: RunFolder) -> RunState:
    """What its journal means. Raises MusterError with what can be done without it."""
    try:
        return folder.state()
    except JournalWrong as exc:
        raise MusterError(
            f"{exc}; the lease may still tell what was found: move {folder.path} away, then"
            " `muster drill rollback --from-lease`"
        ) from exc


def _check_target(folder: RunFolder, deployment: "Deployment") -> None:
    """A run is taken up where it was begun, and nowhere else."""
    opened = _read(folder).opened
    if opened is not None and opened.target != deployment.place.words:
        raise RunUnknown(
            f"run {folder.name} was on {opened.target}, but this is {deployment.place.words}"
        )


def _check_left(lease: Lease, deployment: "Deployment", manner: Manner) -> None:
    now = deployment.clock.now()
    if lease.until > now and "lease" not in manner.forced:
        raise LeaseHeld(
            f"{lease.words(now)} is perhaps still at work; stop it there, or wait until"
            f" {moments.at(lease.until, now)}, when its lease expires unless it is renewed, or"
            " override it (--force lease)"
        )


def _of_rollback(code: int) -> int:
    """A rollback that was asked for and came to its end did what it should."""
    return code if code == INCOMPLETE else 0


def _silent(_line: str) -> None:
    """Checking a fault tells nothing."""
