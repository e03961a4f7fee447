"""What moto's control planes get wrong, and the twin puts right; called by boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess, FakeProcess
from tests.functional.twin.control.resources import (
    NetworkIds,
    ServiceIds,
    create_function,
    create_load_balancer,
    create_network,
    create_service,
    make_zip,
)
from twin.geography import REGIONS
from twin.internal_api.schemas import TargetHealth, TargetHealthReport, TargetState
from twin.runtime.instance import ACCOUNT

PARIS = "eu-west-3"

Client = Any
"""A boto3 client, one of its methods or answers."""


@pytest.fixture(scope="module")
def deployed(shared: ControlProcess) -> ServiceIds:
    """A service in Frankfurt that the module's tests share."""
    return create_service(shared, FRANKFURT)


@pytest.fixture(scope="module")
def paris(shared: ControlProcess) -> NetworkIds:
    """A network to stand load balancers in."""
    return create_network(shared, PARIS)


@pytest.fixture
def elb(shared: ControlProcess) -> Client:
    """Elastic Load Balancing in Frankfurt."""
    return shared.client("elbv2", FRANKFURT)


@pytest.fixture
def functions(shared: ControlProcess) -> Client:
    """Lambda in Frankfurt."""
    return shared.client("lambda", FRANKFURT)


def refused(code_expected: str, call: Client, **arguments: object) -> ClientError:
    """Make a call that must fail with this code; the error."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code_expected
    return caught.value


def message(error: ClientError) -> str:
    """What an error says."""
    return error.response["Error"]["Message"]


# -- load balancers


def test_the_lowest_free_address_is_given_again(shared: ControlProcess, paris: NetworkIds) -> None:
    """The DNS name is the loopback address that the load balancer listens on."""
    elb = shared.client("elbv2", PARIS)
    made = [create_load_balancer(shared, PARIS, paris, name) for name in ("a", "b", "c")]
    elb.delete_load_balancer(LoadBalancerArn=made[1]["LoadBalancerArn"])

    again = create_load_balancer(shared, PARIS, paris, "d")

    addresses = [shared.instance.load_balancer_address(PARIS, n) for n in (1, 2, 3)]
    assert [one["DNSName"] for one in made] == addresses
    assert again["DNSName"] == addresses[1]


def test_a_load_balancer_name_is_unique(shared: ControlProcess, paris: NetworkIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html."""
    first = create_load_balancer(shared, PARIS, paris, "unique")

    assert create_load_balancer(shared, PARIS, paris, "unique") == first
    with pytest.raises(ClientError, match="DuplicateLoadBalancerName"):
        create_load_balancer(shared, PARIS, paris, "unique", "internet-facing")


