"""Control restores its state, however it ended."""

import resource
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeEdge,
)
from tests.functional.twin.control.resources import (
    ServiceIds,
    create_accelerator,
    create_service,
    make_zip,
)
from tests.waiting import eventually

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


def deploy(control: ControlProcess) -> tuple[ServiceIds, ...]:
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
    control.client("acm", FRANKFURT).request_certificate(DomainName="example.org")
    watch = control.client("cloudwatch", FRANKFURT)
    watch.put_dashboard(DashboardName="d", DashboardBody="{}")
    watch.put_metric_alarm(
        AlarmName="a", ComparisonOperator="LessThanThreshold", EvaluationPeriods=1, Threshold=1
    )
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.create_alias(FunctionName="app", Name="next", FunctionVersion="99")
    return services


def test_everything_is_the_same_after_kill_9(control: ControlProcess) -> None:
    edge = FakeEdge(control)
    services = deploy(control)
    client = control.client("globalaccelerator", HOME_REGION)
    eventually(lambda: client.list_accelerators()["Accelerators"][0]["Status"] == "DEPLOYED")
    before, topology = read_everything(control, services), control.topology()

    control.kill()
    control.start()

    assert read_everything(control, services) == before
    assert control.topology() == topology
    assert "answered differently" not in control.log()
    edge.close()


def test_new_resources_get_new_ids_after_a_restart(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    first = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    control.kill()
    control.start()

    second = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    assert second != first
    assert {first, second} <= {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}


def test_the_call_that_died_half_written_is_as_if_never_made(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    kept = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    torn = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    control.kill()
    journal = journal_path(control)
    journal.write_bytes(journal.read_bytes()[:-20])

    control.start()

    ids = {vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]}
    assert kept in ids
    assert torn not in ids
    assert ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"] not in ids


def test_a_damaged_journal_is_named_with_its_line(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.create_vpc(CidrBlock="10.1.0.0/16")
    control.kill()
    journal = journal_path(control)
    journal.write_bytes(journal.read_bytes().replace(b"10.0.0.0", b"10.9.9.9", 1))

    process = control.launch()

    assert process.wait(timeout=30) == 1
    assert f"{journal}, line 2: its checksum is wrong" in control.log()


def test_control_ends_rather_than_forget_a_change(control: ControlProcess) -> None:
    ec2 = control.client("ec2")
    before = ec2.describe_vpcs()["Vpcs"]
    process = control.process
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    with pytest.raises(ClientError, match="can't be written"):
        ec2.create_vpc(CidrBlock="10.0.0.0/16")

    process.wait(timeout=10)
    control.start()
    assert ec2.describe_vpcs()["Vpcs"] == before


def test_sigterm_ends_it_at_once_and_cleanly_while_somebody_polls(
    control: ControlProcess,
) -> None:
    edge = FakeEdge(control)
    eventually(lambda: edge.versions)

    assert control.stop() == 0
    edge.close()
    assert "Traceback" not in control.log()


def test_no_topology_is_published_before_everything_is_restored(control: ControlProcess) -> None:
    services = deploy(control)
    control.kill()
    published = control.topology()
    control.instance.topology_path.unlink()  # so that a premature one would be seen
    edge = FakeEdge(control)

    process = control.launch()
    eventually(lambda: edge.versions, within_s=60)

    first = edge.topology
    assert process.poll() is None
    assert first.regions == published.regions
    assert first.accelerators == published.accelerators
    assert {one.region for one in services} == set(first.regions)
    edge.close()


def journal_path(control: ControlProcess) -> Path:
    return control.instance.state_dir / "control" / "journal"


def test_alarms_are_kept_and_metrics_and_states_are_not(control: ControlProcess) -> None:
    """Metrics and states are data: they live as long as control does."""
    client = control.client("cloudwatch")
    client.put_metric_alarm(
        AlarmName="kept",
        Namespace="Own",
        MetricName="kept",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    client.set_alarm_state(AlarmName="kept", StateValue="ALARM", StateReason="a test")
    client.put_metric_data(Namespace="Own", MetricData=[{"MetricName": "kept", "Value": 1.0}])
    _, status = control.get("/_twin/status")
    control.kill()

    control.start()

    again = control.client("cloudwatch")
    (alarm,) = again.describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert again.list_metrics(Namespace="Own")["Metrics"] == []
    assert b'"journal_entries":1' in status
