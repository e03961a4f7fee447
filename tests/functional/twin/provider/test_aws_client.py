"""Calls of AWS and their errors, with moto as AWS."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import grpc
import pytest

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration
from twin.provider.errors import AwsUnreachable, ProviderError


def test_an_error_of_aws_is_one_line_with_operation_region_and_code(driver: Driver) -> None:
    driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    with pytest.raises(grpc.RpcError) as failed:
        driver.create("aws:dynamodb/table:Table", "twice", {**TABLE, "name": "twice"})

    error: Any = failed.value
    assert error.details().startswith(
        "aws:dynamodb/table:Table 'twice': CreateTable in eu-central-1: ResourceInUseException"
    )
    assert "\n" not in error.details()


def test_a_name_that_is_no_region_is_an_error_of_the_call() -> None:
    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}))

    with pytest.raises(ProviderError, match=r"DescribeVpcs in us west: .*'us west'"):
        aws.call("ec2", "us west", "DescribeVpcs", {})


def test_an_answer_in_another_protocol_is_told_as_none() -> None:
    with answering_json() as url:
        aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": url}))

        with pytest.raises(AwsUnreachable, match="in another protocol than the service's"):
            aws.call("ec2", "eu-central-1", "DescribeVpcs", {})


class _Json(BaseHTTPRequestHandler):
    """Answers as a server that is no EC2."""

    def do_POST(self) -> None:
        self.send_response(400)
        self.end_headers()
        self.wfile.write(b"{}")


@contextmanager
def answering_json() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Json) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
