"""The CloudWatch metrics of a Region's load balancers."""

from dataclasses import replace

from tests.functional.twin.region.metrics_report import (
    BALANCER,
    FUNCTION,
    GROUP,
    STATUS,
    find_sample,
    sample_total,
    take_metrics,
)
from tests.functional.twin.region.region_process import (
    CHECK,
    CONSTANT,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually
from twin.core.cloudwatch.metrics import statistic_value
from twin.internal_api.schemas import TargetState


async def test_requests_are_counted_by_load_balancer_and_target_group(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await region.deploy(RegionDeployment(code=region.zip(STATUS)))
    await take_metrics(region)
    for path in ("/200", "/200", "/302", "/404", "/503"):
        async with region.http.get(region.url(path), allow_redirects=False):
            pass

    report = await take_metrics(region)

    for dimensions in (BALANCER, BALANCER | GROUP):
        assert sample_total(report, "RequestCount", dimensions) == 5
        assert sample_total(report, "HTTPCode_Target_2XX_Count", dimensions) == 2
        assert sample_total(report, "HTTPCode_Target_3XX_Count", dimensions) == 1
        assert sample_total(report, "HTTPCode_Target_4XX_Count", dimensions) == 1
        assert sample_total(report, "HTTPCode_Target_5XX_Count", dimensions) == 1
        times = find_sample(report, "TargetResponseTime", dimensions)
        assert times is not None
        assert times.unit == "Seconds"
        assert (statistic_value(times.statistics, "p99") or 0.0) > 0
    assert find_sample(report, "HTTPCode_ELB_5XX_Count", BALANCER) is None
    assert sample_total(await take_metrics(region), "RequestCount", BALANCER) is None


async def test_a_failing_function_is_a_user_error_and_an_error_of_the_load_balancer(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes"""
    await region.deploy(RegionDeployment(code=region.zip(STATUS)))
    await take_metrics(region)
    status, _ = await region.get("/raise")

    report = await take_metrics(region)

    assert status == 502
    assert sample_total(report, "HTTPCode_ELB_5XX_Count", BALANCER) == 1
    assert sample_total(report, "HTTPCode_ELB_502_Count", BALANCER) == 1
    assert sample_total(report, "LambdaUserError", GROUP) == 1
    assert sample_total(report, "LambdaUserError", GROUP | BALANCER) == 1
    assert find_sample(report, "LambdaUserError", BALANCER) is None
    assert find_sample(report, "HTTPCode_Target_5XX_Count", BALANCER) is None
    assert sample_total(report, "RequestCount", BALANCER) == 1


async def test_a_request_without_a_target_is_not_counted_as_a_request(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), targets=()))
    await region.get()

    report = await take_metrics(region)

    assert find_sample(report, "RequestCount", BALANCER) is None
    assert sample_total(report, "HTTPCode_ELB_503_Count", BALANCER) == 1


async def test_a_reserved_concurrency_of_zero_makes_the_target_unhealthy(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    check = replace(CHECK, interval_s=0.2)
    deployed = RegionDeployment(code=region.zip(CONSTANT), check=check)
    await region.deploy(deployed)
    await region.await_target_state(TargetState.HEALTHY)
    healthy = await take_metrics(region)

    await region.deploy(replace(deployed, reserved=0))
    await region.await_target_state(TargetState.UNHEALTHY)

    async def is_published() -> bool:
        report = await take_metrics(region)
        return (
            sample_total(report, "HealthyHostCount", GROUP | BALANCER) == 0
            and sample_total(report, "UnHealthyHostCount", GROUP | BALANCER) == 1
            and (sample_total(report, "Throttles", FUNCTION) or 0) > 0
        )

    assert sample_total(healthy, "HealthyHostCount", GROUP | BALANCER) == 1
    await async_eventually(is_published)
    await region.deploy(deployed)
    await region.await_target_state(TargetState.HEALTHY)


async def test_hosts_are_counted_only_where_health_checks_are_enabled(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    report = await take_metrics(region)

    assert find_sample(report, "HealthyHostCount", GROUP | BALANCER) is None
