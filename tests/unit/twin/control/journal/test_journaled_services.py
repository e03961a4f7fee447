"""Which calls a replay may leave out; how a failed call is undone; what a start goes on from.

A call is superseded by a later write of its slot, unless a call between may have read it. So moto
ends in the same state with and without the superseded calls.
"""

import base64
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from common.clock import SystemClock
from common.files.append_log import decode_line, encode_line
from tests.lambda_function import TRUST, make_zip
from tests.soak.calls.state_digest import Digests, digest_state
from twin.control.journal.call_journal import open_call_journal
from twin.control.journal.checkpoint import CheckpointFile, find_born
from twin.control.journal.journaled_services import (
    JournaledServices,
    RecordedCall,
    ResourceSlot,
    find_resource_slot,
    find_superseded_calls,
)
from twin.core.cloudwatch.alarms import AlarmEvaluation, AlarmState
from twin.moto.calls.aws_call import AwsCall, AwsResponse
from twin.moto.services import MotoServices
from twin.runtime.instance import ACCOUNT

FRANKFURT, OREGON = "eu-central-1", "us-west-2"


def signed(
    method: str,
    path: str,
    region: str = FRANKFURT,
    service: str = "lambda",
    body: object = None,
) -> AwsCall:
    """A call of a service in a Region; a string as its body is a form."""
    scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, x"
    form = isinstance(body, str)
    kind = "application/x-www-form-urlencoded" if form else "application/json"
    text = body if isinstance(body, str) else json.dumps(body or {})
    headers = {"authorization": scope, "content-type": kind}
    return AwsCall(method=method, url=path, headers=headers, body=text.encode())


def reserve(name: str = "app", region: str = FRANKFURT) -> AwsCall:
    """PutFunctionConcurrency."""
    return signed("PUT", f"/2017-10-31/functions/{name}/concurrency", region)


def release(name: str = "app", region: str = FRANKFURT) -> AwsCall:
    """DeleteFunctionConcurrency."""
    return signed("DELETE", f"/2017-10-31/functions/{name}/concurrency", region)


PUBLISH = signed("POST", "/2015-03-31/functions/app/versions")
ELSEWHERE = signed("POST", "/", OREGON, "ec2")


def superseded(*calls: AwsCall, failed: Sequence[int] = ()) -> set[int]:
    """Numbers, from 1, of the superseded ones among these calls."""
    return set(
        find_superseded_calls(
            RecordedCall(number, call, number not in failed)
            for number, call in enumerate(calls, start=1)
        )
    )


def test_only_the_last_write_of_a_slot_is_kept() -> None:
    assert superseded(reserve(), release(), reserve(), release()) == {1, 2, 3}


def test_writes_of_another_region_do_not_read_the_slot() -> None:
    calls = (reserve(), reserve(region=OREGON), release(), release(region=OREGON))

    assert superseded(*calls) == {1, 2}


def test_any_other_call_may_read_the_slot() -> None:
    assert superseded(reserve(), PUBLISH, release()) == set()
    assert superseded(reserve(), ELSEWHERE, release()) == set()


def test_another_functions_reservation_reads_this_one() -> None:
    assert superseded(reserve(), reserve("other"), release()) == set()


def test_a_failed_call_is_kept_and_may_read_the_slot() -> None:
    assert superseded(reserve(), reserve(), release(), failed=[2]) == set()
    assert superseded(reserve(), reserve(), reserve(), failed=[1, 3]) == set()


def test_only_plain_names_signed_for_a_region_are_known() -> None:
    arn = reserve("arn:aws:lambda:eu-central-1:123456789012:function:app")
    unsigned = dataclasses.replace(reserve(), headers={})

    assert find_resource_slot(reserve()) == ResourceSlot("lambda", FRANKFURT, "app")
    assert find_resource_slot(arn) is None
    assert find_resource_slot(unsigned) is None
    assert find_resource_slot(signed("GET", reserve().path)) is None
    assert find_resource_slot(signed("PUT", reserve().path, service="s3")) is None


CALLS = st.sampled_from(
    [
        *(make(name, region) for make in (reserve, release) for name in "ab" for region in "xy"),
        PUBLISH,
    ]
)


@given(st.lists(st.tuples(CALLS, st.booleans()), max_size=30))
def test_every_reader_sees_the_same_without_superseded_calls(
    made: list[tuple[AwsCall, bool]],
) -> None:
    """A write reads the other slots of its Region, any other call reads all slots."""
    recorded = [
        RecordedCall(number, call, good) for number, (call, good) in enumerate(made, start=1)
    ]
    left_out = find_superseded_calls(recorded)

    full, short = (
        _visible_writes(recorded),
        _visible_writes([r for r in recorded if r.number not in left_out]),
    )

    assert full.keys() - short.keys() == left_out
    assert {number: full[number] for number in short} == short


