"""The checks of a deployed stack: outputs, health, dials, faults, lease, alarms. Pure."""

from collections.abc import Iterator

from muster.doctor.model import Finding, Readings, Unread
from muster.formatting import format_duration
from muster.levers import describe_active_fault
from muster.model import RegionView, SystemView
from muster.system.diagnostics import REFRESH_OUTPUTS


def _view(readings: Readings) -> SystemView | None:
    return readings.view if isinstance(readings.view, SystemView) else None


def check_outputs(readings: Readings) -> Iterator[Finding]:
    stack, view = readings.stack, _view(readings)
    if isinstance(stack, Unread):
        if readings.deploys:
            what = "not read: this is about a first deployment"
            yield Finding(check="outputs", verdict="note", what=what)
        else:
            what = f"no outputs of a stack: {stack.why}"
            yield Finding(check="outputs", verdict="wrong", what=what, todo=_NAME_THE_STACK)
        return
    if view and view.outdated:
        what = f"older than the newest deployment: {'; '.join(view.outdated)}"
        yield Finding(check="outputs", verdict="wrong", what=what, todo=REFRESH_OUTPUTS)
    elif stack.kept_age_s is not None:
        what = f"Pulumi's state backend gave none; kept ones of {format_duration(stack.kept_age_s)}"
        todo = "an emergency works with these; for a deployment look at the backend"
        yield Finding(check="outputs", verdict="note", what=f"{what} ago are used", todo=todo)
    elif stack.notice:
        todo = "make the folder .muster writable"
        yield Finding(check="outputs", verdict="wrong", what=stack.notice, todo=todo)
    else:
        yield Finding(check="outputs", verdict="ok", what=f"read from {stack.source}")


_NAME_THE_STACK = (
    "name the stack (--stack, --outputs); before a first deployment name its configuration:"
    " `muster doctor --deployment Pulumi.prod.yaml`"
)


def check_unread(readings: Readings) -> Iterator[Finding]:
    if isinstance(readings.view, Unread):
        todo = "see credentials, account and network"
        yield Finding(check="readings", verdict="unknown", what=readings.view.why, todo=todo)
    view = _view(readings)
    for problem in view.problems if view else ():
        if NO_SUCH_ALARM not in problem:
            todo = "a missing permission is in docs/iam.md; else the Region or service is down"
            yield Finding(check="readings", verdict="unknown", what=problem, todo=todo)


def check_health(readings: Readings) -> Iterator[Finding]:
    view = _view(readings)
    if view is None:
        return
    before = len(view.problems)
    if view.accelerator_enabled is False:
        todo = "enable it: `aws globalaccelerator update-accelerator --enabled ...`"
        yield Finding(check="health", verdict="wrong", what="the accelerator is off", todo=todo)
    if view.accelerator_status == "IN_PROGRESS":
        what = "a change of the accelerator is under way"
        yield Finding(check="health", verdict="wrong", what=what, todo="wait until it is DEPLOYED")
    sick = [one for region in view.regions.values() for one in _sick(region)]
    for what in sick:
        todo = "repair it first: a drill needs a healthy Region to go to"
        yield Finding(check="health", verdict="wrong", what=what, todo=todo)
    if not sick and not before:
        what = f"{', '.join(view.regions)}: healthy"
        yield Finding(check="health", verdict="ok", what=what)


def _sick(region: RegionView) -> Iterator[str]:
    if region.endpoint not in (None, "HEALTHY"):
        yield f"{region.region}: the accelerator sees its load balancer as {region.endpoint}"
    if region.target not in (None, "healthy"):
        yield f"{region.region}: its load balancer sees the function as {region.target}"


def check_dials(readings: Readings) -> Iterator[Finding]:
    view = _view(readings)
    if view is None:
        return
    undeclared = tuple(_undeclared(view))
    held = readings.lease is not None and readings.lease.state == "held"
    first = "after the drill that is under way: " if held else ""
    for what, todo in undeclared:
        yield Finding(check="dials", verdict="wrong", what=what, todo=f"{first}`{todo}`")
    if not undeclared and not view.problems:
        yield Finding(check="dials", verdict="ok", what="dials and switches are as declared")


def _undeclared(view: SystemView) -> Iterator[tuple[str, str]]:
    """What is not as declared, and the command that makes it so."""
    for region in view.regions.values():
        name = region.region
        if region.dial is not None and region.dial != region.declared_dial:
            what = f"{name}: the dial is at {region.dial:g} %, declared {region.declared_dial:g} %"
            yield what, f"muster dial {name} {region.declared_dial:g}"
        if region.switch and region.switch.status != "auto":
            what = f"{name}: health switch at {region.switch.status}, by {region.switch.by or '?'}"
            yield what, f"muster health {name} auto"
    for record in (view.dns or {}).values():
        if record.inverted:
            what = f"{record.region}: its health check in Route 53 is inverted"
            yield what, f"muster dns invert {record.region} off"


def check_faults(readings: Readings) -> Iterator[Finding]:
    view = _view(readings)
    if view is None:
        return
    for fault in view.faults or ():
        where = f" {fault.region}" if fault.region else ""
        todo = f"`muster fault clear {fault.kind}{where}`, unless another drill injected it"
        what = describe_active_fault(fault, readings.now)
        yield Finding(check="faults", verdict="wrong", what=what, todo=todo)
    if view.faults == () and not view.faults_unread:
        yield Finding(check="faults", verdict="ok", what="none stands")


def check_lease(readings: Readings) -> Iterator[Finding]:
    lease = readings.lease
    if lease is None:
        return
    match lease.state:
        case "free" | "ours" | "gone":
            yield Finding(check="lease", verdict="ok", what="no drill is under way")
        case "held":
            what = f"a drill is under way: {lease.words}"
            yield Finding(check="lease", verdict="wrong", what=what, todo=lease.way_out)
        case "unfinished":
            what = f"a drill has left its lease: {lease.words}"
            yield Finding(check="lease", verdict="wrong", what=what, todo=lease.way_out)
        case "unknown":
            what = f"the lease can't be read {lease.words}"
            todo = "allow dynamodb:GetItem of the control table"
            yield Finding(check="lease", verdict="unknown", what=what, todo=todo)


NO_SUCH_ALARM = "there is no such alarm"


def check_alarms(readings: Readings) -> Iterator[Finding]:
    view = _view(readings)
    if view is None:
        return
    if not view.alarms:
        what = "no alarm is watched: guard `alarms` has nothing to go by"
        todo = "declare them (muster:alarms), or name others: --alarms REGION:NAME,..."
        yield Finding(check="alarms", verdict="note", what=what, todo=todo)
    for name, state in view.alarms.items():
        missing = any(
            NO_SUCH_ALARM in problem and name.partition(":")[2] in problem
            for problem in view.problems
        )
        if state == "OK":
            yield Finding(check="alarms", verdict="ok", what=f"{name} is OK")
        elif missing:
            todo = "correct its name or Region, or declare it"
            yield Finding(check="alarms", verdict="wrong", what=f"there is no {name}", todo=todo)
        elif state == "ALARM":
            todo = "see why before a drill adds to it"
            yield Finding(check="alarms", verdict="wrong", what=f"{name} is in ALARM", todo=todo)
        elif state is not None:
            todo = "a drill holds until it has data"
            yield Finding(check="alarms", verdict="wrong", what=f"{name} has no data", todo=todo)
