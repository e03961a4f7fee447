"""Schedules, states and verdicts of the checkers, with checks that a test decides.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
"""

import asyncio
import random
import statistics
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from common.clock import Clock, SystemClock
from tests.virtual_time import VirtualClock, run_virtual
from tests.waiting import async_eventually
from twin.core.health_checks.checkers import ALL_CHECKERS, Checker
from twin.core.health_checks.detection import EndpointChange, simulate_detection
from twin.core.health_checks.observations import Observation
from twin.route53.health_checks.endpoint_checks import CheckLatencies, EndpointCheck
from twin.route53.health_checks.health_checkers import HELD_S, HealthCheckers
from twin.settings import TwinSettings
from twin.topology.route53 import HealthCheck

SPEED = 500.0
CHECK = HealthCheck(id="a", version=1, type="HTTP", interval_s=10, failure_threshold=3)
LOOK_S = 0.25
SETTINGS = TwinSettings(speed=SPEED, checker_report_s=0.0)


class Endpoints:
    """What checks of each health check find, and who checked."""

    def __init__(self) -> None:
        self.failing: set[str] = set()
        self.failing_for: frozenset[Checker] = frozenset()
        self.unknown: set[str] = set()
        """Checks that can't be made."""
        self.broken: set[str] = set()
        """Checks on which the twin itself fails."""
        self.checks: Counter[tuple[str, Checker]] = Counter()

    async def check(self, check: HealthCheck, checker: Checker) -> EndpointCheck | None:
        self.checks[check.id, checker] += 1
        if check.id in self.unknown:
            return None
        if check.id in self.broken:
            raise RuntimeError(check.id)
        passed = check.id not in self.failing and checker not in self.failing_for
        return EndpointCheck(Observation(passed, "made up"), CheckLatencies())

    def counts(self, check_id: str) -> list[int]:
        """Checks of each checker so far."""
        return [self.checks[check_id, checker] for checker in ALL_CHECKERS]


Test = Callable[[HealthCheckers, Endpoints], Awaitable[None]]


class JumpingClock(SystemClock):
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead_s


async def work_of(
    test: Test,
    *checks: HealthCheck,
    settings: TwinSettings = SETTINGS,
    clock: Clock | None = None,
    endpoints: Endpoints | None = None,
) -> None:
    """Run checkers on these checks while the test does."""
    endpoints = endpoints or Endpoints()
    checkers = HealthCheckers(
        endpoints.check,
        settings=settings,
        clock=clock or SystemClock(),
        draw=random.Random(4).random,
        source_ip=lambda position: f"127.0.0.{position}",
    )
    checkers.configure(checks)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(checkers.run())
        await test(checkers, endpoints)
        running.cancel()


def run(
    test: Test,
    *checks: HealthCheck,
    settings: TwinSettings = SETTINGS,
    clock: Clock | None = None,
    endpoints: Endpoints | None = None,
) -> None:
    """`work_of` in an event loop of its own, in real time."""
    asyncio.run(work_of(test, *checks, settings=settings, clock=clock, endpoints=endpoints))


async def until_checked(endpoints: Endpoints, check_id: str, times: int) -> None:
    async def is_checked() -> bool:
        return min(endpoints.counts(check_id)) >= times

    await async_eventually(is_checked)


async def until(checkers: HealthCheckers, check_id: str, *, healthy: bool) -> None:
    async def is_so() -> bool:
        return checkers.is_healthy(check_id) is healthy

    await async_eventually(is_so)


def test_all_checkers_check_on_their_own_and_keep_the_interval() -> None:
    async def test(_: HealthCheckers, endpoints: Endpoints) -> None:
        started = asyncio.get_running_loop().time()
        await until_checked(endpoints, "a", 4)
        took_s = asyncio.get_running_loop().time() - started
        assert took_s >= 3 * 10 / SPEED
        assert max(endpoints.counts("a")) <= took_s / (10 / SPEED) + 1

    run(test, CHECK)


def test_an_endpoint_fails_after_the_threshold_and_comes_back() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        assert checkers.is_healthy("a")
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=False)
        # Fourteen of the sixteen checkers have failed it three times.
        assert sum(count >= 3 for count in endpoints.counts("a")) >= 14
        endpoints.failing.clear()
        await until(checkers, "a", healthy=True)

    run(test, CHECK)


# Assertion 21, with checkers at work
def test_a_check_on_which_the_twin_fails_ends_no_other_check() -> None:
    async def test(_: HealthCheckers, endpoints: Endpoints) -> None:
        await until_checked(endpoints, "b", 2)
        before = min(endpoints.counts("a"))
        await until_checked(endpoints, "a", before + 2)
        await until_checked(endpoints, "b", 4)

    broken = Endpoints()
    broken.broken.add("b")
    run(test, CHECK, replace(CHECK, id="b"), endpoints=broken)


def test_three_of_sixteen_healthy_checkers_are_enough_and_two_are_not() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing_for = frozenset(ALL_CHECKERS[3:])
        await until_checked(endpoints, "a", 8)
        status = checkers.status("a")
        assert status is not None
        assert (status.healthy, status.healthy_checkers, status.checkers) == (True, 3, 16)
        endpoints.failing_for = frozenset(ALL_CHECKERS[2:])
        await until(checkers, "a", healthy=False)

    run(test, CHECK)


def test_regions_of_a_check_choose_its_checkers() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        async def have_checked() -> bool:
            status = checkers.status("a")
            return status is not None and len(status.observations) == 6

        await async_eventually(have_checked)
        assert {checker.region for _, checker in endpoints.checks} == set(regions)

    regions = ("eu-west-1", "sa-east-1", "us-west-1")
    run(test, replace(CHECK, regions=regions))


