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


def pulumi(own: Checkout, command: str) -> CommandResult:
    return own.sourced(f"pulumi {command} --stack local --non-interactive --color never")


def changes(done: CommandResult) -> dict[str, int]:
    """The counts of Pulumi's summary: {'create': 3, 'update': 1, 'unchanged': 40}."""
    found = re.findall(rf"(\d+) ({'|'.join(SUMMARY)})", done.output)
    return {SUMMARY[word]: int(count) for count, word in found}


def exported(own: Checkout) -> dict[str, Any]:
    """Every resource of the stack's state: URN -> outputs."""
    state = json.loads(own.sourced("pulumi stack export --stack local").ok().output)
    return {r["urn"]: r.get("outputs", {}) for r in state["deployment"]["resources"]}


def test_up_again_changes_nothing(own: Checkout) -> None:
    assert set(changes(pulumi(own, "preview").ok())) == {"unchanged"}
    assert set(changes(pulumi(own, "up --yes").ok())) == {"unchanged"}


def test_refresh_of_an_untouched_system_changes_nothing(own: Checkout) -> None:
    assert set(changes(pulumi(own, "refresh --yes").ok())) == {"unchanged"}


def test_refresh_sees_drift_and_up_mends_it(own: Checkout) -> None:
    running = deployed_system(own)
    group = running.outputs["regions"][OREGON_REGION]["target_group_arn"]
    elb = own.client("elbv2", OREGON_REGION)
    elb.modify_target_group(TargetGroupArn=group, HealthyThresholdCount=9)

    refreshed = changes(pulumi(own, "refresh --yes").ok())
    mended = changes(pulumi(own, "up --yes").ok())

    assert refreshed["update"] == 1
    assert mended["update"] == 1
    (described,) = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert described["HealthyThresholdCount"] == 2


def test_an_edit_of_the_function_goes_live_without_a_failed_request(own: Checkout) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    running = deployed_system(own)

    def read(number: int) -> str:
        answer = running.get("/get/foobar", (FRANKFURT, PORTLAND)[number % 2])
        return "new" if b"Returned now" in answer.body else str(answer.status)

    own.edit("app/pages.py", "Returned ", "Returned now ")
    with RequestStream(read) as stream:
        done = pulumi(own, "up --yes").ok()
        eventually(lambda: stream.counts["new"] > 50, 20)
        for source in (FRANKFURT, PORTLAND):
            assert b"Returned now" in running.get("/get/foobar", source).body

    assert changes(done).get("replace", 0) == 0
    assert set(stream.counts) <= {"200", "new"}


def test_a_turned_dial_stays_while_nothing_else_of_its_group_changes(own: Checkout) -> None:
    running = deployed_system(own)
    running.turn(OREGON_REGION, 30)

    own.edit("app/pages.py", "Returned now ", "Returned ")
    pulumi(own, "up --yes").ok()

    assert running.dial(OREGON_REGION) == 30
    running.turn(OREGON_REGION, 100)


def test_another_change_of_the_group_puts_a_turned_dial_back_unless_refreshed(
    own: Checkout,
) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/globalaccelerator/endpoint_group.go"""
    running = deployed_system(own)
    running.turn(OREGON_REGION, 30)
    own.edit("infra/accelerator.py", r"^WEIGHT = 100$", "WEIGHT = 101")
    refreshed = pulumi(own, "up --yes --refresh").ok()
    kept = running.dial(OREGON_REGION)

    running.turn(OREGON_REGION, 40)
    pulumi(own, "refresh --yes").ok()
    running.turn(OREGON_REGION, 20)
    own.edit("infra/accelerator.py", r"^WEIGHT = 101$", "WEIGHT = 100")
    unrefreshed = pulumi(own, "up --yes").ok()

    assert changes(refreshed)["update"] >= 1
    assert changes(unrefreshed)["update"] >= 1
    assert kept == 30
    assert running.dial(OREGON_REGION) == 40
    running.turn(OREGON_REGION, 100)
    pulumi(own, "refresh --yes").ok()


def test_a_region_is_added_and_removed_by_one_line_and_disturbs_no_other(own: Checkout) -> None:
    running = deployed_system(own)
    before = exported(own)

    own.edit("Pulumi.local.yaml", REGIONS_LINE, rf"\1- us-west-2\n\1- {THIRD_REGION}")
    added = pulumi(own, "up --yes").ok()
    grown = exported(own)
    running = deployed_system(own)
    running.moved(TOKYO, THIRD_REGION, 30)
    own.edit("Pulumi.local.yaml", rf"^\s*- {THIRD_REGION}\n", "")
    removed = pulumi(own, "up --yes").ok()
    after = exported(own)

    assert changes(added)["create"] > 10
    assert changes(added).get("replace", 0) == changes(removed).get("replace", 0) == 0
    assert changes(added).get("delete", 0) == changes(removed).get("create", 0) == 0
    assert regional(before) == {k: v for k, v in regional(grown).items() if k in before}
    assert regional(after) == regional(before)
    running.moved(TOKYO, OREGON_REGION, 30)


def regional(resources: dict[str, Any]) -> dict[str, Any]:
    """The resources that belong to one Region; the table and what lists all Regions do not."""
    shared = ("dynamodb", "accelerator", "Stack", "pulumi:providers", "Table")
    return {urn: value for urn, value in resources.items() if not any(s in urn for s in shared)}


def test_a_wrong_configuration_fails_in_preview_with_key_value_and_rule(own: Checkout) -> None:
    own.edit("Pulumi.local.yaml", REGIONS_LINE, r"\1- us-west-2\n\1- mars-1")
    try:
        done = pulumi(own, "preview")
    finally:
        own.edit("Pulumi.local.yaml", r"^\s*- mars-1\n", "")

    assert done.code != 0
    assert "muster:regions" in done.output
    assert "mars-1" in done.output
    assert "Traceback" not in done.output


def test_the_prod_stack_refuses_the_twin(own: Checkout) -> None:
    own.sourced("pulumi stack init prod --non-interactive").ok()
    try:
        done = own.sourced("pulumi preview --stack prod --non-interactive")
    finally:
        own.sourced("pulumi stack rm prod --yes --non-interactive")
        own.run("git", "checkout", "Pulumi.prod.yaml")

    assert done.code != 0
    assert "points to this machine" in done.output


def test_destroy_leaves_nothing_but_the_twin(own: Checkout) -> None:
    addresses = deployed_system(own).ips
    done = pulumi(own, "destroy --yes").ok()

    assert changes(done)["delete"] >= 40
    assert own.client("globalaccelerator", OREGON_REGION).list_accelerators()["Accelerators"] == []
    for region in (FRANKFURT_REGION, OREGON_REGION):
        assert own.client("dynamodb", region).list_tables()["TableNames"] == []
        assert own.client("elbv2", region).describe_load_balancers()["LoadBalancers"] == []
        assert own.client("lambda", region).list_functions()["Functions"] == []
    own.run("make", "up", "INSTANCE=auto", "SPEED=10").ok()
    assert deployed_system(own).ips == addresses
