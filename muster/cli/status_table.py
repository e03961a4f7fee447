"""Text output of `muster status`: a table of at most 80 columns, and warnings under it.

A narrower terminal gets a block of lines for each Region instead.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from muster.aws.account import StackLocation
from muster.cli.console import print_rows, stdout_console
from muster.cli.status import SystemStatus
from muster.drill.run.lease import describe_drill
from muster.formatting import format_duration, format_percent
from muster.model import (
    DnsOutputs,
    DnsRecordView,
    RegionView,
    Stack,
    SwitchSetting,
    SystemView,
)
from muster.system.diagnostics import connection_shares, list_warnings
from muster.system.dns_answers import PlaceAnswer
from muster.system.dns_reader import CheckerReport, DnsDoorStatus
from muster.terminal import BAD, GOOD, WARNING

UNKNOWN = Text("?", style=WARNING)
UNMEASURED = Text("-", style="dim")


def print_status(
    place: StackLocation,
    stack: Stack,
    found: SystemStatus,
    now: float,
    console: Console | None = None,
) -> None:
    """Print the status. `now` in seconds since 1970."""
    console, view = console or stdout_console(), found.view
    answered = view.account is not None
    console.print(Text(place.description if answered else place.address, style="bold"))
    if "accelerator" in view.doors:
        console.print(_format_accelerator(stack, view))
    console.print()
    _print_regions(console, view, now)
    if stack.dns is not None:
        console.print()
        _print_dns_door(console, stack.dns, view, found.door)
    warnings, problems = _list_lines(place, stack, found, now)
    if warnings or problems:
        console.print()
    for line in warnings:
        console.print(Text(f"! {line}", style=WARNING))
    for line in problems:
        console.print(Text(f"? {line}", style=WARNING))


def _list_lines(
    place: StackLocation, stack: Stack, found: SystemStatus, now: float
) -> tuple[list[str], list[str]]:
    """The warnings, and what could not be read."""
    view, drill = found.view, found.drill
    if view.twin_gone and view.account is None:  # nothing could be read, for this one reason
        return [], [f"nothing listens at {place.endpoint_url}: `make up` starts the twin"]
    warnings, problems = list_warnings(stack, view, now), list(view.problems)
    if drill.state == "unknown":
        problems.append(f"whether a drill is under way could not be read {drill.words}")
    elif drill.state != "free":
        warnings = [describe_drill(drill), *warnings]
    return warnings, problems


def _print_regions(console: Console, view: SystemView, now: float) -> None:
    shares = connection_shares(view)
    rows = [
        (
            Text(region.region),
            _format_dial(region),
            _format_state(region.endpoint, "HEALTHY"),
            _format_state(region.target, "healthy"),
            _format_switch(region.switch, now),
            _format_share(region, shares),
            _format_lag(region.replication_lag_s),
        )
        for region in view.regions.values()
    ]
    titles = ("Region", "dial", "endpoint", "target", "switch", "new", "lag")
    print_rows(console, titles, rows, right={"new", "lag"})


def _print_dns_door(
    console: Console, dns: DnsOutputs, view: SystemView, door: DnsDoorStatus | None
) -> None:
    policy = f"DNS {dns.domain}  policy {dns.policy}, TTL {format_duration(dns.ttl_s)}"
    console.print(Text(policy))
    records = view.dns or {}
    has_weights = any(record.weight is not None for record in records.values())
    titles = ("Region", "record", "checkers", "inverted", *(["weight"] if has_weights else []))
    rows = [
        (Text(region), *_record_cells(records.get(region)))[: len(titles)] for region in dns.regions
    ]
    print_rows(console, titles, rows)
    if door is None:
        return
    for region, reports in door.checkers.items():
        for line in _failing_checkers(region, reports):
            console.print(Text(line, style=WARNING))
    for answer in format_answers(dns, door.answers):
        console.print(answer)
    if door.problem:
        console.print(Text(f"? places: {door.problem}", style=WARNING))


def _record_cells(record: DnsRecordView | None) -> tuple[Text, ...]:
    """Health, healthy checkers, inversion, weight."""
    if record is None:
        return (UNKNOWN,) * 4
    healthy = {True: Text("healthy", GOOD), False: Text("unhealthy", BAD), None: UNKNOWN}
    inverted = {True: Text("on", BAD), False: Text("off"), None: UNKNOWN}
    checkers = UNKNOWN
    if record.checkers is not None:
        checkers = Text(f"{record.healthy_checkers} of {record.checkers}")
    weight = UNMEASURED if record.weight is None else Text(str(record.weight))
    return healthy[record.healthy], checkers, inverted[record.inverted], weight


def _failing_checkers(region: str, reports: Sequence[CheckerReport]) -> Iterator[str]:
    """`us-west-2, 3 checkers in us-east-1, eu-west-1: Failure: ...`: what failing ones report."""
    by_status: dict[str, Counter[str]] = {}
    for report in reports:
        if not report.healthy:
            by_status.setdefault(report.status, Counter())[report.region] += 1
    for status, regions in by_status.items():
        count = regions.total()
        where = "all checkers"
        if count < len(reports):
            where = f"{count} checker{'s' * (count > 1)} in {', '.join(regions)}"
        yield f"{region}, {where}: {status}"


def format_answers(dns: DnsOutputs, answers: Sequence[PlaceAnswer]) -> Iterator[Text]:
    """Which places get which Region's address."""
    for region in (*dns.regions, None):
        places = [
            answer.place for answer in answers if answer.region == region and answer.addresses
        ]
        if places:
            yield Text(f"clients in {', '.join(places)} get {region or 'another address'}")
    by_reason: dict[str, list[str]] = {}
    for answer in answers:
        if answer.problem:
            # Each place has a resolver of its own: its address would keep the lines apart.
            by_reason.setdefault(answer.problem.rpartition(": ")[2], []).append(answer.place)
    for reason, places in by_reason.items():
        everywhere = len(places) == len(answers) > 1
        where = f"all {len(places)} places" if everywhere else ", ".join(places)
        yield Text(f"? clients in {where}: {reason}", style=WARNING)


