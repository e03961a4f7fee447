"""Which endpoints a stack may use."""

import json

import pytest

from infra.targets import ENDPOINTS, SERVICES, StackTarget, find_endpoint_problems

TWIN_URL = "http://127.0.0.1:4566"
ALL_ON_THE_TWIN = {ENDPOINTS: json.dumps([dict.fromkeys(SERVICES, TWIN_URL)])}


def problem_text(
    target: StackTarget, values: dict[str, str], environ: dict[str, str] | None = None
) -> str:
    return "\n".join(
        str(problem) for problem in find_endpoint_problems(target, values, environ or {})
    )


def test_the_twins_stack_accepts_endpoints_on_this_machine() -> None:
    assert problem_text(StackTarget.TWIN, ALL_ON_THE_TWIN) == ""
    assert problem_text(StackTarget.TWIN, ALL_ON_THE_TWIN, {"AWS_ENDPOINT_URL": TWIN_URL}) == ""


def test_the_stack_for_aws_needs_no_endpoints() -> None:
    assert problem_text(StackTarget.AWS, {}) == ""
    assert (
        problem_text(StackTarget.AWS, {}, {"AWS_ENDPOINT_URL": "", "AWS_REGION": "us-west-2"}) == ""
    )


def test_the_stack_for_aws_accepts_endpoints_of_aws() -> None:
    private = {ENDPOINTS: '[{"ec2": "https://vpce-1.ec2.us-west-2.vpce.amazonaws.com"}]'}

    assert problem_text(StackTarget.AWS, private) == ""


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"])
def test_the_stack_for_aws_refuses_the_twins_environment(name: str) -> None:
    assert problem_text(StackTarget.AWS, {}, {name: TWIN_URL}).startswith(
        f"{name} = {TWIN_URL}: points to this machine, but muster:target is aws"
    )


def test_the_stack_for_aws_refuses_a_loopback_endpoint() -> None:
    assert problem_text(
        StackTarget.AWS, {ENDPOINTS: '[{"ec2": "http://localhost:4566"}]'}
    ).startswith("aws:endpoints ec2 = http://localhost:4566: points to this machine")


@pytest.mark.parametrize("service", SERVICES)
def test_the_twins_stack_needs_an_endpoint_for_each_service(service: str) -> None:
    """A service without one would be called on AWS, whatever the environment says today."""
    others = {name: TWIN_URL for name in SERVICES if name != service}

    found = problem_text(
        StackTarget.TWIN, {ENDPOINTS: json.dumps([others])}, {"AWS_ENDPOINT_URL": TWIN_URL}
    )

    assert found == f"aws:endpoints: must also name {service}, as muster:target is twin"


def test_the_twins_stack_refuses_an_endpoint_beyond_this_machine() -> None:
    away = {ENDPOINTS: json.dumps([{**dict.fromkeys(SERVICES, TWIN_URL), "s3": "https://x.com"}])}

    assert problem_text(StackTarget.TWIN, away) == (
        "aws:endpoints s3 = https://x.com: must be on this machine, as muster:target is twin"
    )
    assert "AWS_ENDPOINT_URL" in problem_text(
        StackTarget.TWIN, ALL_ON_THE_TWIN, {"AWS_ENDPOINT_URL": "http://10.0.0.1:4566"}
    )


@pytest.mark.parametrize("text", ["{", '"x"', "[1]", "7"])
@pytest.mark.parametrize("target", list(StackTarget))
def test_endpoints_of_another_structure_are_refused(target: StackTarget, text: str) -> None:
    assert problem_text(target, {ENDPOINTS: text}) == (
        f"aws:endpoints = {text}: must be a list of objects, service to URL"
    )
