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

from muster.cli.context import CommandContext, announce_change, confirm_change
from muster.cli.drill_factory import (
    ProbeTraffic,
    RunnerParts,
    SignalHandler,
    begin_run,
    handle_signals,
    make_leases,
    make_probe_plan,
    make_runner,
    opened_event,
)
from muster.cli.drill_options import DrillRequest, RunOptions, check_parameter_names
from muster.config import OriginLevel
from muster.drill.guards.context import GuardContext
from muster.drill.guards.preflight import evaluate_steps
from muster.drill.journal.events import RunClosed
from muster.drill.journal.journal_file import DrillJournal
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.journal.run_state import RunState
from muster.drill.plan.instructions import ClearFault, InjectFault, Pause
from muster.drill.plan.limits import parse_limits
from muster.drill.plan.model import DrillPlan
from muster.drill.plan.planner import PlanRequest, make_plan
from muster.drill.rollback.recover_from_lease import events_from_lease, plan_from_lease
from muster.drill.run.lease import Lease
from muster.drill.run.runner import DrillRunner
from muster.drill.scenario.catalogue import find_scenario
from muster.drill.scenario.model import locate_errors
from muster.drill.view.format_text import format_findings
from muster.drill.view.live_view import JsonLog, LiveView, PlainLog, RunDisplay
from muster.errors import InvalidJournal, LeaseHeld, MusterError, UnknownRun
from muster.formatting import format_moment
from muster.probe import ProbePlan

if TYPE_CHECKING:
    from muster.config import MusterSettings
    from muster.deployment import Deployment
from collections.abc import Mapping

from muster.drill.view.format_text import format_failed

EXIT_ROLLBACK_INCOMPLETE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is done with a run."""

    how: Callable[[DrillRunner], Coroutine[Any, Any, RunClosed]]
    probes: ProbePlan | None = None
    """None: nothing is probed."""


ROLLBACK = _Work(how=DrillRunner.roll_back)


async def make_drill_plan(deployment: "Deployment", asked: DrillRequest) -> DrillPlan:
    """The plan of what is asked for. Raises ScenarioWrong, ParameterWrong, FaultUnavailable."""
    settings = deployment.settings
    scenario = find_scenario(asked.name, settings.scenarios)
    with locate_errors():
        check_parameter_names(scenario)
    wish = PlanRequest(
        parameters=asked.parameters,
        targets=asked.targets,
        limits=parse_limits(settings.limits, settings.origin("limits").words),
        forced=asked.forced,
    )
    view = await deployment.telemetry().view()
    with locate_errors():
        plan = make_plan(scenario, wish, deployment.stack, view)
    faults = deployment.levers(notify=_silent).faults
    for step in plan.steps:
        if isinstance(step.do, InjectFault | ClearFault):
            faults.check(step.do.fault)
    return plan


async def plan_with_refusals(
    deployment: "Deployment", asked: DrillRequest
) -> tuple[DrillPlan, list[str]]:
    """The plan, and what the guards refuse of it as the system is now, in words."""
    plan = await make_drill_plan(deployment, asked)
    standing = await make_leases(deployment).standing("")
    now = GuardContext(
        do=Pause(seconds=0.0),
        view=await deployment.telemetry().view(),
        limits=plan.limits,
        lease=standing.state,
        lease_words=standing.words,
        lease_way_out=standing.way_out,
        at=deployment.clock.now(),
    )
    refused: dict[str, str] = {}
    for step, verdicts in evaluate_steps(plan.steps, now, plan.forced):
        for told in format_findings(one for one in verdicts if one.ruling == "refuse"):
            refused.setdefault(told, step.id)  # of many steps that it concerns, the first
    return plan, [f"{step}: {told}" for told, step in refused.items()]


async def start_run(
    context: CommandContext,
    deployment: "Deployment",
    asked: DrillRequest,
    manner: RunOptions,
    *,
    yes: bool,
) -> int:
    """A new run; its exit code."""
    plan = await make_drill_plan(deployment, asked)
    await announce_change(deployment, f"drill {plan.scenario}: {plan.title}")
    confirm_change(context, deployment, yes=yes)
    folder = RunFolders(deployment.settings.runs).fresh(plan.scenario, deployment.clock.now())
    # Before there is a journal: what can't be probed so must leave no run to go on with.
    work = _Work(how=DrillRunner.run, probes=await _probes(deployment, folder, manner))
    first = opened_event(deployment, folder.name, plan)
    with handle_signals() as ear, begin_run(deployment, folder, first) as journal:
        return await _go(deployment, folder, journal, manner, work, ear)


async def continue_run(
    context: CommandContext, name: str | None, manner: RunOptions, *, yes: bool, rollback: bool
) -> int:
    """Resume a run or roll it back; the exit code."""
    deployment = context.deployment()
    folder = _unfinished(RunFolders(deployment.settings.runs), name)
    what = "roll back" if rollback else "resume"
    await announce_change(deployment, f"{what} {folder.name}")
    _check_target(folder, deployment)
    confirm_change(context, deployment, yes=yes)
    journal, _ = DrillJournal.reopen(folder.journal, deployment.clock)
    with handle_signals() as ear, journal:
        if rollback:
            work = ROLLBACK
        else:
            work = _Work(how=DrillRunner.resume, probes=await _probes(deployment, folder, manner))
        code = await _go(deployment, folder, journal, manner, work, ear)
    return _of_rollback(code) if rollback else code


async def roll_back_from_lease(context: CommandContext, manner: RunOptions, *, yes: bool) -> int:
    """Put back what the lease says, without the run's journal; the exit code."""
    deployment = context.deployment()
    lease = await make_leases(deployment).left_behind()
    folder = RunFolder(deployment.settings.runs / lease.run)
    if folder.journal.exists():
        return await _remove_lease(context, deployment, folder, yes=yes)
    _check_left(lease, deployment, manner)
    await announce_change(deployment, f"roll back {lease.words(deployment.clock.now())}")
    confirm_change(context, deployment, yes=yes)
    bounds = parse_limits(deployment.settings.limits, deployment.settings.origin("limits").words)
    plan = plan_from_lease(lease, tuple(deployment.stack.regions), bounds, manner.forced)
    first = opened_event(deployment, lease.run, plan)
    more = events_from_lease(lease, plan)
    with handle_signals() as ear, begin_run(deployment, folder, first, more) as journal:
        return _of_rollback(await _go(deployment, folder, journal, manner, ROLLBACK, ear))


