"""An error reaches the caller in the protocol that it speaks."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from twin.core.http.error_response import AwsError
from twin.internal_api.aws_errors import answer_error, lower_headers, raw_query

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PROBLEM = AwsError(status=403, code="AccessDenied", message="no")


def signed(service: str) -> str:
    return f"k/20260101/us-west-2/{service}/aws4_request"


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async def refuse(request: web.Request) -> web.Response:
        return answer_error(request, PROBLEM)

    async def read(request: web.Request) -> web.Response:
        return web.json_response([lower_headers(request)["x-a"], raw_query(request)])

    app = web.Application()
    app.router.add_get("/", refuse)
    app.router.add_get("/read", read)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize(
    ("headers", "query", "begins"),
    [
        ({"X-Amz-Target": "DynamoDB_20120810.GetItem"}, "", '{"__type": "AccessDenied"'),
        ({"Authorization": f"AWS4-HMAC-SHA256 Credential={signed('ec2')}"}, "", "<?xml"),
        ({}, f"?X-Amz-Credential={signed('s3')}", "<?xml"),
        ({**FORM, "Authorization": f"AWS4-HMAC-SHA256 Credential={signed('sts')}"}, "", "<?xml"),
        ({}, "", '{"__type": "AccessDenied"'),
    ],
)
async def test_an_error_is_written_as_the_signed_service_does(
    address: str, headers: dict[str, str], query: str, begins: str
) -> None:
    """https://smithy.io/2.0/aws/protocols/index.html"""
    async with aiohttp.ClientSession() as http, http.get(address + query, headers=headers) as got:
        assert got.status == 403
        assert (await got.text()).startswith(begins)
        assert got.headers["x-amzn-ErrorType"] == "AccessDenied"


async def test_of_two_headers_the_last_counts_and_the_query_stays_encoded(address: str) -> None:
    url = URL(f"{address}read?a=%2Fb", encoded=True)
    headers = [("X-A", "1"), ("x-a", "2")]

    async with aiohttp.ClientSession() as http, http.get(url, headers=headers) as got:
        assert await got.json() == ["2", "a=%2Fb"]
