"""Which process serves a call, by the scope of its signature."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from common.twin_keys import UNSET_KEY, make_access_key, to_temporary_key
from twin.core.faults import Link, NetworkState
from twin.gateway.routing import (
    ApiCall,
    CredentialScope,
    Forward,
    MissingScope,
    Rejection,
    StateOf,
    read_credential_scope,
    reject_region_down,
    route_call,
)
from twin.runtime.roles import ProcessState

ABSENT, RUNNING, FROZEN, DEAD = (
    ProcessState.ABSENT,
    ProcessState.RUNNING,
    ProcessState.FROZEN,
    ProcessState.DEAD,
)
TO_CONTROL = Forward(role="control")
INVOKE = "/2015-03-31/functions/muster:live/invocations"


def call(service: str, region: str = "us-west-2", path: str = "/", method: str = "POST") -> ApiCall:
    return ApiCall(method=method, path=path, scope=CredentialScope(region=region, service=service))


def states(**others: ProcessState) -> StateOf:
    """Every process runs except for these; `region/us-west-2` is written `us_west_2`."""
    named = {
        name if name == "control" else f"region/{name.replace('_', '-')}": state
        for name, state in others.items()
    }
    return lambda role: named.get(role, RUNNING)


def rejected(call: ApiCall, state_of: StateOf) -> Rejection:
    found = route_call(call, state_of)
    assert isinstance(found, Rejection)
    return found


# -- keys of twins

OWN_KEY = make_access_key(Path("/one/.twin"), 0)
OTHER_KEY = make_access_key(Path("/other/.twin"), 3)


def route_with_key(key: str, service: str = "ec2") -> Forward | Rejection:
    scope = CredentialScope(region="us-west-2", service=service, access_key=key)
    signed = ApiCall(method="POST", path="/", scope=scope)
    return route_call(signed, states(), own_key=OWN_KEY)


@pytest.mark.parametrize(
    "key", ["test", OWN_KEY, to_temporary_key(OWN_KEY), "AKIAIOSFODNN7EXAMPLE"]
)
def test_the_twins_own_key_and_keys_that_name_no_twin_are_served(key: str) -> None:
    assert route_with_key(key) == TO_CONTROL


@pytest.mark.parametrize(
    ("service", "code"),
    [("ec2", "InvalidClientTokenId"), ("dynamodb", "UnrecognizedClientException")],
)
@pytest.mark.parametrize("key", [OTHER_KEY, to_temporary_key(OTHER_KEY), UNSET_KEY])
def test_the_key_of_another_twin_is_refused(key: str, service: str, code: str) -> None:
    """As AWS refuses an unknown one: a shell of one twin must not act on another.

    https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
    """
    refused = route_with_key(key, service)

    assert isinstance(refused, Rejection)
    assert (refused.status, refused.code) == (403, code)
    assert f"{key} is that of " in refused.message
    assert f"this twin's is {OWN_KEY}" in refused.message
    assert "source .twin/env" in refused.message


# -- forwarded calls


@pytest.mark.parametrize("service", ["ec2", "iam", "s3", "globalaccelerator", "lambda", "logs"])
def test_control_plane_calls_go_to_control(service: str) -> None:
    assert route_call(call(service), states()) == TO_CONTROL


def test_dynamodb_goes_to_its_region() -> None:
    found = route_call(call("dynamodb", "eu-central-1"), states())

    assert found == Forward(role="region/eu-central-1")


def test_invoking_a_function_goes_to_its_region() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    assert route_call(call("lambda", path=INVOKE), states()) == Forward(role="region/us-west-2")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", INVOKE),
        ("POST", "/2015-03-31/functions"),
        ("POST", "/2015-03-31/functions/muster/versions"),
    ],
)
def test_other_lambda_calls_go_to_control(method: str, path: str) -> None:
    assert route_call(call("lambda", path=path, method=method), states()) == TO_CONTROL


def test_a_region_that_never_ran_is_started_for_its_data_plane_only() -> None:
    never_ran = states(us_west_2=ABSENT)

    assert route_call(call("dynamodb"), never_ran) == Forward(
        role="region/us-west-2", start_first=True
    )
    assert route_call(call("ec2"), never_ran) == TO_CONTROL
    assert route_call(call("globalaccelerator"), never_ran) == TO_CONTROL


# -- rejected calls


@pytest.mark.parametrize("service", ["dynamodb", "ec2", "lambda", "globalaccelerator"])
@pytest.mark.parametrize(
    ("state", "advice"),
    [(DEAD, "twin region start us-west-2"), (FROZEN, "twin region thaw us-west-2")],
)
def test_a_region_that_is_down_serves_none_of_its_apis(
    service: str, state: ProcessState, advice: str
) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/appendix-b---edge-network-global-service-guidance.html"""
    found = rejected(call(service), states(us_west_2=state))

    assert (found.status, found.code) == (503, "ServiceUnavailable")
    assert advice in found.message


