"""Reading service and Region from a signed request."""

from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from twin.gateway.routing import CredentialScope, MissingScope, read_credential_scope

KEYS = Credentials("test", "test")


@pytest.mark.parametrize("service", ["dynamodb", "elasticloadbalancing", "globalaccelerator"])
@pytest.mark.parametrize("region", ["eu-central-1", "us-west-2"])
def test_the_scope_of_what_botocore_signs_is_read(service: str, region: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html"""
    request = AWSRequest("POST", "http://127.0.0.1:4566/", data=b"{}")
    SigV4Auth(KEYS, service, region).add_auth(request)

    found = read_credential_scope(CIMultiDict(request.headers.items()), "")

    assert found == CredentialScope(region=region, service=service)


def test_the_scope_of_a_presigned_url_is_read() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    request = AWSRequest("GET", "http://127.0.0.1:4566/bucket/key")
    S3SigV4QueryAuth(KEYS, "s3", "eu-west-1").add_auth(request)

    found = read_credential_scope({}, urlsplit(request.url or "").query)

    assert found == CredentialScope(region="eu-west-1", service="s3")


def test_the_header_is_read_whatever_the_order_of_its_parts() -> None:
    header = "AWS4-HMAC-SHA256 SignedHeaders=host, Credential=k/20260101/us-west-2/sts/aws4_request"

    assert read_credential_scope({"Authorization": header}, "") == CredentialScope(
        region="us-west-2", service="sts"
    )


def test_a_request_without_a_signature_is_unsigned() -> None:
    assert read_credential_scope({}, "a=b") is MissingScope.UNSIGNED


@pytest.mark.parametrize(
    "header",
    [
        "Bearer abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=k/20260101/us-west-2/sts",
        "AWS4-HMAC-SHA256 Credential=k/today/us-west-2/sts/aws4_request",
        "AWS4-HMAC-SHA256 Credential=k/20260101/../sts/aws4_request",
    ],
)
def test_a_signature_without_a_scope_is_unreadable(header: str) -> None:
    assert read_credential_scope({"Authorization": header}, "") is MissingScope.UNREADABLE


@given(header=st.text(min_size=1), query=st.text())
def test_any_header_and_query_give_a_result(header: str, query: str) -> None:
    found = read_credential_scope({"Authorization": header}, query)

    assert isinstance(found, CredentialScope | MissingScope)
