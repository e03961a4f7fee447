"""Two Regions behind an accelerator, and everything that can be read of them."""

from pathlib import Path
from typing import Any

import pytest

from tests.functional.twin.control.control_process import FRANKFURT, HOME_REGION, ControlProcess
from tests.functional.twin.control.resources import ServiceIds, create_accelerator, create_service
from tests.lambda_function import make_zip

READS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("ec2", "describe_vpcs", {}),
    ("ec2", "describe_subnets", {}),
    ("ec2", "describe_internet_gateways", {}),
    ("ec2", "describe_route_tables", {}),
    ("ec2", "describe_security_groups", {}),
    ("ec2", "describe_network_acls", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("elbv2", "describe_target_groups", {}),
    ("iam", "list_roles", {}),
    ("lambda", "list_functions", {"FunctionVersion": "ALL"}),
    ("lambda", "list_aliases", {"FunctionName": "app"}),
    ("lambda", "get_policy", {"FunctionName": "app", "Qualifier": "live"}),
    ("lambda", "get_function", {"FunctionName": "app", "Qualifier": "live"}),
    ("logs", "describe_log_groups", {}),
    ("route53", "list_hosted_zones", {}),
    ("acm", "list_certificates", {}),
    ("cloudwatch", "describe_alarms", {}),
    ("cloudwatch", "list_dashboards", {}),
    ("sts", "get_caller_identity", {}),
)


def read_everything(control: ControlProcess, services: tuple[ServiceIds, ...]) -> dict[str, Any]:
    """Responses of all services, without ResponseMetadata."""
    responses: dict[str, Any] = {}
    for one in services:
        for name, operation, arguments in READS:
            answer = getattr(control.client(name, one.region), operation)(**arguments)
            responses[f"{one.region} {name} {operation}"] = answer
        elb = control.client("elbv2", one.region)
        responses[f"{one.region} listeners"] = elb.describe_listeners(
            LoadBalancerArn=one.load_balancer
        )
        responses[f"{one.region} rules"] = elb.describe_rules(ListenerArn=one.listener)
        responses[f"{one.region} tags"] = elb.describe_tags(ResourceArns=[one.load_balancer])
        responses[f"{one.region} attributes"] = elb.describe_load_balancer_attributes(
            LoadBalancerArn=one.load_balancer
        )
        responses[f"{one.region} function tags"] = control.client("lambda", one.region).list_tags(
            Resource=one.function
        )
    for answer in responses.values():
        del answer["ResponseMetadata"]
    return responses | read_accelerators(control)


def read_accelerators(control: ControlProcess) -> dict[str, Any]:
    """Responses of Global Accelerator."""
    client = control.client("globalaccelerator", HOME_REGION)
    responses: dict[str, Any] = {}
    for one in client.list_accelerators()["Accelerators"]:
        arn = one["AcceleratorArn"]
        responses[arn] = one
        responses[f"{arn} tags"] = client.list_tags_for_resource(ResourceArn=arn)["Tags"]
        for listener in client.list_listeners(AcceleratorArn=arn)["Listeners"]:
            responses[listener["ListenerArn"]] = listener
            groups = client.list_endpoint_groups(ListenerArn=listener["ListenerArn"])
            responses[f"{listener['ListenerArn']} groups"] = groups["EndpointGroups"]
    return responses


def deploy_two_regions(control: ControlProcess) -> tuple[ServiceIds, ...]:
    """Two Regions behind an accelerator, and something of each other service."""
    control.client("ec2", FRANKFURT).describe_vpcs()  # makes a default VPC, and is not journaled
    services = (create_service(control, FRANKFURT), create_service(control, HOME_REGION))
    created = create_accelerator(control, services)
    control.client("globalaccelerator", HOME_REGION).update_endpoint_group(
        EndpointGroupArn=created.groups[FRANKFURT], TrafficDialPercentage=37.5
    )
    functions = control.client("lambda", FRANKFURT)
    functions.update_function_code(FunctionName="app", ZipFile=make_zip("handler = None"))
    functions.publish_version(FunctionName="app")
    functions.update_alias(FunctionName="app", Name="live", FunctionVersion="2")
    control.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")
    control.client("acm", FRANKFURT).request_certificate(
        DomainName="example.org", ValidationMethod="DNS"
    )
    watch = control.client("cloudwatch", FRANKFURT)
    watch.put_dashboard(DashboardName="d", DashboardBody="{}")
    watch.put_metric_alarm(
        AlarmName="a",
        Namespace="Shop",
        MetricName="Orders",
        Statistic="Sum",
        Period=60,
        ComparisonOperator="LessThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
    )
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.create_alias(FunctionName="app", Name="next", FunctionVersion="99")
    return services


def journal_path(control: ControlProcess) -> Path:
    return control.instance.state_dir / "control" / "journal"
