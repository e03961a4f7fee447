"""Load balancers, listeners and target groups over boto3."""

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import PARIS, ControlProcess
from tests.functional.twin.control.resources import (
    NetworkIds,
    ServiceIds,
    create_load_balancer,
)


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


def test_a_load_balancer_whose_subnets_are_mapped_is_made_once(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html."""
    elb = shared.client("elbv2", PARIS)
    mappings = [{"SubnetId": subnet} for subnet in paris.subnets]

    first, again = (
        elb.create_load_balancer(Name="mapped", Scheme="internal", SubnetMappings=mappings)
        for _ in range(2)
    )

    assert again["LoadBalancers"] == first["LoadBalancers"]


def test_a_missing_subnet_is_named_as_aws_names_it(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html."""
    elb = shared.client("elbv2", PARIS)
    balancer = create_load_balancer(shared, PARIS, paris, "connected")["LoadBalancerArn"]
    subnets = [paris.subnets[0], "subnet-0123456789abcdef0"]

    created = expect_aws_error(
        "SubnetNotFound", elb.create_load_balancer, Name="x", Subnets=subnets
    )
    changed = expect_aws_error(
        "SubnetNotFound", elb.set_subnets, LoadBalancerArn=balancer, Subnets=subnets
    )

    text = "The subnet ID 'subnet-0123456789abcdef0' does not exist"
    assert error_message(created) == error_message(changed) == text


def test_deletion_protection_protects(shared: ControlProcess, paris: NetworkIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html."""
    elb = shared.client("elbv2", PARIS)
    arn = create_load_balancer(shared, PARIS, paris, "protected")["LoadBalancerArn"]
    attribute = {"Key": "deletion_protection.enabled", "Value": "true"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])

    expect_aws_error("OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=arn)


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
    error = expect_aws_error(
        "InvalidConfigurationRequest",
        elb.modify_load_balancer_attributes,
        LoadBalancerArn=deployed.load_balancer,
        Attributes=[{"Key": key, "Value": value}],
    )

    assert f"'{key}': '{value}'" in error_message(error)


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
    expect_aws_error(
        "ValidationError",
        elb.create_target_group,
        Name="refused",
        TargetType="lambda",
        **{setting: value},
    )
    expect_aws_error(
        "ValidationError",
        elb.modify_target_group,
        TargetGroupArn=deployed.target_group,
        **{setting: value},
    )


def test_a_repeated_creation_of_a_target_group_returns_it(elb: Client) -> None:
    """As a client does that has got no answer.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    settings = {"Name": "repeated", "TargetType": "lambda", "HealthCheckPath": "/health"}
    (first,) = elb.create_target_group(**settings)["TargetGroups"]

    assert elb.create_target_group(**settings)["TargetGroups"] == [first]
    expect_aws_error(
        "DuplicateTargetGroupName", elb.create_target_group, **settings | {"HealthCheckPath": "/"}
    )
    elb.modify_target_group(TargetGroupArn=first["TargetGroupArn"], HealthCheckPath="/other")
    expect_aws_error("DuplicateTargetGroupName", elb.create_target_group, **settings)


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

    error = expect_aws_error("ValidationError", elb.create_rule, **rule("300.1.1.1/8"))

    assert "300.1.1.1/8" in error_message(error)
    assert elb.create_rule(**rule("192.168.0.0/16"))["Rules"]


def test_more_than_ten_tags_are_fine(elb: Client, deployed: ServiceIds) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html."""
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(20)]

    elb.add_tags(ResourceArns=[deployed.target_group], Tags=tags)
    told = elb.describe_tags(ResourceArns=[deployed.target_group])["TagDescriptions"][0]["Tags"]
    elb.remove_tags(ResourceArns=[deployed.target_group], TagKeys=[tag["Key"] for tag in tags])

    assert len(told) == 20


def test_a_load_balancer_stands_in_two_zones_of_one_network(
    shared: ControlProcess, paris: NetworkIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html."""
    elb, ec2 = shared.client("elbv2", PARIS), shared.client("ec2", PARIS)
    first, second = paris.subnets
    zone = ec2.describe_subnets(SubnetIds=[first])["Subnets"][0]["AvailabilityZone"]
    beside = ec2.create_subnet(VpcId=paris.vpc, CidrBlock="10.0.9.0/24", AvailabilityZone=zone)
    twice = [first, second, beside["Subnet"]["SubnetId"]]
    elsewhere = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])[
        "Subnets"
    ]
    stranger = next(one["SubnetId"] for one in elsewhere if one["AvailabilityZone"] != zone)

    def refuse(code: str, subnets: list[str], name: str = "zones") -> str:
        call = elb.create_load_balancer
        return error_message(expect_aws_error(code, call, Name=name, Subnets=subnets))

    assert "two different Availability Zones" in refuse("ValidationError", [first])
    assert "multiple subnets in the same" in refuse("InvalidConfigurationRequest", twice)
    assert "same VPC" in refuse("InvalidConfigurationRequest", [first, stranger])
    assert "'internal-'" in refuse("ValidationError", [first, second], "internal-zones")


