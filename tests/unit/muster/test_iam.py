"""The policy in docs/ allows what the tool calls, and nothing else."""

import ast
import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from muster.cli.main import main
from muster.probe.table_reader import TableReader
from tests.source_files import find_sources
from tests.unit import policy_checks
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.cli.drills.levers_drill import NoteRecorder, run_levers_drill
from tests.unit.muster.fake_aws import FakeAws, FakeCall
from tests.unit.muster.sample_stack import (
    ACCELERATOR,
    ACCOUNT,
    CONTROL_TABLE,
    FRANKFURT,
    FUNCTION,
    OREGON,
    ZONE,
    make_dns_outputs,
    make_stack,
)
from tests.unit.policy_checks import RecordedCall
from twin.iam.requirements.model import Requirement

ROOT = Path(__file__).resolve().parents[3]
PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}
RENAMED = {"lambda:Invoke": "lambda:InvokeFunction"}
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
FREE = {"sts:GetCallerIdentity"}
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
SIGNING_NAMES = {"elbv2": "elasticloadbalancing", "cloudwatch": "monitoring"}
SIDS = [
    statement["Sid"]
    for statement in json.loads((ROOT / "docs/iam/operator.json").read_text())["Statement"]
]
OF_EXPERIMENTS = {
    "EndPauses",
    "FindExperiments",
    "LookAtExperiments",
    "PauseReplication",
    "TagExperiments",
}
"""Statements about AWS FIS, which a twin does not have."""
SERVICES = (
    "cloudwatch",
    "dynamodb",
    "ec2",
    "elbv2",
    "fis",
    "globalaccelerator",
    "iam",
    "lambda",
    "route53",
    "service-quotas",
    "sts",
)
LINES = (
    "--alarms us-west-2:errors status",
    "dial us-west-2 50 --yes",
    "dns weight us-west-2 50 --yes",
    "dns invert us-west-2 on --yes",
    "dns invert us-west-2 off --yes",
    "health us-west-2 fail --invoke --yes",
    "health us-west-2 auto --yes",
    "fault inject throttle us-west-2 --yes",
    "fault clear throttle us-west-2 --yes",
    "fault inject replication-pause us-west-2 --yes",
    "fault clear replication-pause us-west-2 --yes",
    "notify",
)


def action(service: str, operation: str) -> str:
    """A call as IAM names it."""
    name = f"{PREFIXES.get(service, service)}:{operation}"
    return RENAMED.get(name, name)


@pytest.fixture(scope="module")
def statements() -> list[dict[str, Any]]:
    return read_policy("iam/operator.json")


def read_policy(name: str) -> list[dict[str, Any]]:
    policy = json.loads((ROOT / "docs" / name).read_text())
    found: list[dict[str, Any]] = policy["Statement"]
    return found


def allowed(statements: list[dict[str, Any]]) -> set[str]:
    return {name for statement in statements for name in as_list(statement["Action"])}


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[FakeCall]:
    """What the commands, a drill with every lever of AWS, and the auditor of its writes call."""
    templates = {
        "replication_pause_templates": {OREGON: "EXT1"},
        "dns": make_dns_outputs(),
    }
    aws = FakeAws(deploying_s=0, propagating_s=0)
    where = CommandLine(
        tmp_path_factory.mktemp("iam"),
        aws=aws,
        changes=templates,
        environ={"MUSTER_CLOUDWATCH": "true"},
    )
    ended = [main(line.split(), where.context()) for line in LINES]
    asyncio.run(drilled(where))
    assert ended == [1, *[0] * (len(LINES) - 1)]  # the alarm that is asked for is not there
    return aws.calls


async def drilled(where: CommandLine) -> None:
    closed = await run_levers_drill(where, NoteRecorder())
    assert closed.status == "met", closed.why
    reader = TableReader(where.aws.clients(), [OREGON], make_stack().table)
    await reader(OREGON, "item")


def resources(call: FakeCall) -> list[str]:
    """What a call is about, as IAM names it; `*` where AWS knows no resources."""
    given = call.given
    match call.service:
        case "globalaccelerator" | "route53":
            return _global_resources(call)
        case "dynamodb":
            return [f"arn:aws:dynamodb:{call.region}:{ACCOUNT}:table/{given['TableName']}"]
        case "lambda" if "FunctionName" in given:
            alias = f":{given['Qualifier']}" if "Qualifier" in given else ""
            name = given["FunctionName"]
            return [f"arn:aws:lambda:{call.region}:{ACCOUNT}:function:{name}{alias}"]
        case "cloudwatch" if call.operation == "DescribeAlarms":
            alarms = given.get("AlarmNames") or ["*"]
            return [f"arn:aws:cloudwatch:{call.region}:{ACCOUNT}:alarm:{name}" for name in alarms]
        case "fis" if call.operation != "ListExperiments":
            begun = {"experiment-template": given.get("experimentTemplateId")} if given else {}
            about = {"experiment": given.get("id", "EXP0"), **begun}
            return [
                f"arn:aws:fis:{call.region}:{ACCOUNT}:{kind}/{name}"
                for kind, name in about.items()
                if name
            ]
        case _:
            return ["*"]


