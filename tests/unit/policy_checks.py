"""Judges recorded calls by policies, as the twin does with `--enforce-iam`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twin.iam.conditions import RequestContext
from twin.iam.directory import IdentityDirectory
from twin.iam.evaluation import (
    AccessQuestion,
    Principal,
    PrincipalKind,
    PrincipalPolicies,
    decide_access,
)
from twin.iam.requirements.lookup import find_requirements
from twin.iam.requirements.model import CallScope, Requirement, tag_keys

ACCOUNT = "123456789012"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/caller"
RECORDING = Path(__file__).with_name("deployment_calls.jsonl")
"""The calls of a deployment on the twin, one of each kind: `make up` with both doors, more and
fewer Regions, a traffic policy, public load balancers with HTTPS, new code, a refresh, `pulumi
destroy`. Added by hand: what Lambda itself does with a function's role, and what
the services do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    who: str
    """`deployer` or `function`."""
    region: str
    service: str
    """The service key (twin.moto.calls.request_parser)."""
    operation: str
    parameters: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}.{self.operation}"


def read_calls(who: str) -> list[RecordedCall]:
    calls = [RecordedCall(**json.loads(line)) for line in RECORDING.read_text().splitlines()]
    return [call for call in calls if call.who == who]


def find_refused(document: Mapping[str, Any], calls: Iterable[RecordedCall]) -> list[str]:
    """The actions and resources that the policy does not allow."""
    text = json.dumps(document)
    return [
        f"{call}: {needed.action} on {needed.resource}"
        for call in calls
        for needed in find_needed(call)
        if not is_allowed(text, call, needed)
    ]


def find_needed(call: RecordedCall) -> tuple[Requirement, ...]:
    scope = CallScope(
        region=call.region,
        account=ACCOUNT,
        caller_arn=CALLER,
        directory=IdentityDirectory(),
        partition_key=lambda _table, _index: "item_id",
    )
    needed = find_requirements(call.service, call.operation, call.parameters, scope)
    assert needed is not None, call
    return needed


def is_allowed(policy: str, call: RecordedCall, needed: Requirement) -> bool:
    keys = {"aws:requestedregion": (call.region,), **tag_keys(call.parameters), **needed.keys}
    question = AccessQuestion(
        action=needed.action, resource=needed.resource, context=RequestContext(values=keys)
    )
    caller = Principal(kind=PrincipalKind.USER, account=ACCOUNT, arn=CALLER)
    return decide_access(caller, PrincipalPolicies(identity=(policy,)), question).allowed


def without_statement(document: Mapping[str, Any], index: int) -> dict[str, Any]:
    statements = [s for i, s in enumerate(document["Statement"]) if i != index]
    return {**document, "Statement": statements}
