"""What the Topology holds of moto's resources."""

import hashlib

from tests.functional.twin.control.control_process import FRANKFURT, HOME_REGION, ControlProcess
from tests.functional.twin.control.resources import create_accelerator, create_service
from tests.lambda_function import make_zip
from twin.topology.model import FunctionAlias, FunctionPermission


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