def _visible_writes(recorded: Sequence[RecordedCall]) -> dict[int, dict[ResourceSlot, int]]:
    """Call's number, 0 for the end -> slot that it may read -> number of the last write."""
    slots: dict[ResourceSlot, int] = {}
    visible = {}
    for number, call, succeeded in recorded:
        own = find_resource_slot(call) if succeeded else None
        visible[number] = {
            slot: by
            for slot, by in slots.items()
            if own is None or (slot != own and slot.region == own.region)
        }
        if own is not None:
            slots[own] = number
    return visible | {0: slots}


# -- moto with and without the superseded calls

BORN = 1_800_000_000.0
REGIONS, NAMES = (FRANKFURT, OREGON), ("a", "b")
FUNCTIONS = "/2015-03-31/functions"


class RecordedServices(MotoServices):
    """Keeps the operations of all calls that it carries out."""

    changes: list[str | None]

    def change(self, call: AwsCall, number: int, at: float, *, archive: bytes = b"") -> AwsResponse:
        self.changes.append(call.operation)
        return super().change(call, number, at, archive=archive)


@pytest.fixture(scope="module")
def moto() -> RecordedServices:
    """The one moto of this process."""
    RecordedServices.changes = []
    return RecordedServices(
        account=ACCOUNT,
        addresses=lambda _, number: f"127.0.0.{number}",
        clock=SystemClock(),
        created_at=BORN,
    )


def put_concurrency(function: str, count: int, region: str = FRANKFURT) -> AwsCall:
    """PutFunctionConcurrency, by name or ARN."""
    path = f"/2017-10-31/functions/{quote(function, safe='')}/concurrency"
    return signed("PUT", path, region, body={"ReservedConcurrentExecutions": count})


def configure(name: str, region: str = FRANKFURT) -> AwsCall:
    """UpdateFunctionConfiguration."""
    return signed("PUT", f"{FUNCTIONS}/{name}/configuration", region, body={"Timeout": 9})


def function_arn(name: str, region: str = FRANKFURT) -> str:
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
        *(
            put_concurrency(one, n, region)
            for one in (name, function_arn(name, region))
            for n in (0, 800)
        ),
        signed("DELETE", f"/2017-10-31/functions/{name}/concurrency", region),
        signed("DELETE", f"{FUNCTIONS}/{name}", region),
        signed("POST", f"{FUNCTIONS}/{name}/versions", region),
        creation(name, region),
        configure(name, region),
    ]


ROLE = signed(
    "POST",
    "/",
    "us-east-1",
    service="iam",
    body=f"Action=CreateRole&Version=2010-05-08&RoleName=role&AssumeRolePolicyDocument={quote(TRUST)}",
)
CREATIONS = [creation(name, region) for region in REGIONS for name in NAMES]
MOTO_CALLS = [call for region in REGIONS for name in NAMES for call in calls_of(name, region)]
CLOSE = [call for call in MOTO_CALLS if call.region == FRANKFURT and "concurrency" in call.path]
FEW = st.lists(st.sampled_from(CLOSE) | st.sampled_from(MOTO_CALLS), min_size=1, max_size=6)
"""Only a few different calls in a history, so that some are superseded and some are not."""


@settings(max_examples=30)
@example(
    [
        put_concurrency("a", 800),
        configure("a"),
        put_concurrency("a", 0),
        put_concurrency("b", 800),
        put_concurrency("a", 0),
    ]
)
@example(
    [
        put_concurrency(function_arn("a"), 800),
        configure("a"),
        put_concurrency(function_arn("a"), 0),
        put_concurrency(function_arn("a"), 800),
    ]
)
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


# -- undoing failed calls, and starting from a checkpoint


@pytest.fixture
def services(moto: MotoServices, tmp_path: Path) -> Iterator[JournaledServices]:
    moto.reset()
    with open_call_journal(tmp_path / "journal", BORN) as journal:
        yield JournaledServices(
            moto,
            journal,
            CheckpointFile(tmp_path / "checkpoint", BORN),
            SystemClock(),
            calls_per_checkpoint=5,
        )
    moto.reset()


def no_problem() -> None:
    return None


def create_vpc(services: JournaledServices) -> None:
    body = "Action=CreateVpc&Version=2016-11-15&CidrBlock=10.0.0.0/16"
    response = services.handle(signed("POST", "/", FRANKFURT, "ec2", body), no_problem)
    assert response.succeeded, response


def unpublishable(services: JournaledServices) -> AwsResponse:
    """A call that moto carries out, and that makes no Topology."""
    return services.handle(
        signed("POST", "/", FRANKFURT, "ec2", "Action=CreateInternetGateway&Version=2016-11-15"),
        lambda: "no reader could use it",
    )


