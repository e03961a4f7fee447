"""Signatures, against AWS's example and botocore's signers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from twin.iam.signature import (
    ReceivedRequest,
    SignatureProblem,
    SignatureProblemKind,
    canonical_request,
    compute_signature,
    parse_signature,
    verify_signature,
)

KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # AWS's example
HOST = "dynamodb.us-west-2.amazonaws.com"
TEXTS = st.text(alphabet="aZ09 ~/+%:*'()ü€", max_size=8)


def example() -> ReceivedRequest:
    """The request of AWS's documentation."""
    authorization = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    return ReceivedRequest(
        method="GET",
        path="/",
        query="Action=ListUsers&Version=2010-05-08",
        headers={
            "authorization": authorization,
            "content-type": "application/x-www-form-urlencoded; charset=utf-8",
            "host": "iam.amazonaws.com",
            "x-amz-date": "20150830T123600Z",
        },
        body=b"",
    )


def at(text: str) -> float:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def sign_request(
    *,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    signer: Callable[..., botocore.auth.SigV4Auth] = botocore.auth.SigV4Auth,
    token: str | None = None,
) -> ReceivedRequest:
    """A request that botocore has signed now, as a server receives it."""
    url = f"https://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    signer(Credentials(KEY, SECRET, token), "dynamodb", "us-west-2").add_auth(request)
    parts = urlsplit(str(request.url))
    sent = {name.lower(): str(value) for name, value in request.headers.items()}
    return ReceivedRequest(
        method=method,
        path=parts.path,
        query=parts.query,
        headers={"host": HOST, **sent},
        body=body,
    )


def check(request: ReceivedRequest, now: float | None = None, secret: str = SECRET) -> None:
    signature = parse_signature(request)
    verify_signature(request, signature, secret, at(signature.timestamp) if now is None else now)


def refusal(request: ReceivedRequest, **how: object) -> SignatureProblem:
    with pytest.raises(SignatureProblem) as refused:
        check(request, **how)  # type: ignore[arg-type]  # of `check`
    return refused.value


def test_awss_example_has_the_signature_that_its_documentation_shows() -> None:
    check(example())


def test_the_canonical_request_is_the_documented_one() -> None:
    request = example()

    canonical = canonical_request(request, parse_signature(request))

    assert hashlib.sha256(canonical.encode()).hexdigest() == (
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    )


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(TEXTS, max_size=3),
    query=st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=3),
    body=st.binary(max_size=20),
    header=st.text(alphabet="ab \t,;=", max_size=8).map(str.strip),
    token=st.none() | st.just("a/token=="),
)
def test_what_botocore_signs_is_accepted(
    method: str,
    segments: list[str],
    query: dict[str, str],
    body: bytes,
    header: str,
    token: str | None,
) -> None:
    request = sign_request(
        method=method,
        path="/" + "/".join(quote(segment, safe="") for segment in segments),
        query="&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in query.items()),
        body=body,
        headers={"X-Amz-Other": header},
        token=token,
    )

    check(request)


@given(path=st.sampled_from(["/a/../b", "/./a", "/a//b/", "//", "/a/./"]))
def test_paths_are_normalized_as_botocore_does(path: str) -> None:
    check(sign_request(path=path))


def test_a_presigned_url_is_accepted_until_it_expires() -> None:
    request = sign_request(
        method="GET",
        query="Action=GetCallerIdentity&Version=2011-06-15",
        body=b"",
        signer=functools.partial(botocore.auth.SigV4QueryAuth, expires=60),
        token="token",
    )
    signed_at = at(parse_signature(request).timestamp)

    check(request, signed_at + 59)
    late = refusal(request, now=signed_at + 61)

    assert parse_signature(request).session_token == "token"
    assert "Signature expired" in str(late)


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "PUT"},
        {"path": "/other"},
        {"query": "a=b"},
        {"body": b"{} "},
    ],
)
def test_a_changed_request_is_refused(changed: dict[str, object]) -> None:
    refused = refusal(replace(sign_request(), **changed))  # type: ignore[arg-type]

    assert refused.kind is SignatureProblemKind.MISMATCH
    assert str(refused).startswith("The request signature we calculated does not match")


def test_a_changed_signed_header_is_refused_and_an_unsigned_one_is_not() -> None:
    request = sign_request(headers={"X-Amz-Target": "DynamoDB_20120810.GetItem"})
    changed = {**request.headers, "x-amz-target": "DynamoDB_20120810.DeleteTable"}

    assert refusal(replace(request, headers=changed)).kind is SignatureProblemKind.MISMATCH
    check(replace(request, headers={**request.headers, "x-forwarded-for": "10.0.0.1"}))


def test_another_secret_gives_another_signature() -> None:
    assert refusal(sign_request(), secret="other").kind is SignatureProblemKind.MISMATCH


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        (301, "is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"),
        (-301, "is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"),
    ],
)
def test_a_clock_may_be_five_minutes_off(seconds: int, message: str) -> None:
    """The message as AWS sends it: https://github.com/boto/boto3/issues/4716"""
    now = at("20150830T123600Z")

    check(example(), now + 299)
    check(example(), now - 299)

    assert message in str(refusal(example(), now=now + seconds))


