"""CloudWatch Logs over boto3: what the data planes have delivered."""

from collections.abc import Iterator

import pytest

from common.clock import SystemClock
from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess, FakeProcess
from tests.functional.twin.control.resources import ServiceIds
from tests.waiting import eventually
from twin.core.cloudwatch.log_events import DAY_MS, HOUR_MS
from twin.internal_api.schemas import LogEntry, MetricsReport
from twin.moto.patches.cloudwatch.logs import MAX_EVENT_BYTES, MAX_EVENTS

GROUP, STREAM = "/aws/apigateway/app", "h1a2b3c4d5/$default"


@pytest.fixture(scope="module")
def region(shared: ControlProcess) -> Iterator[FakeProcess]:
    """A Region's process that hands over what a test gives it."""
    shared.instance.region_state(FRANKFURT).mkdir(parents=True, exist_ok=True)
    process = FakeProcess(shared.instance.region_address(FRANKFURT))
    yield process
    process.close()


def deliver(region: FakeProcess, *entries: LogEntry) -> None:
    region.answers["/_twin/metrics"] = MetricsReport(samples=(), logs=entries)
    region.posts.clear()
    eventually(lambda: bool(region.posts))
    region.answers["/_twin/metrics"] = MetricsReport(samples=())
    region.posts.clear()
    eventually(lambda: bool(region.posts))


