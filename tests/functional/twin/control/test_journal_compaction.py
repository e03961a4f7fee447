"""moto ends in the same state with and without the superseded calls."""

import base64
import json
from collections.abc import Sequence
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.clock import SystemClock
from tests.functional.twin.control.control_process import FRANKFURT, HOME_REGION, ControlProcess
from tests.functional.twin.control.resources import TRUST, create_service, make_zip
from twin.control.call_journal import MIN_COMPACTED_ENTRIES
from twin.control.journaled_services import RecordedCall, find_superseded_calls
from twin.moto.aws_call import AwsCall, AwsResponse
from twin.moto.services import MotoServices
from twin.runtime.instance import ACCOUNT

BORN = 1_800_000_000.0
REGIONS, NAMES = (FRANKFURT, HOME_REGION), ("a", "b")
FUNCTIONS = "/2015-03-31/functions"


def test_a_start_leaves_out_superseded_calls_and_changes_no_state(control: ControlProcess) -> None:
    for region in REGIONS:
        create_service(control, region)
    functions = control.client("lambda", FRANKFURT)
    for number in range(MIN_COMPACTED_ENTRIES):
        functions.put_function_concurrency(
            FunctionName="app", ReservedConcurrentExecutions=number % 3
        )
        functions.delete_function_concurrency(FunctionName="app")
    functions.put_function_concurrency(FunctionName="app", ReservedConcurrentExecutions=0)
    before, length = control.topology(), journaled_calls(control)

    for _ in range(2):  # a compacted journal is read like any other
        control.kill()
        control.start()

        assert journaled_calls(control) == length - 2 * MIN_COMPACTED_ENTRIES
        assert control.topology().regions == before.regions
        assert reserved_concurrency(control) == 0
    assert "answered differently" not in control.log()
    assert f"{2 * MIN_COMPACTED_ENTRIES} calls that later ones supersede" in control.log()
    functions.put_function_concurrency(FunctionName="app", ReservedConcurrentExecutions=7)
    control.kill()
    control.start()
    assert reserved_concurrency(control) == 7


def journaled_calls(control: ControlProcess) -> int:
    count: int = json.loads(control.get("/_twin/status")[1])["journal_entries"]
    return count


def reserved_concurrency(control: ControlProcess) -> int:
    functions = control.client("lambda", FRANKFURT)
    answer = functions.get_function_concurrency(FunctionName="app")
    count: int = answer["ReservedConcurrentExecutions"]
    return count


# -- random calls


@pytest.fixture(scope="module")
def moto() -> MotoServices:
    """The one moto of this process."""
    return MotoServices(
        account=ACCOUNT,
        addresses=lambda _, number: f"127.0.0.{number}",
        clock=SystemClock(),
        created_at=BORN,
    )


def signed(
    method: str, path: str, region: str = FRANKFURT, *, service: str = "lambda", body: object = None
) -> AwsCall:
    """A call of a service in a Region; a string as its body is a form."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, x"
    form = isinstance(body, str)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    text = body if isinstance(body, str) else json.dumps(body or {})
    headers = {"authorization": scope, "content-type": kind}
    return AwsCall(method=method, url=path, headers=headers, body=text.encode())


def reserve(function: str, count: int, region: str = FRANKFURT) -> AwsCall:
    """PutFunctionConcurrency, by name or ARN."""
    path = f"/2017-10-31/functions/{quote(function, safe='')}/concurrency"
    return signed("PUT", path, region, body={"ReservedConcurrentExecutions": count})


def change(name: str, region: str = FRANKFURT) -> AwsCall:
    """UpdateFunctionConfiguration."""
    return signed("PUT", f"{FUNCTIONS}/{name}/configuration", region, body={"Timeout": 9})


def arn(name: str, region: str = FRANKFURT) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def creation(name: str, region: str) -> AwsCall:
    """CreateFunction."""
    request = {
        "FunctionName": name,
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/role",
        "Handler": "app.handler",
        "Code": {"ZipFile": base64.b64encode(make_zip()).decode()},
    }
    return signed("POST", FUNCTIONS, region, body=request)


def calls_of(name: str, region: str) -> list[AwsCall]:
    """Calls on one function; many fail, depending on the calls before."""
    return [
        *(reserve(one, n, region) for one in (name, arn(name, region)) for n in (0, 800)),
        signed("DELETE", f"/2017-10-31/functions/{name}/concurrency", region),
        signed("DELETE", f"{FUNCTIONS}/{name}", region),
        signed("POST", f"{FUNCTIONS}/{name}/versions", region),
        creation(name, region),
        change(name, region),
    ]


ROLE = signed(
    "POST",
    "/",
    "us-east-1",
    service="iam",
    body=f"Action=CreateRole&Version=2010-05-08&RoleName=role&AssumeRolePolicyDocument={quote(TRUST)}",
)
CREATIONS = [creation(name, region) for region in REGIONS for name in NAMES]
CALLS = [call for region in REGIONS for name in NAMES for call in calls_of(name, region)]
CLOSE = [call for call in CALLS if call.region == FRANKFURT and "concurrency" in call.path]
FEW = st.lists(st.sampled_from(CLOSE) | st.sampled_from(CALLS), min_size=1, max_size=6)
"""Only a few different calls in a history, so that some are superseded and some are not."""


@settings(max_examples=30)
@example([reserve("a", 800), change("a"), reserve("a", 0), reserve("b", 800), reserve("a", 0)])
@example([reserve(arn("a"), 800), change("a"), reserve(arn("a"), 0), reserve(arn("a"), 800)])
@given(FEW.flatmap(lambda few: st.lists(st.sampled_from(few), max_size=30)))
def test_the_state_is_the_same_without_superseded_calls(
    moto: MotoServices, calls: list[AwsCall]
) -> None:
    numbered = list(enumerate([ROLE, *CREATIONS, *calls], start=1))
    answers = replay(moto, numbered)
    complete = read_state(moto)

    left_out = find_superseded_calls(
        RecordedCall(number, call, answers[number].succeeded) for number, call in numbered
    )
    kept = [(number, call) for number, call in numbered if number not in left_out]

    assert replay(moto, kept) == {number: answers[number] for number, _ in kept}
    assert read_state(moto) == complete


def replay(moto: MotoServices, numbered: Sequence[tuple[int, AwsCall]]) -> dict[int, AwsResponse]:
    """Make these calls with empty backends; number -> response."""
    from moto.awslambda.models import lambda_backends
    from moto.iam.models import iam_backends

    lambda_backends.clear()
    iam_backends.clear()
    return {number: moto.change(call, number, BORN + number) for number, call in numbered}


def read_state(moto: MotoServices) -> tuple[object, ...]:
    """Everything that is readable about the functions."""
    lists = [signed("GET", f"{FUNCTIONS}/?FunctionVersion=ALL", region) for region in REGIONS]
    single = [
        signed("GET", f"{prefix}/{name}{suffix}", region)
        for region in REGIONS
        for name in NAMES
        for prefix, suffix in (("/2019-09-30/functions", "/concurrency"), (FUNCTIONS, ""))
    ]
    return moto.region_topologies(), *(moto.read(call).body for call in (*lists, *single))
