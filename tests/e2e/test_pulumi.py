"""The program's life with the real Pulumi engine: change, drift, growth, end."""

import json
import re
from typing import Any

from tests.e2e.checkout import Checkout, CommandResult
from tests.e2e.clients import FRANKFURT, PORTLAND, RequestStream
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, deployed_system
from tests.waiting import eventually

THIRD_REGION = "ap-northeast-1"
TOKYO = "127.210.15.1"
SUMMARY = {
    "to create": "create",
    "created": "create",
    "to update": "update",
    "updated": "update",
    "to delete": "delete",
    "deleted": "delete",
    "to replace": "replace",
    "replaced": "replace",
    "unchanged": "unchanged",
}
REGIONS_LINE = r"^(\s*)- us-west-2$"


def run_pulumi(own_checkout: Checkout, command: str) -> CommandResult:
    return own_checkout.run_in_shell(
        f"pulumi {command} --stack local --non-interactive --color never"
    )


def run_rollout(own_checkout: Checkout, options: str = "") -> CommandResult:
    """A rollout that tries each Region once."""
    return own_checkout.run_in_shell(
        f".venv/bin/python -m tools.rollout --stack local --watch 0 {options}"
    )


def count_changes(done: CommandResult) -> dict[str, int]:
    """Counts of Pulumi's summary: {'create': 3, 'update': 1, 'unchanged': 40}."""
    found = re.findall(rf"(\d+) ({'|'.join(SUMMARY)})", done.output)
    return {SUMMARY[word]: int(count) for count, word in found}


def export_resources(own_checkout: Checkout) -> dict[str, Any]:
    """Every resource of the stack's state: URN -> outputs."""
    state = json.loads(own_checkout.run_in_shell("pulumi stack export --stack local").ok().output)
    return {r["urn"]: r.get("outputs", {}) for r in state["deployment"]["resources"]}


def test_up_again_changes_nothing(own_checkout: Checkout) -> None:
    assert set(count_changes(run_pulumi(own_checkout, "preview").ok())) == {"unchanged"}
    assert set(count_changes(run_pulumi(own_checkout, "up --yes").ok())) == {"unchanged"}


def test_refresh_of_an_untouched_system_changes_nothing(own_checkout: Checkout) -> None:
    assert set(count_changes(run_pulumi(own_checkout, "refresh --yes").ok())) == {"unchanged"}


def test_refresh_sees_drift_and_up_mends_it(own_checkout: Checkout) -> None:
    system = deployed_system(own_checkout)
    group = system.outputs["regions"][OREGON_REGION]["target_group_arn"]
    elb = own_checkout.client("elbv2", OREGON_REGION)
    elb.modify_target_group(TargetGroupArn=group, HealthyThresholdCount=9)

    refreshed = count_changes(run_pulumi(own_checkout, "refresh --yes").ok())
    restored = count_changes(run_pulumi(own_checkout, "up --yes").ok())

    assert refreshed["update"] == 1
    assert restored["update"] == 1
    (described,) = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert described["HealthyThresholdCount"] == 2


def test_an_edit_of_the_function_goes_live_without_a_failed_request(own_checkout: Checkout) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    system = deployed_system(own_checkout)

    def read(number: int) -> str:
        answer = system.get("/get/foobar", (FRANKFURT, PORTLAND)[number % 2])
        return "new" if b"Returned now" in answer.body else str(answer.status)

    own_checkout.edit("app/services/items/pages.py", '"Returned"', '"Returned now"')
    with RequestStream(read) as stream:
        done = run_pulumi(own_checkout, "up --yes").ok()
        eventually(lambda: stream.counts["new"] > 50, 20)
        for source in (FRANKFURT, PORTLAND):
            assert b"Returned now" in system.get("/get/foobar", source).body

    assert count_changes(done).get("replace", 0) == 0
    assert set(stream.counts) <= {"200", "new"}


