"""A drill of both front doors, beside clients of each that do not know of it."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.both_doors.named_observer import NamedObserver, observing_names
from tests.e2e.drills import observer_assertions
from tests.e2e.drills.drill_runs import (
    RATE,
    DrillOutcome,
    Json,
    observing_client,
    running_drill,
    wait_for_outcome,
)
from tests.e2e.drills.outage_counter import count_answers, due_between, failed_requests
from tests.e2e.drills.untrusted_retry import retry_if_untrusted
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, deployed_system
from tests.e2e.system_state import all_healthy, read_system_state
from tests.waiting import eventually

HOLD_S = 25
"""Clients that honour the TTL leave a lost Region within 9 s at the tests' speed: three checks, one
a second, and a TTL of 6 s."""
SETTLED_S = 5
"""The last part of the hold, in which everybody who moves has moved."""
LINE = f"region-loss --region {OREGON_REGION} --hold {HOLD_S}s --rate {RATE:g} --rto 60s --rpo 60s"


@retry_if_untrusted
def test_a_lost_region_is_seen_at_both_doors_as_their_clients_see_it(
    system: DnsSystem, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html"""
    anycast = deployed_system(system.checkout)
    eventually(partial(all_healthy, anycast), 60)
    system.wait_until_served_by(OREGON_REGION, PORTLAND)
    found = read_system_state(anycast)

    with (
        observing_names(system) as named,
        observing_client(anycast, tmp_path) as observer,
        running_drill(system.checkout, tmp_path, LINE) as drill,
    ):
        outcome = wait_for_outcome(drill, observer)
    left = read_system_state(anycast)
    system.wait_until_served_by(OREGON_REGION, PORTLAND)

    observer_assertions.print_comparison(outcome)
    observer_assertions.assert_results_agree(outcome, "met")
    assert left == found
    assert_clients_of_the_accelerator_moved(outcome)
    assert_clients_of_the_name_moved(outcome, named)
    assert_the_report_has_both_doors(outcome)


def assert_clients_of_the_accelerator_moved(outcome: DrillOutcome) -> None:
    """The observer saw what the report says: failures near the lost Region, then the other one."""
    before = due_between(outcome.reads, 0, outcome.cause_s)
    settled = due_between(outcome.reads, outcome.return_s - SETTLED_S, outcome.return_s)
    failed = failed_requests(due_between(outcome.reads, outcome.cause_s, outcome.return_s))
    seen = client_of(outcome, "accelerator", "new")

    assert set(count_answers(before)) == {FRANKFURT_REGION, OREGON_REGION}
    assert set(count_answers(settled)) == set(answering(outcome, "new")) == {FRANKFURT_REGION}
    assert {one.city for one in failed} == {"Portland"}
    assert (seen["failed"] > 0, seen["ended"], seen["stayed"]) == (True, True, False)


def assert_clients_of_the_name_moved(outcome: DrillOutcome, named: NamedObserver) -> None:
    """As for the accelerator; and a client that never asks again has no service till the return."""
    before = named.seen(PORTLAND, 0, outcome.cause_s)
    during = named.seen(PORTLAND, outcome.cause_s, outcome.return_s)
    settled = named.seen(PORTLAND, outcome.return_s - SETTLED_S, outcome.return_s)
    seen = client_of(outcome, "dns", "dns-ttl")
    stuck = client_of(outcome, "dns", "dns-jvm")

    assert set(before) == {OREGON_REGION}
    assert "" in during
    assert set(settled) == set(answering(outcome, "dns-ttl")) == {FRANKFURT_REGION}
    assert set(named.seen(FRANKFURT, 0, outcome.return_s)) == {FRANKFURT_REGION}
    assert (seen["failed"] > 0, seen["ended"], seen["stayed"]) == (True, True, False)
    assert (stuck["failed"] > 0, stuck["ended"]) == (True, False)


def assert_the_report_has_both_doors(outcome: DrillOutcome) -> None:
    page = Path(outcome.page).read_text()

    assert [door["door"] for door in outcome.report["doors"]] == ["accelerator", "dns"]
    assert "through the accelerator, out for" in page
    assert "through DNS" in page


def client_of(outcome: DrillOutcome, door: str, cohort: str) -> Json:
    """A kind of client in the report."""
    (found,) = (
        client
        for one in outcome.report["doors"]
        for client in one["clients"]
        if (one["door"], client["cohort"]) == (door, cohort)
    )
    client: Json = found
    return client


def answering(outcome: DrillOutcome, cohort: str) -> Iterable[str]:
    """Regions that answered the tool's probes of a cohort in the last part of the hold."""
    start_s, end_s = outcome.return_s - SETTLED_S, outcome.return_s
    return {
        one["region"]
        for one in outcome.samples
        if one["cohort"] == cohort and start_s <= one["scheduled_s"] < end_s and one["region"]
    }
