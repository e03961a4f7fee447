"""Access logs of API Gateway's stages."""

from pathlib import Path

from tests.apigateway_requests import routed_request
from tests.apigateway_topologies import (
    ACCOUNT,
    HTTP_HOST,
    HTTP_ID,
    LOG_GROUP,
    gateway,
    http_api,
    route,
)
from tests.functional.twin.region.apigateway.running_gateway import running_gateway
from twin.core.apigateway.context_variables import RequestOutcome
from twin.region.apigateway.access_logs import MAX_WAITING, MAX_WAITING_CHARACTERS, AccessLogs

FORMAT = "$context.requestId $context.routeKey $context.status $context.integrationErrorMessage"


async def test_each_request_of_a_stage_has_a_line(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    config = gateway(http_api(route("GET /a"), log_format=FORMAT))
    async with running_gateway(tmp_path, config) as api:
        found = await api.get("/a", host=HTTP_HOST)
        await api.get("/b", host=HTTP_HOST)
        api.function.answer = lambda _: {"statusCode": 1}
        await api.get("/a", host=HTTP_HOST)
        entries = api.server.take_logs()
        again = api.server.take_logs()

    lines = [entry.message for entry in entries]
    assert lines[0] == f"{found.header('apigw-requestid')} GET /a 200 -"
    assert lines[1].endswith(" - 404 -")
    assert lines[2].endswith(" GET /a 500 statusCode is 1, not a number from 200 to 599")
    assert {(entry.group, entry.stream) for entry in entries} == {
        (LOG_GROUP, f"{HTTP_ID}/$default")
    }
    assert again == ()


def test_a_stage_without_a_log_has_no_lines() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    logs = AccessLogs(ACCOUNT)

    logs.write(routed_request(http_api()), RequestOutcome(status=200))

    assert logs.take() == ()


def test_the_oldest_lines_go_while_control_is_away() -> None:
    logs = AccessLogs(ACCOUNT)
    request = routed_request(http_api(log_format="$context.status"))

    for number in range(MAX_WAITING + 1):
        logs.write(request, RequestOutcome(status=number))

    kept = logs.take()
    assert (len(kept), kept[0].message) == (MAX_WAITING, "1")


def test_long_lines_take_no_more_memory_than_many_lines() -> None:
    logs = AccessLogs(ACCOUNT)
    request = routed_request(http_api(log_format="$context.path" * 200), f"/{'a' * 9_999}")

    for _ in range(50):
        logs.write(request, RequestOutcome(status=200))

    kept = [len(entry.message) for entry in logs.take()]
    assert (max(kept), sum(kept) <= MAX_WAITING_CHARACTERS, len(kept)) == (1_040_000, True, 16)
