"""All checks in one table: from readings to findings. Pure.

Thresholds say what a drill or a deployment needs; a source is named where the figure is AWS's.
"""

from collections.abc import Callable, Iterator

from muster.doctor.model import (
    ConcurrencyReading,
    Finding,
    QuotaReading,
    Readings,
    Unread,
    Verdict,
)
from muster.doctor.system_checks import (
    check_alarms,
    check_dials,
    check_faults,
    check_health,
    check_lease,
    check_outputs,
    check_unread,
)
from muster.formatting import format_duration, format_moment, format_percent
from muster.measure.quality import LATE_S, MAX_LATE_SHARE

SHORT_CREDENTIALS_S = 3600.0
"""A drill with its rollback may last as long."""
MAX_CLOCK_OFF_S = 10.0
"""The ends of switches and leases are this machine's times, and a lease lasts a minute."""
ENOUGH_CONCURRENCY = 200.0
"""Of new accounts AWS says that they may have less than the usual 1,000, and it keeps 100
unreserved: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LEFT_UNRESERVED = 100.0
"""A reservation that leaves less is refused:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
SIGN_IN = "sign in to AWS anew, in a way that lasts longer than the drill or renews itself"

Check = Callable[[Readings], Iterator[Finding]]


def check_credentials(readings: Readings) -> Iterator[Finding]:
    caller = readings.caller
    if isinstance(caller, Unread):
        yield _finding("credentials", "unknown", caller.why, "sign in to AWS, and ask again")
        return
    who = f"{caller.arn}, account {caller.account}"
    if caller.ends_epoch_s is None:
        if caller.temporary and readings.target == "aws":
            todo = "make sure that they outlast the drill"
            yield _finding("credentials", "note", f"{who}: temporary, their end is not known", todo)
        else:
            yield _finding("credentials", "ok", f"{who}: they do not end")
        return
    left_s = caller.ends_epoch_s - readings.now
    if left_s < SHORT_CREDENTIALS_S:
        what = f"{who}: they end in {format_duration(max(0.0, left_s))}"
        yield _finding("credentials", "wrong", what, SIGN_IN)
        return
    ends = format_moment(caller.ends_epoch_s, readings.now)
    yield _finding("credentials", "ok", f"{who}: until {ends}")


def check_account(readings: Readings) -> Iterator[Finding]:
    stack, caller = readings.stack, readings.caller
    if isinstance(stack, Unread) or isinstance(caller, Unread) or not stack.account:
        return
    if stack.account != caller.account:
        what = f"the credentials are of account {caller.account}, the stack is in {stack.account}"
        yield _finding("account", "wrong", what, "use credentials of the stack's account")
    else:
        yield _finding("account", "ok", f"the stack is in account {stack.account}, as you are")


def check_clock(readings: Readings) -> Iterator[Finding]:
    caller = readings.caller
    if isinstance(caller, Unread):
        return
    off_s = caller.clock_ahead_s
    if off_s is None:
        yield _finding("clock", "unknown", "the answer of STS has no time", "compare it by hand")
    elif abs(off_s) > MAX_CLOCK_OFF_S:
        way = "ahead of" if off_s > 0 else "behind"
        what = f"this machine's clock is {format_duration(abs(off_s))} {way} AWS's"
        yield _finding("clock", "wrong", what, "set it by NTP: `timedatectl set-ntp true`")
    else:
        yield _finding("clock", "ok", "this machine's clock agrees with AWS's")


def check_concurrency(readings: Readings) -> Iterator[Finding]:
    for reading in readings.concurrency:
        if isinstance(reading, Unread):
            todo = "allow lambda:GetAccountSettings"
            yield _finding("concurrency", "unknown", reading.why, todo)
        else:
            yield _judge_concurrency(reading, readings.reserves)


def _judge_concurrency(reading: ConcurrencyReading, reserves: int) -> Finding:
    what = (
        f"{reading.region}: Lambda may run {reading.limit:g} at once,"
        f" {reading.unreserved:g} of them unreserved"
    )
    if reading.limit < ENOUGH_CONCURRENCY:
        what = f"{what}: too few to carry a lost Region"
        return _finding("concurrency", "wrong", what, _more_concurrency(reading))
    if reserves and reading.unreserved - reserves < LEFT_UNRESERVED:
        todo = f"{_more_concurrency(reading)}, or lower muster:reserved_concurrency"
        what = f"{what}, and the stack reserves {reserves}: Lambda must be left {LEFT_UNRESERVED:g}"
        return _finding("concurrency", "wrong", what, todo)
    return _finding("concurrency", "ok", what)