def test_a_turned_dial_stays_while_nothing_else_of_its_group_changes(
    own_checkout: Checkout,
) -> None:
    system = deployed_system(own_checkout)
    system.set_dial(OREGON_REGION, 30)

    own_checkout.edit("app/services/items/pages.py", '"Returned now"', '"Returned"')
    run_pulumi(own_checkout, "up --yes").ok()

    assert system.dial(OREGON_REGION) == 30
    system.set_dial(OREGON_REGION, 100)


def test_another_change_of_the_group_puts_a_turned_dial_back_unless_refreshed(
    own_checkout: Checkout,
) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/globalaccelerator/endpoint_group.go"""
    system = deployed_system(own_checkout)
    system.set_dial(OREGON_REGION, 30)
    own_checkout.edit("infra/accelerator.py", r"^WEIGHT = 100$", "WEIGHT = 101")
    refreshed = run_pulumi(own_checkout, "up --yes --refresh").ok()
    kept = system.dial(OREGON_REGION)

    system.set_dial(OREGON_REGION, 40)
    run_pulumi(own_checkout, "refresh --yes").ok()
    system.set_dial(OREGON_REGION, 20)
    own_checkout.edit("infra/accelerator.py", r"^WEIGHT = 101$", "WEIGHT = 100")
    unrefreshed = run_pulumi(own_checkout, "up --yes").ok()

    assert count_changes(refreshed)["update"] >= 1
    assert count_changes(unrefreshed)["update"] >= 1
    assert kept == 30
    assert system.dial(OREGON_REGION) == 40
    system.set_dial(OREGON_REGION, 100)
    run_pulumi(own_checkout, "refresh --yes").ok()


def test_a_rollout_leaves_out_a_dead_region_and_reaches_it_after_its_return(
    own_checkout: Checkout,
) -> None:
    system = deployed_system(own_checkout)
    own_checkout.edit("app/services/items/pages.py", '"Returned"', '"Returned later"')
    system.run_twin(f"region kill {OREGON_REGION}")

    refused = run_rollout(own_checkout)
    before = system.get("/get/foobar", FRANKFURT).body
    skipping = run_rollout(own_checkout, f"--skip {OREGON_REGION}").ok()
    after = system.get("/get/foobar", FRANKFURT).body
    system.run_twin(f"region start {OREGON_REGION}")
    system.wait_until_moved(PORTLAND, OREGON_REGION, 30)
    run_rollout(own_checkout).ok()

    assert refused.code == 1
    assert f"--skip {OREGON_REGION}" in refused.output
    assert b"Returned later" not in before
    assert b"Returned later" in after
    assert "python -m tools.rollout --stack local" in skipping.output
    assert b"Returned later" in system.get("/get/foobar", PORTLAND).body
    assert set(count_changes(run_pulumi(own_checkout, "preview").ok())) == {"unchanged"}


def test_a_region_is_added_and_removed_by_one_line_and_disturbs_no_other(
    own_checkout: Checkout,
) -> None:
    system = deployed_system(own_checkout)
    before = export_resources(own_checkout)
    old_outputs = (own_checkout.home / "outputs.json").read_text()

    own_checkout.edit("Pulumi.local.yaml", REGIONS_LINE, rf"\1- us-west-2\n\1- {THIRD_REGION}")
    added = run_pulumi(own_checkout, "up --yes").ok()
    grown = export_resources(own_checkout)
    system = deployed_system(own_checkout)
    system.wait_until_moved(TOKYO, THIRD_REGION, 30)
    fresh, outdated = muster_status(own_checkout), muster_status_with(own_checkout, old_outputs)
    own_checkout.edit("Pulumi.local.yaml", rf"^\s*- {THIRD_REGION}\n", "")
    refused = own_checkout.run("make", "up", "INSTANCE=auto", "SPEED=10")
    kept = export_resources(own_checkout)
    removed = run_pulumi(own_checkout, "up --yes").ok()
    after = export_resources(own_checkout)

    assert set(fresh["regions"]) == {FRANKFURT_REGION, OREGON_REGION, THIRD_REGION}
    assert fresh["outdated"] == []
    assert any(THIRD_REGION in text for text in outdated["outdated"])
    assert count_changes(added)["create"] > 10
    assert "Error 3" in refused.output
    deleted = count_changes(removed)["delete"]
    assert f"{THIRD_REGION} ({deleted} resources) would be deleted" in refused.output
    assert f"clients are still led to {THIRD_REGION}: drain first" in refused.output
    assert kept == grown
    assert count_changes(added).get("replace", 0) == count_changes(removed).get("replace", 0) == 0
    assert count_changes(added).get("delete", 0) == count_changes(removed).get("create", 0) == 0
    assert regional_resources(before) == {
        k: v for k, v in regional_resources(grown).items() if k in before
    }
    assert regional_resources(after) == regional_resources(before)
    system.wait_until_moved(TOKYO, OREGON_REGION, 30)


def muster_status(own_checkout: Checkout) -> dict[str, Any]:
    """The document of `muster status --json`."""
    done = own_checkout.run_in_shell("muster status --json 2>/dev/null", within_s=60)
    status: dict[str, Any] = json.loads(done.output)
    return status


def muster_status_with(own_checkout: Checkout, outputs: str) -> dict[str, Any]:
    """The same with other outputs in the file; the present ones are put back."""
    file = own_checkout.home / "outputs.json"
    present = file.read_text()
    file.write_text(outputs)
    try:
        return muster_status(own_checkout)
    finally:
        file.write_text(present)


def regional_resources(resources: dict[str, Any]) -> dict[str, Any]:
    """Resources of a single Region: without the tables and whatever spans all Regions.

    The functions know the names of all Regions, which pages ask: a new version takes over.
    """
    # The components alone, which list all Regions, and not the resources in them.
    components = ("infra:DnsFrontDoor::", "infra:Certificates::")
    functions = ("lambda/function:Function::", "lambda/alias:Alias::")
    spanning = ("dynamodb", "accelerator", "Stack", "pulumi:providers", "Table")
    shared = (*spanning, *components, *functions)
    return {urn: value for urn, value in resources.items() if not any(s in urn for s in shared)}


def test_a_wrong_configuration_fails_in_preview_with_key_value_and_rule(
    own_checkout: Checkout,
) -> None:
    own_checkout.edit("Pulumi.local.yaml", REGIONS_LINE, r"\1- us-west-2\n\1- mars-1")
    try:
        done = run_pulumi(own_checkout, "preview")
    finally:
        own_checkout.edit("Pulumi.local.yaml", r"^\s*- mars-1\n", "")

    assert done.code != 0
    assert "muster:regions" in done.output
    assert "mars-1" in done.output
    assert "Traceback" not in done.output


def test_the_prod_stack_refuses_the_twin(own_checkout: Checkout) -> None:
    own_checkout.run_in_shell("pulumi stack init prod --non-interactive").ok()
    try:
        done = own_checkout.run_in_shell("pulumi preview --stack prod --non-interactive")
    finally:
        own_checkout.run_in_shell("pulumi stack rm prod --yes --non-interactive")
        own_checkout.run("git", "checkout", "Pulumi.prod.yaml")

    assert done.code != 0
    assert "points to this machine" in done.output


def endpoint_state(own_checkout: Checkout, region: str) -> str:
    """Whether the load balancer exists to which the accelerator sends a Region's clients."""
    system = deployed_system(own_checkout)
    accelerator = own_checkout.client("globalaccelerator", OREGON_REGION)

    def endpoint() -> str:
        group = accelerator.describe_endpoint_group(EndpointGroupArn=system.group_arn(region))
        (described,) = group["EndpointGroup"]["EndpointDescriptions"]
        return str(described["EndpointId"])

    before = endpoint()
    listed = own_checkout.client("elbv2", region).describe_load_balancers()["LoadBalancers"]
    exists = before in {balancer["LoadBalancerArn"] for balancer in listed}
    return "exists" if exists or endpoint() != before else "missing"


