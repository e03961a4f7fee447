"""The CloudWatch metrics of a Region's functions."""

from tests.functional.twin.region.metrics_report import (
    FUNCTION,
    GROUP,
    STATUS,
    find_sample,
    sample_total,
    take_metrics,
)
from tests.functional.twin.region.region_process import CONSTANT, RegionDeployment, RegionProcess
from twin.core.cloudwatch.metrics import statistic_value


async def test_invocations_and_errors_are_counted_by_function_and_together(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    await region.deploy(RegionDeployment(code=region.zip(STATUS)))
    await take_metrics(region)
    for path in ("/200", "/200", "/raise"):
        await region.get(path)

    report = await take_metrics(region)

    for dimensions in (FUNCTION, dict[str, str]()):
        assert sample_total(report, "Invocations", dimensions) == 3
        errors = find_sample(report, "Errors", dimensions)
        assert errors is not None
        assert statistic_value(errors.statistics, "Average") == 1 / 3
        assert sample_total(report, "Throttles", dimensions) == 0
        running = find_sample(report, "ConcurrentExecutions", dimensions)
        assert running is not None
        assert statistic_value(running.statistics, "Maximum") == 1
        durations = find_sample(report, "Duration", dimensions)
        assert durations is not None
        assert durations.statistics.count == 3
        assert durations.unit == "Milliseconds"


async def test_a_throttled_call_is_neither_an_invocation_nor_an_error(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), reserved=0))
    await region.get()

    report = await take_metrics(region)

    assert sample_total(report, "Throttles", FUNCTION) == 1
    assert sample_total(report, "LambdaUserError", GROUP) == 1
    assert find_sample(report, "Invocations", FUNCTION) is None
    assert find_sample(report, "Errors", FUNCTION) is None
