"""The Topology that a real control process publishes, and who gets it when."""

import hashlib
from typing import Any

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeEdge,
    FakeProcess,
)
from tests.functional.twin.control.resources import create_accelerator, create_service, make_zip
from tests.waiting import eventually
from twin import codec
from twin.topology.model import FunctionAlias, FunctionPermission, Topology


def test_the_topology_holds_what_was_deployed(control: ControlProcess) -> None:
    services = (create_service(control, FRANKFURT), create_service(control, HOME_REGION))
    created = create_accelerator(control, services)

    topology = control.topology()

    assert set(topology.regions) == {FRANKFURT, HOME_REGION}
    accelerator = topology.accelerators[0]
    assert accelerator.ips == control.instance.static_ips(0)
    assert accelerator.listeners[0].port_ranges[0].from_port == 80
    groups = {group.region: group for group in accelerator.listeners[0].groups}
    for one in services:
        group, region = groups[one.region], topology.regions[one.region]
        assert group.arn == created.groups[one.region]
        assert [(e.id, e.weight) for e in group.endpoints] == [(one.load_balancer, 100)]
        balancer = region.load_balancers[0]
        assert balancer.address == control.instance.load_balancer_address(one.region, 1)
        assert balancer.address == one.address
        assert balancer.scheme == "internal"
        assert balancer.attributes["idle_timeout.timeout_seconds"] == "60"
        assert balancer.listeners[0].default_action.target_groups[0].arn == one.target_group
        target_group = region.target_groups[0]
        assert target_group.targets == (one.alias,)
        check = target_group.health_check
        assert (check.enabled, check.path, check.matcher) == (True, "/health", "200")
        assert (check.interval_s, check.timeout_s) == (5, 2)
        assert (check.healthy_threshold, check.unhealthy_threshold) == (2, 2)


def test_a_function_is_published_with_its_code(control: ControlProcess) -> None:
    deployed = create_service(control, FRANKFURT)

    function = control.topology().regions[FRANKFURT].functions[0]
    latest, version = function.versions

    assert function.arn == deployed.function
    assert (latest.version, version.version) == ("$LATEST", "1")
    assert (version.handler, version.runtime) == ("app.handler", "python3.13")
    assert (version.timeout_s, version.memory_mb) == (4, 256)
    assert version.environment == {"TABLE": "items"}
    assert version.log_group == "/aws/lambda/app"
    assert version.code_sha256 == hashlib.sha256(make_zip()).hexdigest()
    assert control.instance.code_path(version.code_sha256).read_bytes() == make_zip()
    assert function.aliases == (FunctionAlias(name="live", version="1"),)
    assert function.permissions == (
        FunctionPermission(
            statement_id="alb",
            action="lambda:InvokeFunction",
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=deployed.target_group,
            qualifier="live",
        ),
    )


def test_new_code_leaves_the_old_version_as_it_was(control: ControlProcess) -> None:
    create_service(control, FRANKFURT)
    functions = control.client("lambda")

    functions.update_function_code(FunctionName="app", ZipFile=make_zip("second"), Publish=True)

    latest, first, second = control.topology().regions[FRANKFURT].functions[0].versions
    assert first.code_sha256 == hashlib.sha256(make_zip()).hexdigest()
    assert (
        second.code_sha256 == latest.code_sha256 == hashlib.sha256(make_zip("second")).hexdigest()
    )
    assert second.version == "2"


def test_it_is_published_before_the_answer(control: ControlProcess) -> None:
    services = (create_service(control, FRANKFURT),)
    created = create_accelerator(control, services)
    client = control.client("globalaccelerator", HOME_REGION)

    for dial in (0.0, 50.0, 100.0):
        client.update_endpoint_group(
            EndpointGroupArn=created.groups[FRANKFURT], TrafficDialPercentage=dial
        )
        assert control.topology().accelerators[0].listeners[0].groups[0].dial == dial


def test_only_a_change_of_content_makes_a_new_version(control: ControlProcess) -> None:
    ec2: Any = control.client("ec2")
    before = control.topology().version

    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert control.topology().version == before

    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    assert control.topology().version == before + 1


def test_a_poll_waits_for_the_next_topology_and_acknowledges(control: ControlProcess) -> None:
    edge, region = FakeEdge(control), FakeEdge(control, "region/eu-central-1")
    eventually(lambda: edge.versions and region.versions)

    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    version = control.topology().version

    eventually(lambda: edge.versions[-1] == version and region.versions[-1] == version)
    eventually(lambda: b'"edge":%d' % version in control.get("/_twin/status")[1])
    assert edge.topology == control.topology()
    edge.close()
    region.close()


def test_versions_rise_over_a_restart_even_when_the_file_is_lost(control: ControlProcess) -> None:
    edge = FakeEdge(control)
    client = control.client("globalaccelerator", HOME_REGION)
    for name in ("a", "b", "c"):
        client.create_accelerator(Name=name)
    version = control.topology().version
    eventually(lambda: edge.versions and edge.versions[-1] == version)
    control.kill()
    control.instance.topology_path.unlink()

    control.start()

    eventually(lambda: edge.versions[-1] > version, within_s=20)
    assert [a.name for a in edge.topology.accelerators] == ["a", "b", "c"]
    edge.close()


def test_without_an_edge_a_change_stays_in_progress(control: ControlProcess) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html."""
    client = control.client("globalaccelerator", HOME_REGION)
    arn = client.create_accelerator(Name="a")["Accelerator"]["AcceleratorArn"]
    bystander = FakeEdge(control, "region/eu-central-1")
    eventually(lambda: bystander.versions)

    def status() -> str:
        answer: str = client.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"]
        return answer

    assert status() == "IN_PROGRESS"
    edge = FakeEdge(control)
    eventually(lambda: status() == "DEPLOYED")
    edge.close()
    bystander.close()


def test_a_region_with_something_to_serve_is_started_once(control: ControlProcess) -> None:
    gateway = FakeProcess(control.instance.gateway_address)
    control.instance.region_state(HOME_REGION).mkdir(parents=True)  # has been started before

    create_service(control, FRANKFURT)
    create_service(control, HOME_REGION)

    eventually(lambda: gateway.posts)
    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    assert gateway.posts == [f"/_twin/regions/{FRANKFURT}"]
    gateway.close()


def test_a_malformed_poll_is_refused(control: ControlProcess) -> None:
    status, body = control.get("/_twin/topology?after=soon&role=edge")

    assert status == 400
    assert b"soon" in body
    assert codec.loads(Topology, control.get("/_twin/topology")[1]).version == 1