def test_a_request_without_a_signature_is_missing_its_token() -> None:
    request = replace(example(), headers={"host": "h"})

    with pytest.raises(SignatureProblem, match="missing Authentication Token") as refused:
        parse_signature(request)

    assert refused.value.kind is SignatureProblemKind.MISSING


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("Bearer token", "Unsupported AWS 'algorithm': 'Bearer'"),
        ("AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request", "requires 'Signature'"),
        ("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", "requires 'Credential'"),
        (
            "AWS4-HMAC-SHA256 Credential=a/r/s, SignedHeaders=host, Signature=0",
            "exactly 5 slash-delimited elements",
        ),
    ],
)
def test_an_incomplete_header_says_what_it_lacks(authorization: str, message: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    headers = {**example().headers, "authorization": authorization}

    with pytest.raises(SignatureProblem, match=message) as refused:
        parse_signature(replace(example(), headers=headers))

    assert refused.value.kind is SignatureProblemKind.INCOMPLETE


def test_a_header_needs_a_date() -> None:
    headers = {k: v for k, v in example().headers.items() if k != "x-amz-date"}

    with pytest.raises(SignatureProblem, match="'X-Amz-Date' or a 'Date' header"):
        parse_signature(replace(example(), headers=headers))


def test_the_date_header_serves_as_well() -> None:
    headers = {k: v for k, v in example().headers.items() if k != "x-amz-date"}
    dated = replace(example(), headers={**headers, "date": "Sun, 30 Aug 2015 12:36:00 GMT"})

    assert parse_signature(dated).timestamp == "20150830T123600Z"


@pytest.mark.parametrize("year", ["9999", "99999999999999999999"])
def test_a_year_that_no_date_has_is_no_date(year: str) -> None:
    headers = {k: v for k, v in example().headers.items() if k != "x-amz-date"}
    dated = replace(example(), headers={**headers, "date": f"Fri, 31 Dec {year} 23:00:00 -1200"})

    assert "ISO-8601 'basic format'" in str(refusal(dated, now=at("20150830T123600Z")))


def test_a_signature_that_is_not_ascii_is_another_one() -> None:
    headers = dict(example().headers)
    headers["authorization"] = headers["authorization"][:-1] + "ü"

    assert "does not match" in str(refusal(replace(example(), headers=headers)))


@pytest.mark.parametrize(
    ("timestamp", "message"),
    [("yesterday", "ISO-8601 'basic format'"), ("20150831T123600Z", "does not match YYYYMMDD")],
)
def test_the_date_must_be_readable_and_the_scopes(timestamp: str, message: str) -> None:
    request = replace(example(), headers={**example().headers, "x-amz-date": timestamp})

    assert message in str(refusal(request, now=at("20150830T123600Z")))


def test_the_host_must_be_signed() -> None:
    headers = dict(example().headers)
    headers["authorization"] = headers["authorization"].replace("content-type;host;", "")

    assert "must be a 'SignedHeader'" in str(refusal(replace(example(), headers=headers)))


@pytest.mark.parametrize("missing", ["Credential", "Date", "SignedHeaders", "Signature"])
def test_a_presigned_url_needs_all_its_parameters(missing: str) -> None:
    request = sign_request(method="GET", body=b"", signer=botocore.auth.SigV4QueryAuth)
    parts = [p for p in request.query.split("&") if not p.startswith(f"X-Amz-{missing}=")]

    with pytest.raises(SignatureProblem, match=missing) as refused:
        parse_signature(replace(request, query="&".join(["X-Amz-Algorithm=AWS4", *parts])))

    assert refused.value.kind is SignatureProblemKind.INCOMPLETE


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "soon", "9" * 5000])
def test_a_presigned_url_is_valid_for_at_most_a_week(expires: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html"""
    request = sign_request(method="GET", body=b"", signer=botocore.auth.SigV4QueryAuth)
    query = request.query.replace("X-Amz-Expires=3600", f"X-Amz-Expires={expires}")

    with pytest.raises(SignatureProblem, match="1 to 604800 seconds"):
        parse_signature(replace(request, query=query))


def signed_payload(stated: str, body: bytes = b"body") -> ReceivedRequest:
    """A request whose x-amz-content-sha256 says this, with a signature that fits."""
    unsigned = replace(
        example(), headers={**example().headers, "x-amz-content-sha256": stated}, body=body
    )
    signature = compute_signature(unsigned, parse_signature(unsigned), SECRET)
    authorization = unsigned.headers["authorization"].rpartition("=")[0] + f"={signature}"
    return replace(unsigned, headers={**unsigned.headers, "authorization": authorization})


def test_an_unsigned_payload_is_accepted_whatever_it_is() -> None:
    request = signed_payload("UNSIGNED-PAYLOAD")

    check(request)
    check(replace(request, body=b"another"))


def test_a_stated_hash_must_be_the_payloads() -> None:
    request = signed_payload(hashlib.sha256(b"body").hexdigest())

    check(request)

    assert "x-amz-content-sha256" in str(refusal(replace(request, body=b"another")))
    with pytest.raises(SignatureProblem, match="x-amz-content-sha256"):
        signed_payload("ü")


def test_chunked_signatures_are_refused_by_name() -> None:
    with pytest.raises(SignatureProblem, match="STREAMING-AWS4-HMAC-SHA256-PAYLOAD"):
        signed_payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
