"""Rate limits, as token buckets."""

from hypothesis import given
from hypothesis import strategies as st

from tests.apigateway_topologies import REGION, gateway, http_api, route
from twin.core.apigateway.api_names import ApiNames, ServedStage
from twin.core.apigateway.throttle import Throttles, TokenBucket
from twin.topology.apigateway import Throttle


def served(stage: Throttle, **routes: Throttle) -> ServedStage:
    keys = (route(f"GET /{name}", throttle=throttle) for name, throttle in routes.items())
    names = ApiNames(gateway(http_api(*keys, throttle=stage)), REGION)
    (found,) = names.stages
    return found


def allowed(
    throttles: Throttles, stage: ServedStage, times: int, now: float, which: int = 0
) -> int:
    return sum(throttles.allows(stage, stage.stage.routes[which], now) for _ in range(times))


def test_a_burst_is_allowed_and_then_the_rate() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    stage = served(Throttle(rate_per_s=2, burst=5), a=Throttle())
    throttles = Throttles()

    assert allowed(throttles, stage, 10, now=100.0) == 5
    assert allowed(throttles, stage, 10, now=101.0) == 2
    assert allowed(throttles, stage, 10, now=200.0) == 5


def test_a_routes_own_limit_replaces_the_stages() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html"""
    stage = served(Throttle(rate_per_s=2, burst=5), a=Throttle(burst=1), b=Throttle())
    throttles = Throttles()

    assert allowed(throttles, stage, 10, now=0.0) == 1
    assert allowed(throttles, stage, 10, now=0.0, which=1) == 5


def test_a_limit_of_zero_refuses_everything() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""
    stage = served(Throttle(rate_per_s=0, burst=0), a=Throttle())

    assert allowed(Throttles(), stage, 10, now=50.0) == 0


def test_the_accounts_limit_holds_for_all_stages() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html#apig-request-throttling-account-level-limits"""
    stage = served(Throttle(), a=Throttle(), b=Throttle())
    throttles = Throttles(rate_per_s=1, burst=3)

    assert allowed(throttles, stage, 2, now=0.0) == 2
    assert allowed(throttles, stage, 2, now=0.0, which=1) == 1


def test_a_changed_limit_holds_at_once_and_an_unchanged_one_goes_on() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html"""
    throttles = Throttles()
    before, after = (served(Throttle(rate_per_s=1, burst=n), a=Throttle()) for n in (2, 3))

    assert allowed(throttles, before, 5, now=0.0) == 2
    assert allowed(throttles, served(before.stage.throttle, a=Throttle()), 5, now=0.0) == 0
    assert allowed(throttles, after, 5, now=0.0) == 3
    throttles.forget(frozenset())
    assert allowed(throttles, after, 5, now=0.0) == 3


@given(st.floats(0, 100), st.integers(0, 20), st.lists(st.floats(0, 3), min_size=1, max_size=50))
def test_no_bucket_gives_more_than_its_burst_and_its_rate(
    rate: float, burst: int, pauses: list[float]
) -> None:
    bucket = TokenBucket(rate_per_s=rate, burst=burst, tokens=burst, filled_at=0.0)
    now, taken = 0.0, 0
    for pause in pauses:
        now += pause
        taken += bucket.take(now)

    assert taken <= burst + rate * now + 1e-6
