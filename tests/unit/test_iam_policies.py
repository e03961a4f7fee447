"""The policies of deployer and function allow what is called, and each statement is needed.

tests/unit/muster/test_iam.py does the same for the operator's, with the tool's own calls.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.configuration.services import SERVICE_TABLES, table_actions
from infra.configuration.settings import LoadBalancerScheme, balancer_name
from infra.policies import arn_in_region, function_policy
from tests.unit.policy_checks import (
    ACCOUNT,
    RecordedCall,
    find_refused,
    read_calls,
    without_statement,
)
from tools.local.identities import MAX_POLICY_CHARACTERS, deployer_policies

ROOT = Path(__file__).resolve().parents[2]
PREFIX = "muster-local"
UNRECORDED = {"MakeBudgets", "MakeExperimentTemplates", "DeliverAccessLogs"}
"""Statements for what the twin does not have: budgets, AWS FIS, and the delivery of logs by
CloudWatch."""


def deployer_document(prefix: str) -> dict[str, Any]:
    """The statements of all policies of the deployer, which it has together."""
    documents = [json.loads(policy.document) for policy in deployer_policies(ROOT, prefix)]
    statements = [statement for document in documents for statement in document["Statement"]]
    return {**documents[0], "Statement": statements}


DEPLOYER: dict[str, Any] = deployer_document(PREFIX)
SIDS = [statement["Sid"] for statement in DEPLOYER["Statement"]]


def local_actions(service: str) -> list[str]:
    """What the function of the stack `local` may do with a service's table."""
    return table_actions(service, probed=False, scanned=True)


def function_document(region: str) -> dict[str, Any]:
    home = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/{PREFIX}"
    text = function_policy(
        table_actions={
            arn_in_region(f"{home}-{service}", region): local_actions(service)
            for service in SERVICE_TABLES
        },
        control_table_arn=arn_in_region(f"{home}-control", region),
        log_group_arn=f"arn:aws:logs:{region}:{ACCOUNT}:log-group:/aws/lambda/{PREFIX}",
    )
    document: dict[str, Any] = json.loads(text)
    return document


def test_the_deployer_may_make_every_call_of_a_deployment() -> None:
    assert find_refused(DEPLOYER, read_calls("deployer")) == []


@pytest.mark.parametrize("scheme", LoadBalancerScheme)
def test_the_deployer_may_make_load_balancers_of_each_scheme(scheme: LoadBalancerScheme) -> None:
    name = {"Name": balancer_name(PREFIX, scheme)}
    calls = [
        RecordedCall(
            who="deployer",
            service="elasticloadbalancing",
            region="eu-central-1",
            operation=operation,
            parameters=name,
        )
        for operation in ("CreateTargetGroup", "CreateLoadBalancer")
    ]

    assert find_refused(DEPLOYER, calls) == []


@pytest.mark.parametrize("sid", [sid for sid in SIDS if sid not in UNRECORDED])
def test_a_deployment_needs_each_statement_of_the_deployers_policy(sid: str) -> None:
    lesser = without_statement(DEPLOYER, SIDS.index(sid))

    assert find_refused(lesser, read_calls("deployer")) != []


def test_another_stacks_names_are_beyond_the_deployer() -> None:
    other = deployer_document("other")

    refused = find_refused(other, read_calls("deployer"))

    services = {line.partition(".")[0] for line in refused}
    assert services == {"dynamodb", "elasticloadbalancing", "iam", "lambda", "logs", "monitoring"}


def test_the_deployer_passes_roles_to_lambda_and_fis_only() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    passing = [s for s in DEPLOYER["Statement"] if s["Action"] == "iam:PassRole"]

    assert [s["Condition"]["StringEquals"]["iam:PassedToService"] for s in passing] == [
        ["lambda.amazonaws.com", "fis.amazonaws.com"]
    ]


def test_each_policy_of_the_deployer_fits_into_a_managed_one() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    for policy in deployer_policies(ROOT, "p" * 32):
        assert len(re.sub(r"\s", "", policy.document)) <= MAX_POLICY_CHARACTERS


def test_everything_that_changes_something_is_named_in_full() -> None:
    actions = [statement["Action"] for statement in DEPLOYER["Statement"]]
    names = [name for one in actions for name in ([one] if isinstance(one, str) else one)]
    wide = [name for name in names if "*" in name]

    assert all(re.search(r":(Describe|Get|List)\*$", action) for action in wide), wide


def test_the_page_names_every_statement_of_the_deployers_policy() -> None:
    page = (ROOT / "docs/iam.md").read_text()

    assert [sid for sid in SIDS if f"`{sid}`" not in page] == []


def test_the_function_may_make_its_calls_in_its_own_region_only() -> None:
    calls = read_calls("function")

    assert find_refused(function_document("us-west-2"), calls) == []
    assert len(find_refused(function_document("eu-central-1"), calls)) == len(calls)


@pytest.mark.parametrize("index", range(len(SERVICE_TABLES) + 2))
def test_the_function_needs_each_statement_of_its_policy(index: int) -> None:
    lesser = without_statement(function_document("us-west-2"), index)

    assert find_refused(lesser, read_calls("function")) != []


def test_a_service_needs_each_action_on_its_table() -> None:
    used = {
        (call.parameters["TableName"], f"dynamodb:{call.operation}")
        for call in read_calls("function")
        if call.service == "dynamodb"
    }

    for service in SERVICE_TABLES:
        allowed = local_actions(service)
        assert {action for table, action in used if table.endswith(f"-{service}")} == set(allowed)
