"""Targets of Lambda target groups over boto3: registration and health."""

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import (
    FRANKFURT,
    PARIS,
    ControlProcess,
    FakeProcess,
)
from tests.functional.twin.control.resources import NetworkIds, ServiceIds, create_load_balancer
from twin.internal_api.schemas import TargetHealth, TargetHealthReport, TargetState


def test_a_function_without_permission_is_no_target(
    shared: ControlProcess, elb: Client, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""
    group = elb.create_target_group(Name="barred", TargetType="lambda")["TargetGroups"][0]
    arn = group["TargetGroupArn"]

    error = expect_aws_error(
        "AccessDenied",
        elb.register_targets,
        TargetGroupArn=arn,
        Targets=[{"Id": deployed.alias}],
    )

    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert error_message(error) == (
        "elasticloadbalancing principal does not have permission to invoke "
        f"{deployed.alias} from target group {arn}"
    )


def test_a_target_group_has_one_function(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""
    expect_aws_error(
        "TooManyTargets",
        elb.register_targets,
        TargetGroupArn=deployed.target_group,
        Targets=[{"Id": deployed.function}],
    )
    empty = elb.create_target_group(Name="empty", TargetType="lambda")["TargetGroups"][0]
    expect_aws_error(
        "InvalidTarget",
        elb.register_targets,
        TargetGroupArn=empty["TargetGroupArn"],
        Targets=[{"Id": f"{deployed.function}-gone"}],
    )


def test_the_region_tells_the_health_of_targets(
    shared: ControlProcess, elb: Client, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html."""

    def health() -> Client:
        told = elb.describe_target_health(TargetGroupArn=deployed.target_group)
        return told["TargetHealthDescriptions"][0]["TargetHealth"]

    silent = health()
    region = FakeProcess(shared.instance.region_address(FRANKFURT))
    failed = TargetHealth(
        target_group=deployed.target_group,
        target=deployed.alias,
        state=TargetState.UNHEALTHY,
        reason="Target.ResponseCodeMismatch",
        description="Health checks failed with these codes: [503]",
    )
    region.answers["/_twin/targets"] = TargetHealthReport(region=FRANKFURT, targets=(failed,))

    told = health()
    region.close()

    assert (silent["State"], silent["Reason"]) == ("initial", "Elb.RegistrationInProgress")
    assert told == {
        "State": "unhealthy",
        "Reason": failed.reason,
        "Description": failed.description,
    }


def test_unused_targets_and_targets_without_checks_say_so(
    elb: Client, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html."""
    arn = deployed.target_group
    stranger = elb.describe_target_health(TargetGroupArn=arn, Targets=[{"Id": deployed.function}])
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckEnabled=False)
    unchecked = elb.describe_target_health(TargetGroupArn=arn)
    elb.modify_target_group(TargetGroupArn=arn, HealthCheckEnabled=True)

    reasons = [
        told["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"]
        for told in (stranger, unchecked)
    ]
    assert reasons == ["Target.NotRegistered", "Target.HealthCheckDisabled"]


def test_a_target_group_forgets_a_deleted_load_balancer(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroup.html."""
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "short-lived")["LoadBalancerArn"]
    group = elb.create_target_group(Name="left", TargetType="lambda")["TargetGroups"][0]
    arn = group["TargetGroupArn"]
    action = {"Type": "forward", "TargetGroupArn": arn}
    elb.create_listener(LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=[action])

    def users() -> Client:
        return elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0].get(
            "LoadBalancerArns", []
        )

    assert users() == [balancer]
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    assert users() == []