async def _remove_lease(
    context: CommandContext, deployment: "Deployment", folder: RunFolder, *, yes: bool
) -> int:
    """Remove what a run that is over has left, where a Region could not be reached then."""
    if not _read(folder).finished:
        raise UnknownRun(f"the journal is here: muster drill rollback {folder.name}")
    await announce_change(deployment, f"{folder.name} is over: remove its lease")
    confirm_change(context, deployment, yes=yes)
    if await make_leases(deployment).give_back(folder.name):
        return 0
    click.echo("a Region could not be asked: the lease may still be there", err=True)
    return EXIT_ROLLBACK_INCOMPLETE


async def _probes(deployment: "Deployment", folder: RunFolder, manner: RunOptions) -> ProbePlan:
    traffic = ProbeTraffic(rate=manner.rate, writes=manner.writes, path=manner.path)
    return await make_probe_plan(deployment, folder, traffic)


async def _go(
    deployment: "Deployment",
    folder: RunFolder,
    journal: DrillJournal,
    manner: RunOptions,
    work: _Work,
    ear: SignalHandler,
) -> int:
    state = folder.state()
    with _show(deployment, state.plan, folder, manner) as show:
        ear.listener = show
        runner = make_runner(
            RunnerParts(
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
    with ignoring_closed_output():
        _tell(folder, closed, manner, muster_command(deployment.settings))
    return closed.exit_code


@contextmanager
def ignoring_closed_output() -> Iterator[None]:
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


def _show(
    deployment: "Deployment", plan: DrillPlan, folder: RunFolder, manner: RunOptions
) -> RunDisplay:
    if manner.as_json:
        return JsonLog(deployment.clock)
    if manner.plain or not sys.stdout.isatty():
        return PlainLog(deployment.clock)
    return LiveView(plan, folder.name, deployment.clock)


def muster_command(settings: "MusterSettings") -> str:
    """How the tool is called so that it finds the same runs."""
    if settings.origin("runs").level is not OriginLevel.FLAG:
        return "muster"
    return f"muster --runs {shlex.quote(str(settings.runs))}"


def _tell(folder: RunFolder, closed: RunClosed, manner: RunOptions, muster: str) -> None:
    if manner.as_json:
        return
    click.echo()
    result = folder.result() or {}
    if result.get("requests"):
        for name, value in summary_rows(result):
            click.echo(f"  {name:<10}{value}")
    click.echo(f"records: {folder.path}")
    click.echo(f"report:  {muster} report {folder.name}")
    if closed.status == "incomplete":
        click.echo(f"go on:   {muster} drill rollback {folder.name}", err=True)


def _unfinished(runs: RunFolders, name: str | None) -> RunFolder:
    if name is not None:
        return runs.find(name)
    newest = next(runs.unfinished(), None)
    if newest is None:
        raise UnknownRun(f"no run in {runs.folder} is unfinished; see muster drill history")
    return newest


def _read(folder: RunFolder) -> RunState:
    """What its journal means. Raises MusterError with what can be done without it."""
    try:
        return folder.state()
    except InvalidJournal as exc:
        raise MusterError(
            f"{exc}; the lease may still tell what was found: move {folder.path} away, then"
            " `muster drill rollback --from-lease`"
        ) from exc


def _check_target(folder: RunFolder, deployment: "Deployment") -> None:
    """A run is taken up where it was begun, and nowhere else."""
    opened = _read(folder).opened
    if opened is not None and opened.target != deployment.place.words:
        raise UnknownRun(
            f"run {folder.name} was on {opened.target}, but this is {deployment.place.words}"
        )


def _check_left(lease: Lease, deployment: "Deployment", manner: RunOptions) -> None:
    now = deployment.clock.now()
    if lease.until > now and "lease" not in manner.forced:
        raise LeaseHeld(
            f"{lease.words(now)} is perhaps still at work; stop it there, or wait until"
            f" {format_moment(lease.until, now)}, when its lease expires unless it is renewed, or"
            " override it (--force lease)"
        )


def _of_rollback(code: int) -> int:
    """A rollback that was asked for and came to its end did what it should."""
    return code if code == EXIT_ROLLBACK_INCOMPLETE else 0


def _silent(_line: str) -> None:
    """Checking a fault tells nothing."""


def summary_rows(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values, in order, of what result.json says."""
    rto, rpo, items = (result.get(name) for name in ("rto_s", "rpo_s", "rpo_items"))
    doubts = result.get("doubts")
    return [
        ("RTO", f"{rto:.2f} s" if isinstance(rto, float) else "not measured"),
        ("RPO", f"{rpo:.2f} s, {items} items" if isinstance(rpo, float) else "not measured"),
        *(("", told) for told in _recovery_by_region(result)),
        ("requests", _format_requests(result)),
        *(("doubt", str(doubt)) for doubt in (doubts if isinstance(doubts, list) else ())),
    ]


def _recovery_by_region(result: Mapping[str, Any]) -> list[str]:
    """Each surviving Region's recovery point, where there are several: the run's is the worst."""
    recovery = (result.get("summary") or {}).get("recovery") or {}
    regions = recovery.get("regions", ())
    return [
        f"in {one['region']} {one['rpo_s']:.2f} s, {one['missing_items']} items"
        if "rpo_s" in one
        else f"in {one['region']} not measured"
        for one in (regions if len(regions) > 1 else ())
    ]


def _format_requests(result: Mapping[str, Any]) -> str:
    """All of them, of every cohort. The errors told during the drill are of new connections."""
    requests, failed = result.get("requests", 0), result.get("failed", 0)
    kinds = ", ".join(_format_failures(result))
    return f"{requests}, {format_failed(failed, requests)}{f': {kinds}' if kinds else ''}"


def _format_failures(result: Mapping[str, Any]) -> Iterator[str]:
    failures = (result.get("summary") or {}).get("failures") or {}
    for cohort, kinds in failures.items():
        for kind, count in kinds.items():
            yield f"{cohort} {count} x {kind}"