def _global_resources(call: FakeCall) -> list[str]:
    if call.service == "route53":
        return [_route53_resource(call.given)]
    names = ("AcceleratorArn", "ListenerArn", "EndpointGroupArn")
    return [call.given[name] for name in names if name in call.given]


def _route53_resource(given: Mapping[str, Any]) -> str:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonroute53.html"""
    for name, kind in (("HostedZoneId", "hostedzone"), ("HealthCheckId", "healthcheck")):
        if name in given:
            return f"arn:aws:route53:::{kind}/{given[name]}"
    return f"arn:aws:route53:::change/{given['Id'].rpartition('/')[2]}" if "Id" in given else "*"


class StackNames:
    """A deployment's names for the words of the policy."""

    def __init__(self) -> None:
        self.names = {
            "CONTROL_TABLE": CONTROL_TABLE,
            "TABLE": make_stack().table,
            "FUNCTION": FUNCTION,
            "ACCELERATOR": ACCELERATOR.rpartition("/")[2],
            "ACCOUNT": ACCOUNT,
            "ZONE": ZONE,
        }

    def sub(self, text: str) -> str:
        """The text with the names in the places of the words."""
        return re.sub("|".join(self.names), lambda word: self.names[word[0]], text)


def patterns(statements: list[dict[str, Any]], name: str) -> list[str]:
    """Resources on which an action is allowed, with a deployment's names in their places."""
    found = []
    for statement in statements:
        if name in as_list(statement["Action"]):
            found += as_list(statement["Resource"])
    return [StackNames().sub(pattern) for pattern in found]


def test_what_is_called_is_allowed_and_nothing_else(
    calls: list[FakeCall], statements: list[dict[str, Any]]
) -> None:
    called = {action(call.service, call.operation) for call in calls}

    assert called - FREE == allowed(statements)


def test_each_call_is_allowed_on_what_it_is_about(
    calls: list[FakeCall], statements: list[dict[str, Any]]
) -> None:
    refused = {
        f"{name} on {resource}"
        for call in calls
        if (name := action(call.service, call.operation)) not in FREE
        for resource in resources(call)
        if not any(fnmatchcase(resource, one) for one in patterns(statements, name))
    }

    assert refused == set()


def experiment_access(statements: list[dict[str, Any]], name: str, kind: str, **keys: str) -> bool:
    """Whether an action on an experiment or template with these condition keys is allowed."""
    text = StackNames().sub(json.dumps({"Version": "2012-10-17", "Statement": statements}))
    call = RecordedCall(who="operator", region=OREGON, service="fis", operation=name, parameters={})
    needed = Requirement(
        action=f"fis:{name}",
        resource=f"arn:aws:fis:{OREGON}:{ACCOUNT}:{kind}/E1",
        keys={key: (value,) for key, value in keys.items()},
    )
    return policy_checks.is_allowed(text, call, needed)


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("StartExperiment", "experiment-template", "aws:resourcetag/control-table"),
        ("StartExperiment", "experiment", "aws:requesttag/control-table"),
        ("StopExperiment", "experiment", "aws:resourcetag/control-table"),
    ],
)
def test_only_the_stacks_own_experiments_may_be_started_and_stopped(
    statements: list[dict[str, Any]], name: str, kind: str, key: str
) -> None:
    """An experiment acts with its template's role, so another template lends another role:
    https://docs.aws.amazon.com/fis/latest/userguide/security_iam_id-based-policy-examples.html"""
    assert experiment_access(statements, name, kind, **{key: CONTROL_TABLE})
    assert not experiment_access(statements, name, kind, **{key: "another-stack-control"})
    assert not experiment_access(statements, name, kind)


def test_an_experiment_is_started_with_the_tag_that_the_policy_asks_for(
    calls: list[FakeCall],
) -> None:
    tags = [call.given["tags"] for call in calls if call.operation == "StartExperiment"]

    assert tags
    assert all(tag == {"control-table": CONTROL_TABLE} for tag in tags)


