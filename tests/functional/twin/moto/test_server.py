"""Calls of moto's services: what they answer, and what they leave to others."""

from tests.functional.twin.aws_errors import error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds


def test_control_runs_no_functions(shared: ControlProcess, deployed: ServiceIds) -> None:
    functions = shared.client("lambda", FRANKFURT)

    error = expect_aws_error("InvalidRequestContentException", functions.invoke, FunctionName="app")

    assert "gateway" in error_message(error)


def test_control_has_no_tables(shared: ControlProcess) -> None:
    error = expect_aws_error("ValidationException", shared.client("dynamodb").list_tables)

    assert "gateway" in error_message(error)


def test_what_nobody_implements_says_so(shared: ControlProcess) -> None:
    watch = shared.client("cloudwatch")

    error = expect_aws_error(
        "NotImplemented", watch.delete_anomaly_detector, Namespace="n", MetricName="m"
    )

    assert "DeleteAnomalyDetector" in error_message(error)


def test_tags_come_back_from_every_service(shared: ControlProcess, deployed: ServiceIds) -> None:
    project = {"project": "muster"}

    elb = shared.client("elbv2").describe_tags(ResourceArns=[deployed.load_balancer])
    assert as_dict(elb["TagDescriptions"][0]["Tags"]) == project
    functions = shared.client("lambda")
    assert functions.list_tags(Resource=deployed.function)["Tags"] == project
    roles = shared.client("iam").list_role_tags(RoleName=deployed.role.rsplit("/", 1)[-1])
    assert as_dict(roles["Tags"]) == project
    groups = shared.client("logs").describe_log_groups()["logGroups"]
    arn = next(g["logGroupArn"] for g in groups if g["logGroupName"] == "/aws/lambda/app")
    assert shared.client("logs").list_tags_for_resource(resourceArn=arn)["tags"] == project
    vpcs = shared.client("ec2").describe_vpcs(VpcIds=[deployed.network.vpc])
    assert as_dict(vpcs["Vpcs"][0]["Tags"]) == project


def as_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Key -> value."""
    return {tag["Key"]: tag["Value"] for tag in tags}