def test_delivered_lines_are_read_beside_those_that_were_put(
    shared: ControlProcess, region: FakeProcess
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html"""
    logs = shared.client("logs", FRANKFURT)
    now_ms = int(SystemClock().now() * 1000)
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="own")
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="own",
        logEvents=[{"timestamp": now_ms, "message": "put 200"}],
    )
    deliver(
        region,
        LogEntry(group=GROUP, stream=STREAM, at_ms=now_ms + 1, message="first 200"),
        LogEntry(group=GROUP, stream=STREAM, at_ms=now_ms + 2, message="second 404"),
        LogEntry(group="/none", stream=STREAM, at_ms=now_ms, message="dropped"),
    )

    every = logs.filter_log_events(logGroupName=GROUP)["events"]
    matching = logs.filter_log_events(logGroupName=GROUP, filterPattern="second")["events"]
    of_stream = logs.get_log_events(
        logGroupName=GROUP, logStreamName=STREAM, startFromHead=True, limit=1
    )["events"]
    streams = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]

    assert {event["message"] for event in every} >= {"put 200", "first 200", "second 404"}
    assert {event["message"] for event in matching} == {"second 404"}
    assert [event["message"] for event in of_stream] == ["first 200"]
    assert [stream["logStreamName"] for stream in streams] == [STREAM, "own"]


def test_a_filter_pattern_selects_events_or_is_refused(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    logs = shared.client("logs", FRANKFURT)
    now_ms = int(SystemClock().now() * 1000)
    logs.create_log_group(logGroupName="/patterns")
    logs.create_log_stream(logGroupName="/patterns", logStreamName="s")
    logs.put_log_events(
        logGroupName="/patterns",
        logStreamName="s",
        logEvents=[{"timestamp": now_ms, "message": text} for text in ("a 200", "b 404", "c 503")],
    )

    def messages(pattern: str) -> list[str]:
        found = logs.filter_log_events(logGroupName="/patterns", filterPattern=pattern)
        return [event["message"] for event in found["events"]]

    assert messages("404") == ["b 404"]
    assert messages("?200 ?404") == ["a 200", "b 404"]
    with pytest.raises(logs.exceptions.InvalidParameterException, match="JSON filter patterns"):
        messages("{ $.status = 404 }")


def test_a_group_that_is_made_again_begins_without_lines(
    shared: ControlProcess, region: FakeProcess
) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteLogGroup.html"""
    logs = shared.client("logs", FRANKFURT)
    logs.create_log_group(logGroupName="/again")
    deliver(region, LogEntry(group="/again", stream=STREAM, at_ms=1, message="old"))
    before = logs.filter_log_events(logGroupName="/again")["events"]
    logs.delete_log_group(logGroupName="/again")
    logs.create_log_group(logGroupName="/again")

    assert before
    assert logs.filter_log_events(logGroupName="/again")["events"] == []


def test_each_line_of_a_function_is_an_event(shared: ControlProcess, region: FakeProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    logs = shared.client("logs", FRANKFURT)
    logs.create_log_group(logGroupName="/aws/lambda/lines")
    text = "START RequestId: 1\nhello\n\nEND RequestId: 1\n"
    entry = {"group": "/aws/lambda/lines", "stream": "2026/01/31/[1]ab", "function": "app"}
    deliver(
        region,
        LogEntry(at_ms=1, message=text, **entry),
        LogEntry(at_ms=2, message=f"{'x' * (MAX_EVENT_BYTES + 9)}\nend", **entry),
    )

    events = logs.get_log_events(
        logGroupName=entry["group"], logStreamName=entry["stream"], startFromHead=True
    )["events"]
    found = logs.filter_log_events(logGroupName=entry["group"], filterPattern="hello")["events"]

    assert [event["message"] for event in events] == [
        *text.splitlines(keepends=True),
        "x" * MAX_EVENT_BYTES + "\n",
        "end",
    ]
    assert [event["message"] for event in found] == ["hello\n"]
    every = logs.filter_log_events(logGroupName=entry["group"])["events"]
    assert len({event["eventId"] for event in every}) == 6


def test_the_newest_lines_of_a_group_are_kept(shared: ControlProcess, region: FakeProcess) -> None:
    """A group of a million short lines held up all calls while it was read."""
    logs = shared.client("logs", FRANKFURT)
    logs.create_log_group(logGroupName="/much")
    entry = {"group": "/much", "stream": "s", "function": "app"}
    text = "".join(f"{number}\n" for number in range(2 * MAX_EVENTS))
    deliver(
        region,
        LogEntry(at_ms=1, message="old\n", **entry),
        LogEntry(at_ms=2, message=text, **entry),
    )

    events = logs.get_log_events(logGroupName="/much", logStreamName="s")["events"]
    (stream,) = logs.describe_log_streams(logGroupName="/much")["logStreams"]

    assert events[-1]["message"] == f"{2 * MAX_EVENTS - 1}\n"
    assert stream["firstEventTimestamp"] == 2
    assert logs.filter_log_events(logGroupName="/much", filterPattern="old")["events"] == []


def test_the_group_of_a_function_that_exists_is_made_when_it_first_writes(
    shared: ControlProcess, region: FakeProcess, deployed: ServiceIds
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    logs = shared.client("logs", FRANKFURT)
    name = deployed.function.split(":")[6]
    deliver(
        region,
        LogEntry(group="/made", stream="s", at_ms=1, message="a\n", function=name),
        LogEntry(group="/deleted", stream="s", at_ms=1, message="a\n", function="gone"),
    )

    names = {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}
    assert "/made" in names
    assert "/deleted" not in names
    events = logs.filter_log_events(logGroupName="/made")["events"]
    assert [event["message"] for event in events] == ["a\n"]


def test_events_that_are_too_old_or_too_new_are_not_stored(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_RejectedLogEventsInfo.html"""
    logs = shared.client("logs", FRANKFURT)
    now_ms = int(SystemClock().now() * 1000)
    stream = {"logGroupName": "/times", "logStreamName": "s"}
    logs.create_log_group(logGroupName="/times")
    logs.create_log_stream(**stream)
    logs.put_retention_policy(logGroupName="/times", retentionInDays=3)
    ages_ms = (15 * DAY_MS, 15 * DAY_MS, 4 * DAY_MS, 1000, 0, -3 * HOUR_MS, -4 * HOUR_MS)
    events = [
        {"timestamp": now_ms - age, "message": f"{number}"} for number, age in enumerate(ages_ms)
    ]

    answer = logs.put_log_events(**stream, logEvents=events)
    expect_aws_error(
        "InvalidParameterException", logs.put_log_events, **stream, logEvents=events[::-1]
    )

    assert answer["rejectedLogEventsInfo"] == {
        "tooOldLogEventEndIndex": 2,
        "expiredLogEventEndIndex": 3,
        "tooNewLogEventStartIndex": 5,
    }
    stored = logs.get_log_events(**stream, startFromHead=True)["events"]
    assert [event["message"] for event in stored] == ["3", "4"]


def test_a_group_keeps_its_events_for_a_time_that_aws_offers(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""
    logs = shared.client("logs", FRANKFURT)
    logs.create_log_group(logGroupName="/kept")
    logs.put_retention_policy(logGroupName="/kept", retentionInDays=14)

    for days in (8, 0, -1, 3654):
        expect_aws_error(
            "InvalidParameterException",
            logs.put_retention_policy,
            logGroupName="/kept",
            retentionInDays=days,
        )

    (group,) = logs.describe_log_groups(logGroupNamePrefix="/kept")["logGroups"]
    assert group["retentionInDays"] == 14


def test_of_what_clients_put_the_newest_events_are_kept(shared: ControlProcess) -> None:
    """In memory of bounded size, as of what is delivered."""
    logs = shared.client("logs", FRANKFURT)
    now_ms = int(SystemClock().now() * 1000)
    logs.create_log_group(logGroupName="/put-much")
    for stream in ("a", "b"):
        logs.create_log_stream(logGroupName="/put-much", logStreamName=stream)

    for number in range(14):
        logs.put_log_events(
            logGroupName="/put-much",
            logStreamName="ab"[number % 2],
            logEvents=[{"timestamp": now_ms, "message": f"{number:0900000}"}],
        )

    found = logs.filter_log_events(logGroupName="/put-much")["events"]
    assert sorted(int(event["message"][-4:]) for event in found) == list(range(3, 14))
    streams = logs.describe_log_streams(logGroupName="/put-much")["logStreams"]
    assert sum(stream["storedBytes"] for stream in streams) == 11 * 900_000
