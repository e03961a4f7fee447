"""The optional templates that pause replication on AWS."""

import json

import pulumi
import pytest

from tests.infra.graph import ACCOUNT, FOUR_SERVICES, TWO_REGIONS, build_graph


def test_there_are_no_templates_unless_enabled() -> None:
    graph = build_graph("prod")

    assert [node for node in graph.nodes if ":fis/" in node.type] == []
    assert "replication_pause_templates" not in graph.outputs


def test_each_region_has_a_template_that_pauses_all_tables_there() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    graph = build_graph("prod", fault_injection=True, replication_pause_minutes=15, **FOUR_SERVICES)

    assert set(graph.outputs["replication_pause_templates"]) == set(TWO_REGIONS)
    for region in TWO_REGIONS:
        template = graph.one(":ExperimentTemplate", region)
        (action,), (target,) = template.inputs["actions"], template.inputs["targets"]
        assert action["actionId"] == "aws:dynamodb:global-table-pause-replication"
        assert action["parameters"] == [{"key": "duration", "value": "PT15M"}]
        assert action["target"] == {"key": "Tables", "value": target["name"]}
        assert target["resourceArns"] == [
            f"arn:aws:dynamodb:{region}:{ACCOUNT}:table/muster-prod-{name}"
            for name in (*FOUR_SERVICES["services"], "control")
        ]
        assert template.inputs["tags"]["project"] == "muster"


def test_an_experiment_may_change_the_policies_of_its_regions_tables_and_nothing_else() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    graph = build_graph("prod", fault_injection=True)

    for region in TWO_REGIONS:
        name = f"{region}-replication-pause-policy"
        (policy,) = [node for node in graph.of(":RolePolicy") if node.name == name]
        statement, tags = json.loads(policy.inputs["policy"])["Statement"]
        assert {action.partition(":")[2] for action in statement["Action"]} == {
            "DescribeTable",
            "GetResourcePolicy",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
        }
        assert all(f":{region}:{ACCOUNT}:table/muster-" in r for r in statement["Resource"])
        assert (tags["Action"], tags["Resource"]) == (["tag:GetResources"], "*")


def test_a_template_is_made_after_its_role_may_act() -> None:
    """The provider does not try again where the role may do nothing yet: file
    internal/service/fis/experiment_template.go of https://github.com/hashicorp/terraform-provider-aws
    """
    graph = build_graph("prod", fault_injection=True)

    for region in TWO_REGIONS:
        template = graph.one(":ExperimentTemplate", region)
        (policy,) = [
            node
            for node in graph.of(":RolePolicy")
            if node.name == f"{region}-replication-pause-policy"
        ]
        assert policy.urn in template.dependencies


def test_a_template_has_the_tag_that_an_operators_policy_asks_for() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/security_iam_id-based-policy-examples.html"""
    graph = build_graph("prod", fault_injection=True)

    for region in TWO_REGIONS:
        tags = graph.one(":ExperimentTemplate", region).inputs["tags"]
        assert tags["control-table"] == graph.outputs["control_table"]


def test_only_fis_may_assume_the_role() -> None:
    graph = build_graph("prod", fault_injection=True)

    roles = [node for node in graph.of("role:Role") if node.name.endswith("pause-role")]
    assert len(roles) == 2
    for role in roles:
        (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert statement["Principal"] == {"Service": "fis.amazonaws.com"}
        region = role.name.removesuffix("-replication-pause-role")
        assert statement["Condition"] == {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            "ArnLike": {"aws:SourceArn": f"arn:aws:fis:{region}:{ACCOUNT}:experiment/*"},
        }
        assert role.inputs["tags"]["project"] == "muster"


def test_the_twins_stack_refuses_templates() -> None:
    with pytest.raises(pulumi.RunError, match=r"muster:fault_injection.*is for AWS"):
        build_graph("local", fault_injection=True)


@pytest.mark.parametrize("minutes", [5, 721])
def test_a_pause_lasts_from_six_minutes_to_twelve_hours(
    minutes: int,
) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    with pytest.raises(pulumi.RunError, match=r"muster:replication_pause_minutes.*from 6 to 720"):
        build_graph("prod", fault_injection=True, replication_pause_minutes=minutes)