def find_refused(
    statements: list[dict[str, Any]], calls: list[FakeCall], stack: StackNames
) -> list[str]:
    """The calls that a policy of these statements does not allow, as a twin judges them."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    document = json.loads(stack.sub(text))
    recorded = [
        RecordedCall(
            who="operator",
            region=call.region,
            service=SIGNING_NAMES.get(call.service, call.service),
            operation=call.operation,
            parameters=call.given,
        )
        for call in calls
        if call.service != "fis"  # the twin has none
    ]
    return policy_checks.find_refused(document, recorded)


def test_a_twin_that_enforces_the_policy_allows_every_call(
    calls: list[FakeCall], statements: list[dict[str, Any]]
) -> None:
    assert find_refused(statements, calls, StackNames()) == []


@pytest.mark.parametrize("sid", [sid for sid in SIDS if sid not in OF_EXPERIMENTS])
def test_without_one_of_its_statements_a_call_is_refused(
    calls: list[FakeCall], statements: list[dict[str, Any]], sid: str
) -> None:
    lesser = [statement for statement in statements if statement["Sid"] != sid]

    assert find_refused(lesser, calls, StackNames()) != []


def test_the_page_names_the_items_that_are_written(calls: list[FakeCall]) -> None:
    """Whoever bounds the writes by dynamodb:LeadingKeys must know them all."""
    keys = {
        call.given.get("Key", call.given.get("Item", {}))["item_id"]["S"].replace(OREGON, "REGION")
        for call in calls
        if call.service == "dynamodb" and call.operation != "GetItem"
    }

    page = (ROOT / "docs/iam.md").read_text()
    assert keys == {"drill#lease", "fault#throttle#REGION", "hand#last", "health#REGION"}
    assert all(f"`{key}`" in page for key in keys)


def test_the_accelerator_is_called_in_us_west_2_and_tables_in_every_region(
    calls: list[FakeCall],
) -> None:
    def regions(service: str) -> set[str]:
        return {call.region for call in calls if call.service == service}

    assert regions("globalaccelerator") == {OREGON}
    assert regions("dynamodb") == regions("elbv2") == {FRANKFURT, OREGON}


def operations() -> dict[str, str]:
    """boto3's name of each operation that the tool's services have -> the service."""
    found: dict[str, str] = {}
    for service in SERVICES:
        for name in botocore.session.get_session().get_service_model(service).operation_names:
            found.setdefault(xform_name(name), action(service, name))
    return found


def words(source: Path) -> Iterator[str]:
    """Every text and every attribute in a source file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Attribute):
            yield node.attr


def test_no_source_names_an_operation_that_the_policy_lacks(
    statements: list[dict[str, Any]],
) -> None:
    known = operations()
    named = {
        known[word]
        for source in find_sources("muster")
        if source.parent.name != "restore"  # has a policy of its own
        for word in words(source)
        if word in known
    }

    assert named - FREE == allowed(statements) | allowed(read_policy("iam/doctor.json"))


def test_the_doctors_own_policy_has_what_it_calls_beside_the_operators(
    tmp_path: Path, statements: list[dict[str, Any]]
) -> None:
    aws = FakeAws(caller_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann")
    changes = {"dns": make_dns_outputs(), "replication_pause_templates": {OREGON: "EXT1"}}
    where = CommandLine(tmp_path, aws=aws, changes=changes)
    main(["--alarms", "us-west-2:errors", "doctor"], where.context())
    own = read_policy("iam/doctor.json")

    called = {action(call.service, call.operation) for call in aws.calls} - FREE

    assert called - allowed(statements) == allowed(own)
    assert "`CompareQuotas`" in (ROOT / "docs/iam.md").read_text()
    assert "`SimulateOwnPolicies`" in (ROOT / "docs/iam.md").read_text()


def test_no_statement_is_wider_than_it_must_be(statements: list[dict[str, Any]]) -> None:
    """Resources `*` only where AWS knows none.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    everywhere = [s["Sid"] for s in statements if "*" in as_list(s["Resource"])]

    assert everywhere == [
        "LookWhereAwsKnowsNoResources",
        "FindExperiments",
        "PutMetricsOfDrills",  # bounded by its namespace
    ]
    assert not [name for name in allowed(statements) if "*" in name]


def test_the_page_names_every_statement_and_every_action(
    statements: list[dict[str, Any]],
) -> None:
    page = (ROOT / "docs/iam.md").read_text()
    in_code = set(re.findall(r"`([^`]+)`", page))

    assert {statement["Sid"] for statement in statements} <= in_code
    assert allowed(statements) <= in_code
