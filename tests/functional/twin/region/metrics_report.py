"""The metrics that a Region hands over."""

from tests.functional.twin.region.region_process import (
    BALANCER_ARN,
    GROUP_ARN,
    REGION,
    RegionProcess,
)
from twin import codec
from twin.internal_api.schemas import MetricSample, MetricsReport
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


async def take_metrics(region: RegionProcess) -> MetricsReport:
    address = internal_url(region.instance.region_address(REGION), "/_twin/metrics")
    async with region.http.post(address) as response:
        return codec.loads(MetricsReport, await response.read())


def find_sample(
    report: MetricsReport, name: str, dimensions: dict[str, str]
) -> MetricSample | None:
    found = [s for s in report.samples if s.name == name and s.dimensions == dimensions]
    assert len(found) <= 1
    return found[0] if found else None


def sample_total(report: MetricsReport, name: str, dimensions: dict[str, str]) -> float | None:
    sample = find_sample(report, name, dimensions)
    return None if sample is None else sample.statistics.total
