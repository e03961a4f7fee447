"""What the commands of `muster drill` do: plan, start, continue and roll back a run.

Decides what a user reads before a run; `run_summary` has what they read after it. `drill_factory`
makes the parts of a run.
"""

import shutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from common.command.confirmation import NOT_CONFIRMED, confirm
from common.command.exit_codes import ExitCode
from muster.ci.files import CiFiles
from muster.cli.context import (
    CommandContext,
    announce_change,
    confirm_change,
    print_warning,
)
from muster.cli.drills.display import DisplayRequest, open_display
from muster.cli.drills.drill_factory import (
    RunnerParts,
    SignalHandler,
    begin_run,
    handle_signals,
    make_probe_plan,
    make_runner,
    opened_event,
    tell_others,
)
from muster.cli.drills.recovery import LeftBehind, find_unfinished, refuse_run_at_work
from muster.cli.drills.requests import DrillRequest, RunOptions
from muster.cli.drills.run_summary import ignoring_closed_output, muster_command, print_summary
from muster.cli.lease_holder import make_lease_holder
from muster.drill.guards.context import GuardContext
from muster.drill.guards.preflight import evaluate_steps, view_after
from muster.drill.journal.events import RunClosed
from muster.drill.journal.journal_file import DrillJournal, read_journal
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.journal.run_state import RunState
from muster.drill.plan.instructions import ClearFault, InjectFault, Pause, SetDial
from muster.drill.plan.model import DrillPlan
from muster.drill.plan.planner import PlanRequest, make_plan
from muster.drill.rollback.rollback_planner import events_from_lease, plan_from_lease
from muster.drill.run.lease import Lease, describe_way_out
from muster.drill.run.runner import DrillRunner
from muster.drill.scenario.parser import locate_errors
from muster.drill.view.format_text import format_findings
from muster.drill.view.live_view import ROLLBACK_HINT, RUN_HINT
from muster.errors import InvalidJournal, LeaseHeld, MusterError, NotConfirmed, UnknownRun
from muster.model import SystemView
from muster.probe import ProbePlan

if TYPE_CHECKING:
    from muster.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """What a runner is to do with a run."""

    action: Callable[[DrillRunner], Coroutine[Any, Any, RunClosed]]
    probes: ProbePlan | None = None
    """None: no probes are sent."""


ROLLBACK = RunTask(action=DrillRunner.roll_back)


async def make_drill_plan(deployment: "Deployment", request: DrillRequest) -> DrillPlan:
    """Raises InvalidScenario, InvalidParameter, FaultUnavailable."""
    plan_request = PlanRequest(
        parameters=request.parameters,
        targets=request.targets,
        limits=deployment.settings.limits,
        forced=request.forced,
        speed=await deployment.speed(),
    )
    view = await deployment.telemetry().view()
    if "lease" in request.forced:
        view = await _view_after_rollback(deployment, view)
    with locate_errors():
        plan = make_plan(request.scenario, plan_request, deployment.stack, view)
    faults = deployment.levers(notify=_ignore_note).faults
    for step in plan.steps:
        if isinstance(step.do, InjectFault | ClearFault):
            faults.check(step.do.fault)
    return plan


async def _view_after_rollback(deployment: "Deployment", view: SystemView) -> SystemView:
    """The view with the dials that a drill puts back as soon as its lease is overridden."""
    drill = await make_lease_holder(deployment).status("")
    found = drill.lease.found.dials if drill.lease and drill.state == "held" else {}
    for region, percent in found.items():
        view = view_after(view, SetDial(region=region, percent=percent))
    return view


async def plan_with_refusals(
    deployment: "Deployment", request: DrillRequest
) -> tuple[DrillPlan, list[str]]:
    """The plan, and a line for each finding for which a guard would refuse a step of it now."""
    plan = await make_drill_plan(deployment, request)
    lease = await make_lease_holder(deployment).status("")
    context = GuardContext(
        do=Pause(seconds=0.0),
        view=await deployment.telemetry().view(),
        limits=plan.limits,
        lease=lease,
        stack_alarms=deployment.stack.alarms,
        now=deployment.clock.now(),
    )
    first_steps: dict[str, str] = {}
    for step, verdicts in evaluate_steps(plan.steps, context, plan.forced):
        for finding in format_findings(one for one in verdicts if one.ruling == "refuse"):
            first_steps.setdefault(finding, step.id)  # one line, though it concerns many steps
    return plan, [f"{step}: {finding}" for finding, step in first_steps.items()]


