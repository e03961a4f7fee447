"""Access logs and flow logs of `prod`, and where they go."""

import json
from typing import Any

from tests.infra.graph import ACCOUNT, TWO_REGIONS, build_graph


def test_load_balancer_and_vpc_log_to_the_bucket_of_their_region() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html"""
    graph = build_graph("prod")

    for region in TWO_REGIONS:
        balancer = graph.one("LoadBalancer", region)
        assert balancer.inputs["accessLogs"] == {
            "enabled": True,
            "bucket": f"{region}-logs-id",
            "prefix": "alb",
        }
        flow = graph.one(":FlowLog", region)
        assert flow.inputs["trafficType"] == "ALL"
        assert flow.inputs["logDestination"].endswith("/vpc/")
        assert f":{region}:" in flow.inputs["logDestination"]
        for node in (balancer, flow):
            assert "BucketPolicy" in graph.dependencies(node), "it is tried at once"


def test_the_accelerator_logs_to_the_home_regions_bucket() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AcceleratorAttributes.html"""
    graph = build_graph("prod")
    accelerator = graph.one("accelerator:Accelerator")

    assert accelerator.inputs["attributes"] == {
        "flowLogsEnabled": True,
        "flowLogsS3Bucket": "eu-central-1-logs-id",
        "flowLogsS3Prefix": "accelerator",
    }
    assert "BucketPolicy" in graph.dependencies(accelerator)


def test_logs_expire_and_nobody_reads_them_from_outside() -> None:
    graph = build_graph("prod", traffic_log_days=90)

    for region in TWO_REGIONS:
        (rule,) = graph.one(":BucketLifecycleConfiguration", region).inputs["rules"]
        assert (rule["status"], rule["expiration"]) == ("Enabled", {"days": 90})
        closed = graph.one(":BucketPublicAccessBlock", region).inputs
        assert {closed[name] for name in closed if name not in ("bucket", "region")} == {True}
        assert graph.one(":Bucket", region).inputs["forceDestroy"] is False


def test_only_the_services_that_deliver_logs_may_write() -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"""
    policy = json.loads(build_graph("prod").of(":BucketPolicy")[0].inputs["policy"])

    allowed: list[dict[str, Any]] = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    denied: list[dict[str, Any]] = [s for s in policy["Statement"] if s["Effect"] == "Deny"]
    assert {s["Principal"]["Service"] for s in allowed} == {
        "logdelivery.elasticloadbalancing.amazonaws.com",
        "delivery.logs.amazonaws.com",
    }
    writes = [s["Resource"] for s in allowed if s["Action"] == "s3:PutObject"]
    assert writes
    assert all(resource.endswith(f"/AWSLogs/{ACCOUNT}/*") for resource in writes)
    assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_without_days_nothing_is_logged() -> None:
    for graph in (build_graph("prod", traffic_log_days=0), build_graph("local")):
        assert graph.of(":Bucket") + graph.of(":FlowLog") == []
        assert all("accessLogs" not in n.inputs for n in graph.of("LoadBalancer"))
        assert "attributes" not in graph.one("accelerator:Accelerator").inputs


def test_a_bucket_may_go_with_its_logs_once_protection_is_lifted() -> None:
    for bucket in build_graph("prod", protect=False).of(":Bucket"):
        assert bucket.inputs["forceDestroy"] is True