@pytest.mark.parametrize("calls_before", [0, 1, 60])
def test_a_call_that_fails_leaves_no_trace(services: JournaledServices, calls_before: int) -> None:
    """With 60 networks a snapshot is kept for several calls, which the undo repeats."""
    for _ in range(calls_before):
        create_vpc(services)
    before = digest_state(ACCOUNT)

    assert unpublishable(services).status == 400
    assert digest_state(ACCOUNT) == before or calls_before == 0

    create_vpc(services)
    create_vpc(services)
    after = digest_state(ACCOUNT)
    services.restore()
    assert digest_state(ACCOUNT) == after


def test_an_alarm_keeps_its_state_when_a_later_call_is_undone(
    moto: RecordedServices, services: JournaledServices
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"""
    alarm = {
        "AlarmName": "a",
        "Namespace": "N",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": "60",
        "EvaluationPeriods": "1",
        "Threshold": "1",
        "ComparisonOperator": "GreaterThanThreshold",
    }
    assert services.handle(alarm_call("PutMetricAlarm", **alarm), no_problem).succeeded
    unpublishable(services)
    breach = AlarmEvaluation(state=AlarmState.ALARM, reason="above the threshold")

    moto.alarms.record_evaluation(FRANKFURT, "a", breach, "{}")
    unpublishable(services)

    assert b"<StateValue>ALARM<" in moto.read(alarm_call("DescribeAlarms")).body


def alarm_call(operation: str, **parameters: str) -> AwsCall:
    form = urlencode({"Action": operation, "Version": "2010-08-01", **parameters})
    return signed("POST", "/", FRANKFURT, "monitoring", form)


def test_the_calls_that_an_undo_repeats_are_not_repeated_by_the_next(
    moto: RecordedServices, services: JournaledServices
) -> None:
    """One of them may be the upload of a large function."""
    for _ in range(60):
        create_vpc(services)
    moto.changes.clear()
    unpublishable(services)
    assert "CreateVpc" in moto.changes

    moto.changes.clear()
    unpublishable(services)

    assert moto.changes == ["CreateInternetGateway"]


def test_a_start_goes_on_from_the_checkpoint(services: JournaledServices, tmp_path: Path) -> None:
    create_vpc(services)
    services.write_checkpoint()
    create_vpc(services)
    complete = digest_state(ACCOUNT)
    before_the_checkpoint = JournaledLines(tmp_path / "journal")

    services.restore()
    assert digest_state(ACCOUNT) == complete

    before_the_checkpoint.replace_first_call()
    services.restore()
    assert digest_state(ACCOUNT) == complete  # the changed call was not repeated


class JournaledLines:
    """A journal's lines, one of which can be replaced by a call without effect."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def replace_first_call(self) -> None:
        header, first, *others = self._path.read_bytes().splitlines(keepends=True)
        text = decode_line(first)
        assert text is not None
        changed = encode_line(text.replace(b"CreateVpc", b"CreateXxx"))
        self._path.write_bytes(b"".join((header, changed, *others)))


def test_what_a_journal_has_lost_at_its_end_is_taken_from_the_checkpoint(
    moto: MotoServices,
    services: JournaledServices,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As after a power cut that took the journal's end."""
    create_vpc(services)
    journal = (tmp_path / "journal").read_bytes()
    create_vpc(services)
    services.write_checkpoint()
    create_vpc(services)
    complete = digest_state(ACCOUNT)
    services.write_checkpoint()
    (tmp_path / "journal").write_bytes(journal)

    services.restore()

    assert digest_state(ACCOUNT) == complete
    assert "ends at call 1, the checkpoint at call 3" in caplog.text
    create_vpc(services)
    after = digest_state(ACCOUNT)
    assert reopened_digest(moto, tmp_path) == after


def test_a_journal_that_is_lost_is_taken_from_the_checkpoint(
    moto: MotoServices, services: JournaledServices, tmp_path: Path
) -> None:
    create_vpc(services)
    create_vpc(services)
    services.write_checkpoint()
    complete = digest_state(ACCOUNT)
    (tmp_path / "journal").write_bytes(b"")

    assert reopened_digest(moto, tmp_path) == complete


def reopened_digest(moto: MotoServices, folder: Path) -> Digests:
    """The state that the next process of control begins with."""
    (folder / "journal.lock").unlink()  # this process has it
    checkpoint = folder / "checkpoint"
    with open_call_journal(folder / "journal", BORN + 1, lambda: find_born(checkpoint)) as journal:
        checkpoints = CheckpointFile(checkpoint, journal.header.born)
        JournaledServices(moto, journal, checkpoints, SystemClock()).restore()
    return digest_state(ACCOUNT)


def test_a_checkpoint_is_written_every_so_many_calls(
    services: JournaledServices, tmp_path: Path
) -> None:
    services.handle(ROLE, no_problem)
    services.handle(creation("a", FRANKFURT), no_problem)
    for number in range(2):
        services.handle(put_concurrency("a", number % 5), no_problem)
    assert not (tmp_path / "checkpoint").exists()

    services.handle(put_concurrency("a", 7), no_problem)

    assert (tmp_path / "checkpoint").exists()
