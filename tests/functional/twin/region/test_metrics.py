"""What a Region tells CloudWatch of its load balancers and functions."""

from dataclasses import replace

from tests.functional.twin.region.region_process import (
    BALANCER_ARN,
    CHECK,
    CONSTANT,
    GROUP_ARN,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import async_eventually
from twin import codec
from twin.core.metrics import statistic_value
from twin.internal_api.schemas import MetricSample, MetricsReport, TargetState
from twin.runtime.instance import internal_url

BALANCER = {"LoadBalancer": BALANCER_ARN.partition("loadbalancer/")[2]}
GROUP = {"TargetGroup": GROUP_ARN.rpartition(":")[2]}
FUNCTION = {"FunctionName": "app"}

STATUS = """
def handler(event, context):
    if event["path"] == "/raise":
        raise ValueError("no")
    status = int(event["path"][1:])
    return {"statusCode": status, "isBase64Encoded": False, "headers": {}, "body": ""}
"""


async def take(world: RegionProcess) -> MetricsReport:
    address = internal_url(world.instance.region_address(REGION), "/_twin/metrics")
    async with world.http.post(address) as response:
        return codec.loads(MetricsReport, await response.read())


def find(report: MetricsReport, name: str, dimensions: dict[str, str]) -> MetricSample | None:
    found = [s for s in report.samples if s.name == name and s.dimensions == dimensions]
    assert len(found) <= 1
    return found[0] if found else None


def total(report: MetricsReport, name: str, dimensions: dict[str, str]) -> float | None:
    sample = find(report, name, dimensions)
    return None if sample is None else sample.statistics.total


async def test_requests_are_counted_by_load_balancer_and_target_group(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await world.deploy(RegionDeployment(code=world.zip(STATUS)))
    await take(world)
    for path in ("/200", "/200", "/302", "/404", "/503"):
        async with world.http.get(world.url(path), allow_redirects=False):
            pass

    report = await take(world)

    for of in (BALANCER, BALANCER | GROUP):
        assert total(report, "RequestCount", of) == 5
        assert total(report, "HTTPCode_Target_2XX_Count", of) == 2
        assert total(report, "HTTPCode_Target_3XX_Count", of) == 1
        assert total(report, "HTTPCode_Target_4XX_Count", of) == 1
        assert total(report, "HTTPCode_Target_5XX_Count", of) == 1
        times = find(report, "TargetResponseTime", of)
        assert times is not None
        assert times.unit == "Seconds"
        assert (statistic_value(times.statistics, "p99") or 0.0) > 0
    assert find(report, "HTTPCode_ELB_5XX_Count", BALANCER) is None
    assert total(await take(world), "RequestCount", BALANCER) is None


async def test_a_failing_function_is_the_users_error_and_an_answer_of_the_load_balancer(
    world: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes"""
    await world.deploy(RegionDeployment(code=world.zip(STATUS)))
    await take(world)
    status, _ = await world.get("/raise")

    report = await take(world)

    assert status == 502
    assert total(report, "HTTPCode_ELB_5XX_Count", BALANCER) == 1
    assert total(report, "HTTPCode_ELB_502_Count", BALANCER) == 1
    assert total(report, "LambdaUserError", GROUP) == 1
    assert total(report, "LambdaUserError", GROUP | BALANCER) == 1
    assert find(report, "LambdaUserError", BALANCER) is None
    assert find(report, "HTTPCode_Target_5XX_Count", BALANCER) is None
    assert total(report, "RequestCount", BALANCER) == 1


async def test_a_request_without_a_target_is_no_request(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT), targets=()))
    await world.get()

    report = await take(world)

    assert find(report, "RequestCount", BALANCER) is None
    assert total(report, "HTTPCode_ELB_503_Count", BALANCER) == 1


async def test_invocations_and_errors_are_counted_by_function_and_together(
    world: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    await world.deploy(RegionDeployment(code=world.zip(STATUS)))
    await take(world)
    for path in ("/200", "/200", "/raise"):
        await world.get(path)

    report = await take(world)

    for of in (FUNCTION, dict[str, str]()):
        assert total(report, "Invocations", of) == 3
        errors = find(report, "Errors", of)
        assert errors is not None
        assert statistic_value(errors.statistics, "Average") == 1 / 3
        assert total(report, "Throttles", of) == 0
        running = find(report, "ConcurrentExecutions", of)
        assert running is not None
        assert statistic_value(running.statistics, "Maximum") == 1
        durations = find(report, "Duration", of)
        assert durations is not None
        assert durations.statistics.count == 3
        assert durations.unit == "Milliseconds"


async def test_a_throttled_call_is_neither_an_invocation_nor_an_error(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT), reserved=0))
    await world.get()

    report = await take(world)

    assert total(report, "Throttles", FUNCTION) == 1
    assert total(report, "LambdaUserError", GROUP) == 1
    assert find(report, "Invocations", FUNCTION) is None
    assert find(report, "Errors", FUNCTION) is None


async def test_a_reserved_concurrency_of_zero_makes_the_target_unhealthy(
    world: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    check = replace(CHECK, interval_s=0.2)
    deployed = RegionDeployment(code=world.zip(CONSTANT), check=check)
    await world.deploy(deployed)
    await world.until(TargetState.HEALTHY)
    healthy = await take(world)

    await world.deploy(replace(deployed, reserved=0))
    await world.until(TargetState.UNHEALTHY)

    async def told() -> bool:
        report = await take(world)
        return (
            total(report, "HealthyHostCount", GROUP | BALANCER) == 0
            and total(report, "UnHealthyHostCount", GROUP | BALANCER) == 1
            and (total(report, "Throttles", FUNCTION) or 0) > 0
        )

    assert total(healthy, "HealthyHostCount", GROUP | BALANCER) == 1
    await async_eventually(told)
    await world.deploy(deployed)
    await world.until(TargetState.HEALTHY)


async def test_hosts_are_counted_only_where_health_checks_are_enabled(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT)))

    report = await take(world)

    assert find(report, "HealthyHostCount", GROUP | BALANCER) is None