def test_other_regions_are_not_affected() -> None:
    assert route_call(call("ec2", "eu-central-1"), states(us_west_2=DEAD)) == TO_CONTROL


def test_global_accelerator_answers_in_us_west_2_only() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html"""
    found = rejected(call("globalaccelerator", "eu-central-1"), states())

    assert (found.status, found.code) == (403, "InvalidSignatureException")
    assert "--region us-west-2" in found.message


def test_the_error_for_an_unknown_region_names_it() -> None:
    found = rejected(call("dynamodb", "eu-moon-1"), states())

    assert (found.status, found.code) == (403, "InvalidSignatureException")
    assert "'eu-moon-1'" in found.message


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (MissingScope.UNSIGNED, 403, "MissingAuthenticationToken"),
        (MissingScope.UNREADABLE, 400, "IncompleteSignature"),
    ],
)
def test_a_call_without_a_scope_gets_an_error_with_the_remedy(
    reason: MissingScope, status: int, code: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    found = rejected(ApiCall(method="GET", path="/buckets", scope=reason), states())

    assert (found.status, found.code) == (status, code)
    assert "source .twin/env" in found.message


def test_frozen_control_rejects_calls_and_data_planes_go_on() -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/static-stability.html"""
    frozen = states(control=FROZEN)

    assert "twin control start" in rejected(call("ec2"), frozen).message
    assert route_call(call("dynamodb"), frozen) == Forward(role="region/us-west-2")


def test_a_running_region_that_refuses_connections_is_not_called_down() -> None:
    assert "try again" in reject_region_down("us-west-2", RUNNING).message


# -- a network that is cut


CUT = NetworkState(links={"us-west-2": Link(cut=True)})


@pytest.mark.parametrize("service", ["dynamodb", "lambda", "monitoring", "globalaccelerator"])
def test_calls_to_a_cut_region_are_rejected_after_a_delay(service: str) -> None:
    found = route_call(call(service), states(), CUT)

    assert isinstance(found, Rejection)
    assert (found.status, found.code) == (503, "ServiceUnavailable")
    assert found.after_s > 0
    assert "twin network heal us-west-2" in found.message


def test_other_regions_answer_while_one_is_cut() -> None:
    found = route_call(call("dynamodb", "eu-central-1"), states(), CUT)

    assert found == Forward(role="region/eu-central-1")


def test_a_slow_network_is_no_reason_to_refuse() -> None:
    slow = NetworkState(links={"us-west-2": Link(delay_s=0.5)})

    assert route_call(call("globalaccelerator"), states(), slow) == TO_CONTROL


KEYS = Credentials("test", "test")


@pytest.mark.parametrize("service", ["dynamodb", "elasticloadbalancing", "globalaccelerator"])
@pytest.mark.parametrize("region", ["eu-central-1", "us-west-2"])
def test_the_scope_of_what_botocore_signs_is_read(service: str, region: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html"""
    request = AWSRequest("POST", "http://127.0.0.1:4566/", data=b"{}")
    SigV4Auth(KEYS, service, region).add_auth(request)

    found = read_credential_scope(CIMultiDict(request.headers.items()), "")

    assert found == CredentialScope(region=region, service=service, access_key="test")


@pytest.mark.parametrize(("service", "region"), [("iam", "us-east-1"), ("dynamodb", "aws-global")])
def test_a_global_service_signed_for_no_region_is_in_us_east_1(service: str, region: str) -> None:
    """https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""
    request = AWSRequest("POST", "http://127.0.0.1:4566/", data=b"")
    SigV4Auth(KEYS, service, "aws-global").add_auth(request)

    found = read_credential_scope(CIMultiDict(request.headers.items()), "")

    assert found == CredentialScope(region=region, service=service, access_key="test")


def test_the_scope_of_a_presigned_url_is_read() -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""
    request = AWSRequest("GET", "http://127.0.0.1:4566/bucket/key")
    S3SigV4QueryAuth(KEYS, "s3", "eu-west-1").add_auth(request)

    found = read_credential_scope({}, urlsplit(request.url or "").query)

    assert found == CredentialScope(region="eu-west-1", service="s3", access_key="test")


def test_the_header_is_read_whatever_the_order_of_its_parts() -> None:
    header = "AWS4-HMAC-SHA256 SignedHeaders=host, Credential=k/20260101/us-west-2/sts/aws4_request"

    assert read_credential_scope({"authorization": header}, "") == CredentialScope(
        region="us-west-2", service="sts", access_key="k"
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
    assert read_credential_scope({"authorization": header}, "") is MissingScope.UNREADABLE


@given(header=st.text(min_size=1), query=st.text())
def test_any_header_and_query_give_a_result(header: str, query: str) -> None:
    found = read_credential_scope({"authorization": header}, query)

    assert isinstance(found, CredentialScope | MissingScope)