def _format_accelerator(stack: Stack, view: SystemView) -> Text:
    if view.accelerator_status is None:
        state = Text("?", style=WARNING)
    elif view.accelerator_enabled is False:
        state = Text("disabled", style=BAD)
    else:
        style = GOOD if view.accelerator_status == "DEPLOYED" else WARNING
        state = Text(view.accelerator_status, style=style)
    return Text.assemble("accelerator ", state, "  ", "  ".join(stack.static_ips))


def _format_dial(region: RegionView) -> Text:
    if region.dial is None:
        return Text(f"? ({region.declared_dial:g})", style=WARNING)
    if region.dial == region.declared_dial:
        return Text(f"{region.dial:g} %")
    return Text(f"{region.dial:g} % ({region.declared_dial:g})", style=WARNING)


def _format_state(state: str | None, good: str) -> Text:
    if state is None:
        return UNKNOWN
    return Text(state, style=GOOD if state == good else BAD)


def _format_switch(switch: SwitchSetting | None, now: float) -> Text:
    if switch is None:
        return UNKNOWN
    if switch.status == "auto":
        return Text("auto")
    left_s = switch.until_epoch_s - now
    left = f" {format_duration(left_s)}" if switch.until_epoch_s else ""
    return Text(f"{switch.status}{left}", style=BAD if switch.status == "fail" else WARNING)


def _format_share(region: RegionView, shares: dict[str, float] | None) -> Text:
    if region.new_connections_per_s is None:
        return UNKNOWN
    return UNMEASURED if shares is None else Text(format_percent(shares[region.region], 0))


def _format_lag(lag_s: float | None) -> Text:
    return UNMEASURED if lag_s is None else Text(format_duration(lag_s))