async def start_run(
    context: CommandContext,
    deployment: "Deployment",
    request: DrillRequest,
    options: RunOptions,
    *,
    yes: bool,
) -> int:
    """Plan and run a drill; the exit code."""
    plan = await make_drill_plan(deployment, request)
    await announce_change(deployment, f"drill {plan.scenario}: {plan.title}")
    confirm_change(context, deployment, yes=yes)
    folder = RunFolders(deployment.settings.runs).new(plan.scenario, deployment.clock.now())
    # Before the journal is opened: a wrong probe plan must leave no run that could be resumed.
    probes = await _make_probes(deployment, folder, options)
    task = RunTask(action=DrillRunner.run, probes=probes)
    first = opened_event(deployment, folder.name, plan)
    with handle_signals() as signals, begin_run(deployment, folder, first) as journal:
        code = await execute_run(deployment, folder, journal, options, task, signals)
    write_ci_files(folder, options.ci_files)
    return code


async def continue_run(
    context: CommandContext, name: str | None, options: RunOptions, *, yes: bool, rollback: bool
) -> int:
    """Resume an unfinished run or roll it back; the exit code."""
    deployment = context.open_deployment()
    folder = await find_unfinished(deployment, name)
    if isinstance(folder, LeftBehind):
        _offer_rollback_from_lease(context, folder, rollback=rollback)
        return await roll_back_from_lease(context, options, yes=yes)
    action = "roll back" if rollback else "resume"
    await announce_change(deployment, f"{action} {folder.name}")
    _check_target(folder, deployment)
    confirm_change(context, deployment, yes=yes)
    journal, _ = DrillJournal.reopen(folder.journal, deployment.clock)
    with handle_signals() as signals, journal:
        if rollback:
            task = ROLLBACK
        else:
            probes = await _make_probes(deployment, folder, options)
            task = RunTask(action=DrillRunner.resume, probes=probes)
        code = await execute_run(deployment, folder, journal, options, task, signals)
    write_ci_files(folder, options.ci_files)
    return _rollback_exit_code(code) if rollback else code


def _offer_rollback_from_lease(
    context: CommandContext, drill: LeftBehind, *, rollback: bool
) -> None:
    """Ask on a terminal whether to roll back without the run's records. Raises UnknownRun."""
    if not (rollback and context.interactive):
        raise UnknownRun(drill.words)
    click.echo(drill.words, err=True)
    if not confirm("Restore its baseline from the lease?"):
        raise NotConfirmed(NOT_CONFIRMED)


async def roll_back_from_lease(context: CommandContext, options: RunOptions, *, yes: bool) -> int:
    """Restore the baseline that the lease holds, without the run's journal; the exit code."""
    deployment = context.open_deployment()
    lease = await make_lease_holder(deployment).read_left_behind()
    folder = RunFolder(deployment.settings.runs / lease.run)
    if folder.journal.exists():
        return await _remove_lease(context, deployment, folder, yes=yes)
    _check_lease_expired(lease, deployment, options)
    await announce_change(deployment, f"roll back {lease.describe(deployment.clock.now())}")
    confirm_change(context, deployment, yes=yes)
    bounds = deployment.settings.limits
    plan = plan_from_lease(lease, tuple(deployment.stack.regions), bounds, options.forced)
    first = opened_event(deployment, lease.run, plan)
    more = events_from_lease(lease, plan)
    with handle_signals() as signals, begin_run(deployment, folder, first, more) as journal:
        code = await execute_run(deployment, folder, journal, options, ROLLBACK, signals)
    return _rollback_exit_code(code)


