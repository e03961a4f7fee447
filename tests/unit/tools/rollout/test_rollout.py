"""The order of a rollout, what stops it, and what it leaves when a Region is down."""

import pytest

from tests.clocks import ManualClock
from tests.unit.muster.sample_stack import make_stack
from tools.rollout.rollout import (
    ProbeRequest,
    RegionUnreachable,
    Rollout,
    RolloutStopped,
    Route,
    describe_rest,
    plan_route,
)

HOME, AWAY = "eu-central-1", "us-west-2"
REQUESTS_OF_A_ROUND = 4


class World:
    """What was deployed and asked; Regions that fail."""

    def __init__(self, *, undeployable: str = "", broken: str = "", down: str = "") -> None:
        self.done: list[str] = []
        self.asked: list[str] = []
        self.said: list[str] = []
        self.undeployable = undeployable
        self.broken = broken
        self.down = down

    def deploy(self, region: str | None) -> None:
        self.done.append(region or "the rest")
        if region == self.undeployable:
            raise RolloutStopped("`pulumi up` ends with 255")

    def invoke(self, region: str, request: ProbeRequest) -> int:
        self.asked.append(region)
        if region == self.down:
            raise RegionUnreachable("no answer")
        if region == self.broken and not self.done:
            raise RolloutStopped("the function fails")
        bad = region == self.broken and request.path == "/create"
        return 500 if bad else request.wanted

    def run(self, watch_s: float = 0.0, route: Route | None = None) -> None:
        rollout = Rollout(
            deploy=self.deploy,
            invoke=self.invoke,
            clock=ManualClock(0.0),
            say=self.said.append,
            watch_s=watch_s,
        )
        rollout.run(route or Route(regions=(AWAY, HOME)))


def test_regions_are_updated_one_after_the_other_and_the_rest_in_the_end() -> None:
    world = World()

    world.run()

    assert world.done == [AWAY, HOME, "the rest"]
    before = [AWAY, HOME]
    assert world.asked == [*before, *[AWAY] * REQUESTS_OF_A_ROUND, *[HOME] * REQUESTS_OF_A_ROUND]


def test_a_region_must_answer_for_the_whole_time() -> None:
    world = World()

    world.run(watch_s=3.0)

    assert world.asked.count(AWAY) == 1 + 3 * REQUESTS_OF_A_ROUND


def test_the_first_region_that_does_not_serve_stops_it() -> None:
    world = World(broken=AWAY)

    with pytest.raises(RolloutStopped) as caught:
        world.run()

    assert world.done == [AWAY]
    message = str(caught.value)
    assert f"stopped at {AWAY}: POST /create is answered with 500, not 201" in message
    assert f"not touched: {HOME}" in message
    assert f"aws lambda update-alias --region {AWAY}" in message


def test_a_region_that_serves_badly_before_is_named_and_updated() -> None:
    """The change may be the cure."""
    world = World(broken=HOME)

    with pytest.raises(RolloutStopped, match=f"updated before: {AWAY}"):
        world.run()

    assert world.said[0] == f"{HOME}, before its update: the function fails"


def test_an_update_that_fails_stops_it() -> None:
    world = World(undeployable=HOME)

    with pytest.raises(RolloutStopped, match=f"updated before: {AWAY}; not touched: none"):
        world.run()

    assert world.done == [AWAY, HOME]


def test_a_region_that_is_down_is_noticed_before_anything_is_changed() -> None:
    world = World(down=AWAY)

    with pytest.raises(RolloutStopped) as caught:
        world.run()

    assert world.done == []
    message = str(caught.value)
    assert f"{AWAY} does not answer: no answer" in message
    assert "Nothing was changed" in message
    assert f"--skip {AWAY}" in message


def test_a_skipped_region_is_neither_updated_nor_asked_and_the_rest_waits_for_it() -> None:
    world = World(down=AWAY)

    world.run(route=Route(regions=(HOME,), skipped=(AWAY,)))

    assert world.done == [HOME]
    assert AWAY not in world.asked
    later = describe_rest("prod", (AWAY,))
    assert f"left as before: {AWAY}, and what spans all Regions" in later
    assert later.endswith("python -m tools.rollout --stack prod")


def test_a_skipped_region_is_among_those_that_are_not_touched() -> None:
    world = World(broken=HOME)

    with pytest.raises(RolloutStopped, match=f"not touched: {AWAY}"):
        world.run(route=Route(regions=(HOME,), skipped=(AWAY,)))


def test_the_home_region_is_last_unless_it_is_named() -> None:
    stack = make_stack()
    home = stack.home_region

    assert plan_route(stack, (), ()).regions[-1] == home
    assert plan_route(stack, (home, home), ()).regions[0] == home
    assert sorted(plan_route(stack, (home,), ()).regions) == sorted(stack.regions)


def test_skipped_regions_leave_the_route() -> None:
    stack = make_stack()
    away = next(region for region in stack.regions if region != stack.home_region)

    route = plan_route(stack, (), (away, away))

    assert route.skipped == (away,)
    assert set(route.regions) == set(stack.regions) - {away}


def test_wrong_names_are_refused() -> None:
    stack = make_stack()
    home = stack.home_region

    for first, skipped in ((("mars-1",), ()), ((), ("mars-1",))):
        with pytest.raises(RolloutStopped, match="no Region of the stack: mars-1; it has"):
            plan_route(stack, first, skipped)
    with pytest.raises(RolloutStopped, match=f"both first and skipped: {home}"):
        plan_route(stack, (home,), (home,))
    with pytest.raises(RolloutStopped, match="nothing is left to update"):
        plan_route(stack, (), tuple(stack.regions))
