"""The faults of AWS: a throttled function, and paused replication."""

from datetime import UTC, datetime

import pytest

from muster.errors import CallFailed, FaultUnavailable
from muster.levers import Fault
from muster.levers.aws_faults import experiment_end_s
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.levers.builders import PAUSE, THROTTLE, NotifiedLines, make_levers
from tests.unit.muster.sample_stack import FRANKFURT, OREGON


@pytest.mark.parametrize("reserved", [None, 0, 50])
async def test_a_throttled_function_gets_back_what_it_had(reserved: int | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: reserved})

    await make_levers(aws).inject(THROTTLE)
    throttled = aws.reserved[OREGON]
    await make_levers(aws).inject(THROTTLE)  # on another machine, say
    await make_levers(aws).clear(THROTTLE)

    assert throttled == 0
    assert aws.reserved[OREGON] == reserved
    assert aws.reserved[FRANKFURT] is None
    assert aws.tables[OREGON] == {}


async def test_a_function_that_is_being_deployed_is_throttled_after_that() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html"""
    aws = FakeAws()
    aws.fail("PutFunctionConcurrency", FakeFailure("ResourceConflictException", status=409))

    await make_levers(aws).inject(THROTTLE)

    assert aws.reserved[OREGON] == 0


async def test_the_state_before_is_recorded_before_anything_is_changed() -> None:
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: 50})
    aws.fail("PutFunctionConcurrency", FakeFailure("AccessDeniedException"))

    with pytest.raises(CallFailed):
        await make_levers(aws).inject(THROTTLE)

    assert aws.tables[OREGON]["fault#throttle#us-west-2"]["reserved"] == {"N": "50"}


async def test_a_state_that_can_not_be_recorded_is_not_changed() -> None:
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: 50})
    aws.fail("PutItem", FakeFailure("AccessDeniedException"))

    with pytest.raises(CallFailed, match="AccessDenied"):
        await make_levers(aws).inject(THROTTLE)

    assert aws.reserved[OREGON] == 50


async def test_the_record_stays_until_what_it_has_is_restored() -> None:
    aws = FakeAws(reserved={FRANKFURT: None, OREGON: 50})
    await make_levers(aws).inject(THROTTLE)
    aws.fail("PutFunctionConcurrency", FakeFailure("AccessDeniedException"))

    with pytest.raises(CallFailed, match="AccessDenied"):
        await make_levers(aws).clear(THROTTLE)
    kept = dict(aws.tables[OREGON])
    await make_levers(aws).clear(THROTTLE)

    assert list(kept) == ["fault#throttle#us-west-2"]
    assert (aws.reserved[OREGON], aws.tables[OREGON]) == (50, {})


async def test_clearing_a_throttle_that_nobody_injected_changes_nothing() -> None:
    aws, notified = FakeAws(reserved={FRANKFURT: None, OREGON: 7}), NotifiedLines()

    await make_levers(aws, notified=notified).clear(THROTTLE)

    assert aws.reserved[OREGON] == 7
    assert "nothing to restore" in notified


async def test_replication_is_paused_by_an_experiment_and_once_only() -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html"""
    aws = FakeAws()

    await make_levers(aws).inject(PAUSE)
    await make_levers(aws).inject(PAUSE)

    (call,) = aws.made("StartExperiment")
    assert call.given["experimentTemplateId"] == "EXT1"
    assert call.region == OREGON
    assert aws.experiments == {"EXP0": "running"}


async def test_clearing_stops_the_experiment() -> None:
    aws = FakeAws(experiments={"EXP7": "running", "EXP6": "completed"})

    await make_levers(aws).clear(PAUSE)
    await make_levers(aws).clear(PAUSE)

    assert aws.experiments == {"EXP7": "stopped", "EXP6": "completed"}
    assert len(aws.made("StopExperiment")) == 1


async def test_a_throttled_stop_is_retried() -> None:
    aws = FakeAws(experiments={"EXP7": "running"})
    aws.fail("StopExperiment", *(FakeFailure("ThrottlingException") for _ in range(5)))

    await make_levers(aws).clear(PAUSE)

    assert aws.experiments == {"EXP7": "stopped"}


async def test_an_experiment_that_fails_is_reported_with_its_reason() -> None:
    with pytest.raises(CallFailed, match="failed: because"):
        await make_levers(FakeAws(experiment_fails=True)).inject(PAUSE)


async def test_the_error_for_a_missing_template_says_where_to_name_one() -> None:
    with pytest.raises(FaultUnavailable, match="muster:fault_injection"):
        await make_levers(FakeAws()).inject(Fault(kind="replication-pause", region=FRANKFURT))


STARTED = datetime(2027, 1, 15, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("durations", "lasts_s"),
    [(["PT5M"], 300.0), (["PT1H30M5S"], 5405.0), (["P1DT1S"], 86401.0), (["PT5M", "PT10M"], 600.0)],
)
def test_an_experiment_ends_with_its_longest_action(durations: list[str], lasts_s: float) -> None:
    actions = {f"a{n}": {"parameters": {"duration": text}} for n, text in enumerate(durations)}

    end_s = experiment_end_s({"startTime": STARTED, "actions": actions})

    assert end_s == STARTED.timestamp() + lasts_s


@pytest.mark.parametrize(
    "experiment",
    [
        {},
        {"startTime": STARTED},
        {"startTime": STARTED, "actions": {"a": {"parameters": {}}}},
        {"startTime": STARTED, "actions": {"a": {"parameters": {"duration": "soon"}}}},
        {"actions": {"a": {"parameters": {"duration": "PT5M"}}}},
    ],
)
def test_the_end_of_an_experiment_without_start_or_duration_is_unknown(
    experiment: dict[str, object],
) -> None:
    assert experiment_end_s(experiment) is None