def test_load_balancers_of_another_scheme_are_there_before_the_old_ones_go(
    own_checkout: Checkout,
) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-adding-endpoints-remove.html"""
    regions = (FRANKFURT_REGION, OREGON_REGION)
    run_pulumi(own_checkout, "config set muster:alb_scheme internet-facing").ok()
    with RequestStream(lambda number: endpoint_state(own_checkout, regions[number % 2])) as stream:
        done = run_pulumi(own_checkout, "up --yes").ok()

    assert count_changes(done)["replace"] > 2
    assert set(stream.counts) == {"exists"}
    for region in regions:
        elb = own_checkout.client("elbv2", region)
        (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
        assert balancer["Scheme"] == "internet-facing"


def alarm_states(own_checkout: Checkout, region: str) -> set[str]:
    """States of the alarms that show a Region's health, and are in other Regions."""
    found: set[str] = set()
    for place, alarms in own_checkout.outputs()["alarms"].items():
        names = [
            name
            for name, about in alarms.items()
            if place != region and about["shows"] == "health" and about["regions"] == [region]
        ]
        watch = own_checkout.client("cloudwatch", place)
        described = watch.describe_alarms(AlarmNames=names)["MetricAlarms"] if names else []
        assert len(described) == len(names)
        found |= {alarm["StateValue"] for alarm in described}
    return found


