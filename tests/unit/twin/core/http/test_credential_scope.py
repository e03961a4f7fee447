"""With which key, and for what, a request is signed; all who ask read the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.http.credential_scope import Credential, find_credential, parse_credential
from twin.gateway.routing import CredentialScope, read_credential_scope
from twin.iam.signature import ReceivedRequest, SignatureProblem, parse_signature
from twin.moto.calls.aws_call import AwsCall

ALGORITHM = "AWS4-HMAC-SHA256"
WEST = "k/20260101/us-west-2/dynamodb/aws4_request"
EAST = "k/20260101/us-east-1/iam/aws4_request"
REST = "SignedHeaders=host, Signature=0"
QUERY = (
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260101T000000Z&X-Amz-SignedHeaders=host&"
    "X-Amz-Signature=0"
)


def test_a_credential_has_a_key_and_a_scope() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html"""
    found = parse_credential(WEST)

    assert found == Credential(
        access_key="k", date="20260101", region="us-west-2", service="dynamodb"
    )
    assert found.serving_region == "us-west-2"


def test_a_global_service_signed_for_no_region_is_served_in_us_east_1() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
    found = parse_credential("k/20260101/aws-global/iam/aws4_request")

    assert found is not None
    assert (found.region, found.serving_region) == ("aws-global", "us-east-1")


@pytest.mark.parametrize("service", ["iam", "route53"])
def test_a_global_service_is_served_in_us_east_1_whatever_it_is_signed_for(service: str) -> None:
    """As botocore signs by the client's Region, where an own endpoint is set.

    https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html
    """
    found = parse_credential(f"k/20260101/eu-central-1/{service}/aws4_request")

    assert found is not None
    assert found.serving_region == "us-east-1"


@pytest.mark.parametrize(
    ("authorization", "query", "found"),
    [
        ("", "", None),
        ("", "X-Amz-Credential=", None),
        ("", "X-Amz-Credential=a%2Fb", "a/b"),
        ("", "X-Amz-Credential=a%252Fb", "a%2Fb"),
        (f"{ALGORITHM} Credential=a, {REST}", "X-Amz-Credential=b", "a"),
        (f"{ALGORITHM} Credential=a,{REST}", "", "a"),
        (f"{ALGORITHM} {REST}", "X-Amz-Credential=b", ""),
        ("Bearer Credential=a", "", ""),
    ],
)
def test_the_header_comes_before_the_query(
    authorization: str, query: str, found: str | None
) -> None:
    assert find_credential(authorization, query) == found


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        (f"{ALGORITHM} Credential={EAST}, Credential={WEST}, {REST}", ""),
        (f"{ALGORITHM} X=Credential={EAST}, Credential={WEST}, {REST}", ""),
        (f"{ALGORITHM} Credential={WEST}, X=Credential={EAST}, {REST}", ""),
        (f"{ALGORITHM} Credential={WEST}, {REST}", f"Credential={EAST}"),
        (f"{ALGORITHM} Credential={WEST}, {REST}", f"{QUERY}&X-Amz-Credential={EAST}"),
        ("", f"Credential={EAST}&{QUERY}&X-Amz-Credential={WEST}"),
        ("", f"X-Amz-Credential={EAST}&{QUERY}&X-Amz-Credential={WEST}"),
        ("", f"{QUERY}&X-Amz-Credential={EAST}#&X-Amz-Credential={WEST}"),
    ],
)
def test_a_request_with_two_scopes_is_judged_for_the_one_that_it_is_routed_and_answered_for(
    authorization: str, query: str
) -> None:
    """Else one who may act in one Region only could act in another."""
    headers = {"authorization": authorization, "x-amz-date": "20260101T000000Z"}

    judged = parse_signature(
        ReceivedRequest(method="POST", path="/", query=query, headers=headers, body=b"")
    )
    answered = AwsCall(method="POST", url=f"/?{query}", headers=headers)
    routed = read_credential_scope(headers, query)

    assert (judged.region, judged.service) == ("us-west-2", "dynamodb")
    assert (answered.region, answered.service) == ("us-west-2", "dynamodb")
    assert routed == CredentialScope(region="us-west-2", service="dynamodb", access_key="k")


@given(
    parts=st.lists(
        st.sampled_from([ALGORITHM, " ", ",", "Credential=", WEST, EAST, "X=", "\t", REST]),
        max_size=8,
    )
)
def test_what_is_judged_is_what_is_answered(parts: list[str]) -> None:
    headers = {"authorization": "".join(parts), "x-amz-date": "20260101T000000Z"}
    request = ReceivedRequest(method="POST", path="/", query="", headers=headers, body=b"")
    call = AwsCall(method="POST", url="/", headers=headers)

    try:
        judged = parse_signature(request)
    except SignatureProblem:
        return

    assert (call.service, call.region) == (judged.service, judged.region)
