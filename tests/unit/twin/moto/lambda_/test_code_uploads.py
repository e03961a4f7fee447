"""A long zip is replaced by a reference, which moto's Lambda understands while it has the call."""

import base64
import io
import json
import os
import zipfile

import pytest

from tests.lambda_function import make_zip
from twin.moto.calls.aws_call import AwsCall
from twin.moto.lambda_.code_uploads import (
    REPLACED_BYTES,
    CodeReferences,
    UnusableCode,
    carries_code,
    read_code_upload,
)

HEADERS = {
    "authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-west-2/lambda/aws4_request, Sig=0"
}


def long_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("data.bin", os.urandom(REPLACED_BYTES))
    return file.getvalue()


def upload(code: bytes, method: str = "PUT") -> AwsCall:
    member = {"ZipFile": base64.b64encode(code).decode()}
    path = "/2015-03-31/functions"
    return AwsCall(
        method=method,
        url=f"{path}/app/code" if method == "PUT" else path,
        headers=HEADERS,
        body=json.dumps(
            member if method == "PUT" else {"FunctionName": "a", "Code": member}
        ).encode(),
    )


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_long_zip_is_replaced_by_a_reference(method: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    code = long_zip()
    references = CodeReferences()

    found = read_code_upload(upload(code, method))

    document = json.loads(found.call.body)
    reference = (document if method == "PUT" else document["Code"])["ZipFile"]
    assert len(found.call.body) < 1000
    assert found.archive == code
    assert references.find(reference) is None
    with references.known(found.archive):
        assert references.find(reference) == code
        assert references.find(base64.b64encode(make_zip())) is None
    assert references.find(reference) is None


def test_a_short_zip_stays_where_it_is() -> None:
    call = upload(make_zip())

    assert read_code_upload(call).call is call


@pytest.mark.parametrize("text", ["", "????", base64.b64encode(make_zip()[:-30]).decode()])
def test_what_is_no_zip_is_refused(text: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html"""
    call = AwsCall(
        method="PUT",
        url="/2015-03-31/functions/app/code",
        headers=HEADERS,
        body=json.dumps({"ZipFile": text}).encode(),
    )

    with pytest.raises(UnusableCode, match="Could not unzip uploaded file"):
        read_code_upload(call)


def test_calls_that_carry_code_are_known_by_their_path() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    assert carries_code(upload(b""))
    assert carries_code(upload(b"", "POST"))
    assert not carries_code(AwsCall(method="GET", url="/2015-03-31/functions", headers=HEADERS))
    assert not carries_code(AwsCall(method="POST", url="/2015-03-31/functions"))