def test_alarms_fire_when_a_region_is_lost_and_end_when_it_is_back(own_checkout: Checkout) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    system = deployed_system(own_checkout)
    run_pulumi(own_checkout, "config set muster:alarms true").ok()
    added = run_pulumi(own_checkout, "up --yes").ok()
    eventually(lambda: alarm_states(own_checkout, FRANKFURT_REGION) == {"OK"}, 90)

    system.run_twin(f"region kill {FRANKFURT_REGION}")
    eventually(lambda: alarm_states(own_checkout, FRANKFURT_REGION) == {"ALARM"}, 90)
    system.run_twin(f"region start {FRANKFURT_REGION}")
    eventually(lambda: alarm_states(own_checkout, FRANKFURT_REGION) == {"OK"}, 90)

    assert set(count_changes(added)) == {"create", "unchanged"}


def test_a_rehearsal_s_end_leaves_nothing_but_the_twin(own_checkout: Checkout) -> None:
    """The VPCs are deleted after the security groups that Global Accelerator has left in them.

    https://www.pulumi.com/registry/packages/aws/api-docs/globalaccelerator/endpointgroup/
    """
    addresses = deployed_system(own_checkout).ips
    without_program = run_pulumi(own_checkout, "destroy --yes --skip-preview")
    assert without_program.code != 0
    assert count_changes(without_program).get("delete", 0) == 0
    own_checkout.run_in_shell(
        ".venv/bin/python -m tools.rehearsal clean-up --stack local --record rehearsal.json"
    ).ok()

    record = json.loads((own_checkout.path / "rehearsal.json").read_text())
    steps = {step["name"]: step for step in record["steps"]}
    assert count_changes(CommandResult(0, steps["destroy"]["text"]))["delete"] >= 40
    assert "nothing of stack local is left" in steps["nothing-left"]["text"]
    assert (
        own_checkout.client("globalaccelerator", OREGON_REGION).list_accelerators()["Accelerators"]
        == []
    )
    for region in (FRANKFURT_REGION, OREGON_REGION):
        assert own_checkout.client("dynamodb", region).list_tables()["TableNames"] == []
        assert own_checkout.client("elbv2", region).describe_load_balancers()["LoadBalancers"] == []
        assert own_checkout.client("lambda", region).list_functions()["Functions"] == []
        assert own_checkout.client("cloudwatch", region).describe_alarms()["MetricAlarms"] == []
        vpcs = own_checkout.client("ec2", region).describe_vpcs()["Vpcs"]
        assert [vpc["IsDefault"] for vpc in vpcs] == [True]
    own_checkout.run("make", "up", "INSTANCE=auto", "SPEED=10").ok()
    assert deployed_system(own_checkout).ips == addresses