def _more_concurrency(reading: ConcurrencyReading) -> str:
    return (
        "ask for more: `aws service-quotas request-service-quota-increase --service-code lambda"
        f" --quota-code L-B99A9384 --desired-value 1000 --region {reading.region}`"
    )


def check_quotas(readings: Readings) -> Iterator[Finding]:
    if readings.target == "twin":
        yield _finding("quotas", "note", "a twin has no Service Quotas: nothing to compare")
    for quota in readings.quotas:
        yield _judge_quota(quota)


def _judge_quota(quota: QuotaReading) -> Finding:
    what = f"{quota.region}: {quota.name}"
    for reading in (quota.limit, quota.used):
        if isinstance(reading, Unread):
            todo = "allow it by docs/iam/doctor.json, or look in the Service Quotas console"
            return _finding("quotas", "unknown", f"{what}: {reading.why}", todo)
    limit, used = quota.limit, quota.used
    assert not isinstance(limit, Unread) and not isinstance(used, Unread)  # noqa: S101, PT018 - above
    numbers = f"{what}: {used:g} of {limit:g} are used"
    if used + quota.needs > limit:
        todo = "ask for more in the Service Quotas console, or delete what is not needed"
        return _finding("quotas", "wrong", f"{numbers}, and the stack needs {quota.needs:g}", todo)
    return _finding("quotas", "ok", numbers)


def check_permissions(readings: Readings) -> Iterator[Finding]:
    found = readings.permissions
    if found is None:
        return
    if isinstance(found, Unread):
        todo = "allow iam:SimulatePrincipalPolicy and iam:GetRole, or compare with docs/iam.md"
        verdict: Verdict = "note" if readings.target == "twin" else "unknown"
        yield _finding("permissions", verdict, found.why, todo)
        return
    for one in found:
        if not one.allowed:
            what = f"{one.action} on {one.resource} is not allowed: no {one.purpose}"
            yield _finding("permissions", "wrong", what, "compare your policies with docs/iam.md")
    if found and all(one.allowed for one in found):
        what = f"{len(found)} actions are allowed: by the policy simulator, or to the root user"
        yield _finding("permissions", "ok", what)


def check_places(readings: Readings) -> Iterator[Finding]:
    if isinstance(readings.places, Unread):
        todo = "name vantage points (MUSTER_VANTAGES), or bring the twin up"
        yield _finding("prober", "unknown", readings.places.why, todo)
        return
    for place in readings.places:
        if place.error:
            what = f"this machine can't send from {place.name} ({place.source}): {place.error}"
            todo = "give an address of this machine (`ip address`), or none"
            yield _finding("prober", "wrong", what, todo)
    if readings.target == "aws" and len(readings.places) == 1:
        what = "one vantage point: users of the Regions that are not nearest are not measured"
        todo = "drill a Region from a machine near it, or name vantage points"
        yield _finding("prober", "note", what, todo)


def check_lateness(readings: Readings) -> Iterator[Finding]:
    share = format_percent(readings.late_share)
    what = f"{share} of short sleeps end more than {LATE_S * 1000:.0f} ms late"
    if readings.late_share > MAX_LATE_SHARE:
        todo = "end other work on this machine, or measure from one with more processors"
        yield _finding("lateness", "wrong", f"{what}: numbers would be in doubt", todo)
    else:
        yield _finding("lateness", "ok", what)


def check_destinations(readings: Readings) -> Iterator[Finding]:
    for one in readings.destinations:
        if one.problem:
            yield _finding("notices", "wrong", f"{one.name}: {one.problem}", one.todo)
        else:
            what = f"{one.name} is well-formed; `muster notify` tries it"
            yield _finding("notices", "ok", what)


CHECKS: tuple[Check, ...] = (
    check_credentials,
    check_account,
    check_clock,
    check_outputs,
    check_unread,
    check_concurrency,
    check_quotas,
    check_permissions,
    check_health,
    check_dials,
    check_faults,
    check_lease,
    check_alarms,
    check_destinations,
    check_places,
    check_lateness,
)
"""In the order in which findings are shown."""


def find_all(readings: Readings) -> tuple[Finding, ...]:
    """The findings of every check."""
    return tuple(finding for check in CHECKS for finding in check(readings))


def _finding(check: str, verdict: Verdict, what: str, todo: str = "") -> Finding:
    return Finding(check=check, verdict=verdict, what=what, todo=todo)