def test_deletion_protection_protects(shared: ControlProcess, paris: NetworkIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html."""
    elb = shared.client("elbv2", PARIS)
    arn = create_load_balancer(shared, PARIS, paris, "protected")["LoadBalancerArn"]
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])

    refused("OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=arn)


def test_attributes_have_their_documented_defaults(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html."""
    told = elb.describe_load_balancer_attributes(LoadBalancerArn=deployed.load_balancer)
    attributes = {one["Key"]: one["Value"] for one in told["Attributes"]}

    assert attributes["idle_timeout.timeout_seconds"] == "60"
    assert attributes["client_keep_alive.seconds"] == "3600"
    assert attributes["routing.http.xff_header_processing.mode"] == "append"
    assert attributes["routing.http2.enabled"] == "true"
    assert attributes["deletion_protection.enabled"] == "false"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("idle_timeout.timeout_seconds", "4001"),
        ("client_keep_alive.seconds", "soon"),
        ("routing.http.xff_header_processing.mode", "drop"),
        ("deletion_protection.enabled", "maybe"),
    ],
)
def test_odd_attribute_values_are_refused(
    elb: Client, deployed: ServiceIds, key: str, value: str
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html."""
    error = refused(
        "InvalidConfigurationRequest",
        elb.modify_load_balancer_attributes,
        LoadBalancerArn=deployed.load_balancer,
        Attributes=[{"Key": key, "Value": value}],
    )

    assert f"'{key}': '{value}'" in message(error)


def test_a_port_has_one_listener(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html."""
    refused(
        "DuplicateListener",
        elb.create_listener,
        LoadBalancerArn=deployed.load_balancer,
        Port=80,
        Protocol="HTTP",
        DefaultActions=[{"Type": "forward", "TargetGroupArn": deployed.target_group}],
    )


# -- target groups


def test_a_lambda_target_group_has_its_documented_defaults(elb: Client) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html."""
    made = elb.create_target_group(Name="defaults", TargetType="lambda")["TargetGroups"][0]

    assert made["HealthCheckEnabled"] is False
    assert (made["HealthCheckIntervalSeconds"], made["HealthCheckTimeoutSeconds"]) == (35, 30)
    assert (made["HealthyThresholdCount"], made["UnhealthyThresholdCount"]) == (5, 2)
    assert (made["HealthCheckPath"], made["Matcher"]) == ("/", {"HttpCode": "200"})
    told = elb.describe_target_group_attributes(TargetGroupArn=made["TargetGroupArn"])
    attributes = {one["Key"]: one["Value"] for one in told["Attributes"]}
    assert attributes["lambda.multi_value_headers.enabled"] == "false"
    assert "deregistration_delay.timeout_seconds" not in attributes


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("HealthCheckIntervalSeconds", 301),
        ("HealthCheckTimeoutSeconds", 121),
        ("HealthyThresholdCount", 11),
        ("UnhealthyThresholdCount", 11),
        ("Matcher", {"HttpCode": "200-500"}),
        ("Matcher", {"HttpCode": "fine"}),
        ("HealthCheckPath", "health"),
    ],
)
def test_health_check_settings_out_of_range_are_refused(
    elb: Client, deployed: ServiceIds, setting: str, value: object
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html."""
    refused(
        "ValidationError",
        elb.create_target_group,
        Name="refused",
        TargetType="lambda",
        **{setting: value},
    )
    refused(
        "ValidationError",
        elb.modify_target_group,
        TargetGroupArn=deployed.target_group,
        **{setting: value},
    )


def test_every_health_check_setting_can_be_changed(elb: Client) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyTargetGroup.html."""
    made = elb.create_target_group(Name="changed", TargetType="lambda")["TargetGroups"][0]
    settings = {
        "HealthCheckEnabled": True,
        "HealthCheckPath": "/h",
        "HealthCheckIntervalSeconds": 10,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 3,
        "UnhealthyThresholdCount": 4,
        "Matcher": {"HttpCode": "200,202"},
    }

    elb.modify_target_group(TargetGroupArn=made["TargetGroupArn"], **settings)

    arns = [made["TargetGroupArn"]]
    told = elb.describe_target_groups(TargetGroupArns=arns)["TargetGroups"][0]
    assert {name: told[name] for name in settings} == settings


def test_a_function_without_permission_is_no_target(
    shared: ControlProcess, elb: Client, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""
    group = elb.create_target_group(Name="barred", TargetType="lambda")["TargetGroups"][0]
    arn = group["TargetGroupArn"]

    error = refused(
        "AccessDenied",
        elb.register_targets,
        TargetGroupArn=arn,
        Targets=[{"Id": deployed.alias}],
    )

    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert message(error) == (
        "elasticloadbalancing principal does not have permission to invoke "
        f"{deployed.alias} from target group {arn}"
    )


def test_a_target_group_has_one_function(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html."""
    refused(
        "TooManyTargets",
        elb.register_targets,
        TargetGroupArn=deployed.target_group,
        Targets=[{"Id": deployed.function}],
    )
    empty = elb.create_target_group(Name="empty", TargetType="lambda")["TargetGroups"][0]
    refused(
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


def test_a_rule_about_addresses_has_networks(shared: ControlProcess, paris: NetworkIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SourceIpConditionConfig.html."""
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "by-address")["LoadBalancerArn"]
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Port=80, Protocol="HTTP", DefaultActions=[answer]
    )["Listeners"][0]["ListenerArn"]

    def rule(network: str) -> dict[str, object]:
        condition = {"Field": "source-ip", "SourceIpConfig": {"Values": ["10.0.0.0/8", network]}}
        return {
            "ListenerArn": listener,
            "Priority": 1,
            "Conditions": [condition],
            "Actions": [answer],
        }

    error = refused("ValidationError", elb.create_rule, **rule("300.1.1.1/8"))

    assert "300.1.1.1/8" in message(error)
    assert elb.create_rule(**rule("192.168.0.0/16"))["Rules"]


# -- functions


def test_logging_and_snap_start_are_kept(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html."""
    create_function(shared, FRANKFURT, "kept")

    functions.update_function_configuration(
        FunctionName="kept",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/mine"},
        SnapStart={"ApplyOn": "PublishedVersions"},
        EphemeralStorage={"Size": 1024},
        TracingConfig={"Mode": "Active"},
    )

    told = functions.get_function_configuration(FunctionName="kept")
    assert told["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
        "LogGroup": "/mine",
    }
    assert told["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert told["EphemeralStorage"] == {"Size": 1024}
    assert told["TracingConfig"] == {"Mode": "Active"}
    published = functions.publish_version(FunctionName="kept")
    assert published["SnapStart"]["OptimizationStatus"] == "On"


def test_versions_are_published_after_changes_only_and_never_numbered_twice(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html."""
    create_function(shared, FRANKFURT, "versions")

    def publish() -> str:
        version: str = functions.publish_version(FunctionName="versions")["Version"]
        return version

    assert publish() == "1"
    functions.update_function_code(FunctionName="versions", ZipFile=make_zip("two"))
    assert publish() == "2"
    assert publish() == "2"
    functions.delete_function(FunctionName="versions", Qualifier="2")
    functions.update_function_code(FunctionName="versions", ZipFile=make_zip("three"))
    assert publish() == "3"


def test_a_version_is_published_of_the_expected_code_only(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html."""
    create_function(shared, FRANKFURT, "expected")

    refused(
        "InvalidParameterValueException",
        functions.publish_version,
        FunctionName="expected",
        CodeSha256="AAAA",
    )


def test_each_qualifier_has_its_own_policy(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html."""
    create_function(shared, FRANKFURT, "policy")
    grant = {
        "FunctionName": "policy",
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com",
    }

    functions.add_permission(**grant, Qualifier="live")

    refused("ResourceNotFoundException", functions.get_policy, FunctionName="policy")
    refused("ResourceConflictException", functions.add_permission, **grant, Qualifier="live")
    functions.add_permission(**grant)
    functions.remove_permission(FunctionName="policy", StatementId="one", Qualifier="live")
    refused(
        "ResourceNotFoundException", functions.get_policy, FunctionName="policy", Qualifier="live"
    )
    left = json.loads(functions.get_policy(FunctionName="policy")["Policy"])["Statement"]
    assert [statement["Resource"].rsplit(":", 1)[-1] for statement in left] == ["policy"]


def test_a_reservation_of_nothing_is_told(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html."""
    create_function(shared, FRANKFURT, "stopped")
    functions.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)

    told = functions.get_function(FunctionName="stopped")
    published = {f.name: f for f in shared.topology().regions[FRANKFURT].functions}

    assert told["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert published["stopped"].reserved_concurrency == 0
    refused(
        "InvalidParameterValueException",
        functions.put_function_concurrency,
        FunctionName="stopped",
        ReservedConcurrentExecutions=901,
    )


def test_a_function_named_by_its_arn_is_not_counted_against_itself(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html."""
    _, arn, _ = create_function(shared, FRANKFURT, "by-arn")
    functions.put_function_concurrency(FunctionName="by-arn", ReservedConcurrentExecutions=800)

    for count in (700, 5):
        functions.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=count)

    found = functions.get_function_concurrency(FunctionName="by-arn")
    assert found["ReservedConcurrentExecutions"] == 5
    functions.delete_function_concurrency(FunctionName=arn)
    refused(
        "ResourceNotFoundException",
        functions.put_function_concurrency,
        FunctionName="none",
        ReservedConcurrentExecutions=950,
    )


@pytest.mark.parametrize(("setting", "value"), [("Timeout", 901), ("MemorySize", 10241)])
def test_function_limits_hold(
    shared: ControlProcess, functions: Client, deployed: ServiceIds, setting: str, value: int
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    error = refused(
        "ValidationException",
        functions.update_function_configuration,
        FunctionName="app",
        **{setting: value},
    )

    assert str(value) in message(error)


def test_control_runs_no_functions(functions: Client, deployed: ServiceIds) -> None:
    error = refused("InvalidRequestContentException", functions.invoke, FunctionName="app")

    assert "gateway" in message(error)


def test_control_has_no_tables(shared: ControlProcess) -> None:
    error = refused("ValidationException", shared.client("dynamodb").list_tables)

    assert "gateway" in message(error)


def test_what_nobody_implements_says_so(shared: ControlProcess) -> None:
    watch = shared.client("cloudwatch")

    error = refused("NotImplemented", watch.delete_anomaly_detector, Namespace="n", MetricName="m")

    assert "DeleteAnomalyDetector" in message(error)


# -- accounts, zones, tags


def test_every_region_has_zones_and_one_account(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAvailabilityZones.html."""
    for place in REGIONS:
        zones = shared.client("ec2", place.name).describe_availability_zones()
        names = [zone["ZoneName"] for zone in zones["AvailabilityZones"]]
        assert len(names) >= 2
        assert all(name.startswith(place.name) for name in names)
        identity = shared.client("sts", place.name).get_caller_identity()
        assert identity["Account"] == "123456789012"


def test_credentials_that_nobody_made_are_the_root_users(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    identity = shared.client("sts", FRANKFURT).get_caller_identity()

    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert identity["UserId"] == identity["Account"] == ACCOUNT


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


def test_more_than_ten_tags_are_fine(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html."""
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(20)]

    elb.add_tags(ResourceArns=[deployed.target_group], Tags=tags)
    told = elb.describe_tags(ResourceArns=[deployed.target_group])["TagDescriptions"][0]["Tags"]
    elb.remove_tags(ResourceArns=[deployed.target_group], TagKeys=[tag["Key"] for tag in tags])

    assert len(told) == 20


def as_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Key -> value."""
    return {tag["Key"]: tag["Value"] for tag in tags}