async def _remove_lease(
    context: CommandContext, deployment: "Deployment", folder: RunFolder, *, yes: bool
) -> int:
    """Remove the lease that a finished run left in a Region that it could not reach."""
    refuse_run_at_work(folder)
    if not _read_state(folder).finished:
        raise UnknownRun(
            f"the run has a journal, in {folder.path}: use `muster drill rollback {folder.name}`"
        )
    await announce_change(deployment, f"{folder.name} is over: remove its lease")
    confirm_change(context, deployment, yes=yes)
    if await make_lease_holder(deployment).release(folder.name):
        return 0
    click.echo("a Region could not be reached: the lease may still be there", err=True)
    return ExitCode.ROLLBACK_INCOMPLETE


async def _make_probes(
    deployment: "Deployment", folder: RunFolder, options: RunOptions
) -> ProbePlan:
    return await make_probe_plan(
        deployment, folder, rate=options.rate, writes=options.writes, path=options.path
    )


async def execute_run(
    deployment: "Deployment",
    folder: RunFolder,
    journal: DrillJournal,
    options: RunOptions,
    task: RunTask,
    signals: SignalHandler,
) -> int:
    """Do the task with the run in the folder, show it as the options say; the exit code."""
    state = folder.read_state()
    request = DisplayRequest(
        plan=state.plan,
        run=folder.name,
        as_json=options.as_json,
        plain=options.plain,
        earlier=read_journal(folder.journal),
        hint=ROLLBACK_HINT if task is ROLLBACK else RUN_HINT,
    )
    with open_display(request, deployment.clock) as display:
        signals.listener = display
        parts = RunnerParts(
            deployment=deployment,
            folder=folder,
            journal=journal,
            state=state,
            probes=task.probes,
            forced=options.forced,
            require_trusted=options.require_trusted,
        )
        async with tell_others(parts, display) as listener:
            closed = await task.action(make_runner(parts, listener, signals.stop))
    if not options.as_json:
        with ignoring_closed_output():
            muster = muster_command(deployment.settings)
            is_twin = deployment.location.kind == "twin"
            has_command = not is_twin or shutil.which("muster") is not None
            print_summary(folder, closed, muster, has_command=has_command)
    return closed.exit_code


def write_ci_files(folder: RunFolder, ci_files: CiFiles) -> None:
    """Write those that are wanted, once the run's journal is closed.

    A file that can't be written is told, and leaves the exit code as it is.
    """
    if not ci_files.wanted:
        return
    from muster.report import load_report  # noqa: PLC0415 - most runs need no report

    try:
        ci_files.write(load_report(folder))
    except MusterError as exc:
        print_warning(str(exc))


def _read_state(folder: RunFolder) -> RunState:
    """Raises MusterError that names the way out without a journal."""
    try:
        return folder.read_state()
    except InvalidJournal as exc:
        raise MusterError(
            f"{exc}; the lease may still hold the baseline: move {folder.path} away, then run"
            " `muster drill rollback --from-lease`"
        ) from exc


def _check_target(folder: RunFolder, deployment: "Deployment") -> None:
    """Refuse to continue a run in another account or twin than its own."""
    opened = _read_state(folder).opened
    if opened.target != deployment.location.description:
        raise UnknownRun(
            f"run {folder.name} was on {opened.target}, but this is"
            f" {deployment.location.description}: name the other stack (--outputs, --stack), or"
            " `source .twin/env` of its twin"
        )


def _check_lease_expired(lease: Lease, deployment: "Deployment", options: RunOptions) -> None:
    now = deployment.clock.now()
    if lease.until > now and "lease" not in options.forced:
        way_out = describe_way_out(lease, "unknown", now)
        raise LeaseHeld(f"{lease.describe(now)} may still be running: {way_out}")


def _rollback_exit_code(code: int) -> int:
    """0 for a complete rollback, whatever the drill's own outcome was."""
    return code if code == ExitCode.ROLLBACK_INCOMPLETE else 0


def _ignore_note(_line: str) -> None:
    """For levers of which only checks are used."""