def create_vpc_without_gateway(ec2: Client) -> tuple[str, list[str]]:
    """A VPC, and its subnets in two Availability Zones."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=f"{PARIS}{zone}")["Subnet"][
            "SubnetId"
        ]
        for zone, cidr in (("a", "10.0.0.0/24"), ("b", "10.0.1.0/24"))
    ]
    return vpc, subnets


def test_a_public_load_balancer_needs_an_internet_gateway(shared: ControlProcess) -> None:
    """Users report this answer of AWS: https://github.com/openshift/installer/issues/1110.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
    """
    elb, ec2 = shared.client("elbv2", PARIS), shared.client("ec2", PARIS)
    vpc, subnets = create_vpc_without_gateway(ec2)

    def create(name: str, **scheme: str) -> str:
        made = elb.create_load_balancer(Name=name, Subnets=subnets, **scheme)
        return str(made["LoadBalancers"][0]["Scheme"])

    for scheme in ({}, {"Scheme": "internet-facing"}):
        error = expect_aws_error("InvalidSubnet", create, name="public", **scheme)
        assert error_message(error) == f"VPC {vpc} has no internet gateway"
    assert create("hidden", Scheme="internal") == "internal"

    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    expect_aws_error("InvalidSubnet", create, name="public")
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)

    assert create("public") == "internet-facing"


def test_the_gateway_of_a_public_load_balancer_stays_attached(shared: ControlProcess) -> None:
    """Users report this answer of AWS: https://github.com/jenkins-x/terraform-aws-eks-jx/issues/373.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
    """
    elb, ec2 = shared.client("elbv2", PARIS), shared.client("ec2", PARIS)
    vpc, subnets = create_vpc_without_gateway(ec2)
    attachment = {
        "InternetGatewayId": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
        "VpcId": vpc,
    }
    ec2.attach_internet_gateway(**attachment)
    for name, scheme in (("detach-public", "internet-facing"), ("detach-hidden", "internal")):
        elb.create_load_balancer(Name=name, Subnets=subnets, Scheme=scheme)
    balancers = elb.describe_load_balancers(Names=["detach-public"])["LoadBalancers"]

    error = expect_aws_error("DependencyViolation", ec2.detach_internet_gateway, **attachment)
    elb.delete_load_balancer(LoadBalancerArn=balancers[0]["LoadBalancerArn"])
    ec2.detach_internet_gateway(**attachment)

    assert error_message(error) == (
        f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) "
        "before detaching the gateway."
    )


def test_a_public_load_balancer_may_stand_in_the_default_network(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html."""
    elb, ec2 = shared.client("elbv2", PARIS), shared.client("ec2", PARIS)
    found = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
    subnets = [subnet["SubnetId"] for subnet in found["Subnets"]][:2]

    made = elb.create_load_balancer(Name="default-network", Subnets=subnets)["LoadBalancers"][0]

    assert made["Scheme"] == "internet-facing"


def test_a_listener_of_https_has_a_certificate_and_a_rule_has_a_condition(
    elb: Client, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    """
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    error = expect_aws_error(
        "ValidationError",
        elb.create_listener,
        LoadBalancerArn=deployed.load_balancer,
        Port=443,
        Protocol="HTTPS",
        DefaultActions=[answer],
    )
    assert error_message(error) == "A certificate must be specified for HTTPS listeners"

    expect_aws_error(
        "ValidationError",
        elb.create_rule,
        ListenerArn=deployed.listener,
        Priority=9,
        Conditions=[],
        Actions=[answer],
    )