# Assertion 23, with checkers at work
def test_a_new_inverted_check_is_unhealthy_before_its_first_data() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        assert not checkers.is_healthy("a")
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=True)

    run(test, replace(CHECK, inverted=True))


def test_inverting_and_disabling_count_at_once() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=False)
        checkers.configure([replace(CHECK, inverted=True, version=2)])
        assert checkers.is_healthy("a")
        checkers.configure([replace(CHECK, disabled=True, version=3)])
        assert checkers.is_healthy("a")
        checkers.configure([replace(CHECK, disabled=True, inverted=True, version=4)])
        assert not checkers.is_healthy("a")
        status = checkers.status("a")
        assert status is not None
        assert (status.version, status.checkers) == (4, 0)

    run(test, CHECK)


def test_a_disabled_check_is_not_made_and_begins_anew_later() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=False)
        checkers.configure([replace(CHECK, disabled=True), replace(CHECK, id="b")])
        before = endpoints.counts("a")
        await until_checked(endpoints, "b", 3)
        assert endpoints.counts("a") == before
        checkers.configure([CHECK])
        assert checkers.is_healthy("a")

    run(test, CHECK)


def test_an_updated_check_keeps_what_its_checkers_know() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=False)
        checkers.configure([replace(CHECK, resource_path="/other", failure_threshold=10)])
        assert not checkers.is_healthy("a")

    run(test, CHECK)


def test_a_calculated_check_follows_its_children() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until(checkers, "parent", healthy=False)
        status = checkers.status("parent")
        assert status is not None
        assert (status.healthy_checkers, status.checkers) == (1, 2)
        assert status.observations == ()

    parent = HealthCheck(
        id="parent", version=1, type="CALCULATED", children=("a", "b"), health_threshold=2
    )
    run(test, CHECK, replace(CHECK, id="b"), parent)


def test_a_metric_check_takes_what_it_is_told() -> None:
    async def test(checkers: HealthCheckers, _: Endpoints) -> None:
        assert checkers.is_healthy("metric")
        checkers.set_metric_verdicts({"metric": False})
        assert not checkers.is_healthy("metric")

    run(test, HealthCheck(id="metric", version=1, type="CLOUDWATCH_METRIC"))


def test_the_status_has_the_last_observation_and_the_last_failure_of_each_checker() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until_checked(endpoints, "a", 2)
        endpoints.failing.clear()
        await until_checked(endpoints, "a", 4)
        (status,) = checkers.statuses()
        assert len(status.observations) == len(status.last_failures) == 16
        assert {seen.status for seen in status.observations} == {"Success: made up"}
        assert {seen.status for seen in status.last_failures} == {"Failure: made up"}
        assert {seen.ip_address for seen in status.observations} == {
            f"127.0.0.{position}" for position in range(16)
        }
        newest = {seen.ip_address: seen.checked_at_s for seen in status.observations}
        assert all(seen.checked_at_s < newest[seen.ip_address] for seen in status.last_failures)

    run(test, CHECK)


def test_checks_that_can_not_be_made_say_nothing() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.unknown.add("a")
        await until_checked(endpoints, "a", 4)
        status = checkers.status("a")
        assert status is not None
        assert (status.healthy, status.observations) == (True, ())

    run(test, CHECK)


def test_reports_take_their_time_to_the_name_servers() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until_checked(endpoints, "a", 4)
        assert checkers.is_healthy("a")
        await until(checkers, "a", healthy=False)

    run(test, CHECK, settings=replace(SETTINGS, checker_report_s=0.4 * SPEED))


def test_a_check_that_is_gone_is_healthy_and_no_longer_made() -> None:
    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        endpoints.failing.add("a")
        await until(checkers, "a", healthy=False)
        checkers.configure([replace(CHECK, id="b")])
        before = endpoints.counts("a")
        await until_checked(endpoints, "b", 2)
        assert endpoints.counts("a") == before
        assert checkers.is_healthy("a")
        assert checkers.status("a") is None

    run(test, CHECK)


def test_checks_during_which_the_process_was_held_say_nothing() -> None:
    class HeldEndpoints(Endpoints):
        async def check(self, check: HealthCheck, checker: Checker) -> EndpointCheck | None:
            clock.ahead_s += HELD_S + 1
            return await super().check(check, checker)

    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        await until_checked(endpoints, "a", 4)
        status = checkers.status("a")
        assert status is not None
        assert (status.healthy, status.observations) == (True, ())

    clock = JumpingClock()
    endpoints = HeldEndpoints()
    endpoints.failing.add("a")
    run(test, CHECK, clock=clock, endpoints=endpoints)


def test_verdicts_take_as_long_as_the_simulation_says() -> None:
    """Each of many health checks is one run of it, in virtual time."""

    async def test(checkers: HealthCheckers, endpoints: Endpoints) -> None:
        now = asyncio.get_running_loop().time
        started, times_s = now(), dict[str, float]()
        endpoints.failing.update(ids)
        while len(times_s) < len(ids):
            for id_ in ids - times_s.keys():
                if not checkers.is_healthy(id_):
                    times_s[id_] = now() - started
            await asyncio.sleep(LOOK_S)
        simulated = simulate_detection(
            EndpointChange.REFUSED, interval_s=10, threshold=3, draw=random.Random(1).random
        )
        assert min(times_s.values()) >= simulated.shortest_s - 1
        assert max(times_s.values()) <= simulated.longest_s + 1
        assert statistics.median(times_s.values()) == pytest.approx(simulated.median_s, abs=1)

    ids = {f"check-{number}" for number in range(40)}
    checks = (replace(CHECK, id=id_) for id_ in sorted(ids))
    settings = replace(SETTINGS, speed=1.0)
    run_virtual(work_of(test, *checks, settings=settings, clock=VirtualClock()))
