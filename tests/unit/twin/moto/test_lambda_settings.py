"""Reserved and large environments, images, other runtimes and broken zips are refused."""

import base64
import io
import zipfile

import pytest

from tests.lambda_function import make_zip
from twin.moto.lambda_settings import (
    MAX_UNZIPPED_BYTES,
    check_environment,
    check_runs_here,
    check_zip,
)


def test_ordinary_settings_are_accepted() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
    check_environment({"TABLE": "t", "PATH": "/opt", "TZ": "UTC", "LANG": "de"}, ValueError)
    check_environment({"KEY": "v" * (4096 - len('{"KEY":""}'))}, ValueError)
    check_runs_here({"Runtime": "python3.9"}, ValueError)
    check_runs_here({"PackageType": "Zip", "Runtime": "python3.13"}, ValueError)
    check_runs_here({"Timeout": 3}, ValueError)
    check_zip(base64.b64encode(make_zip()), ValueError)
    check_zip(base64.b64encode(make_zip()).decode(), ValueError)


def test_reserved_keys_of_an_environment_are_named() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
    with pytest.raises(ValueError, match=r"reserved keys.*: AWS_REGION, _HANDLER$"):
        check_environment({"TABLE": "t", "_HANDLER": "x", "AWS_REGION": "y"}, ValueError)


def test_an_environment_has_at_most_4_kb_of_utf_8() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    with pytest.raises(ValueError, match="exceeded the 4KB limit"):
        check_environment({"KEY": "v" * (4097 - len('{"KEY":""}'))}, ValueError)
    with pytest.raises(ValueError, match="exceeded the 4KB limit"):
        check_environment({"KEY": "é" * 2048}, ValueError)


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"PackageType": "Image"}, "no container images"),
        ({"Runtime": "java21"}, "no runtime 'java21'"),
        ({"Runtime": "nodejs22.x"}, "no runtime 'nodejs22.x'"),
        ({"Runtime": "python2.7"}, "no runtime 'python2.7'"),
    ],
)
def test_what_the_twin_can_not_run_is_refused(spec: dict[str, str], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        check_runs_here(spec, ValueError)


@pytest.mark.parametrize("code", [b"", b"no zip", make_zip()[:-30]])
def test_code_that_can_not_be_unzipped_is_refused(code: bytes) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html."""
    with pytest.raises(ValueError, match="Could not unzip uploaded file"):
        check_zip(base64.b64encode(code), ValueError)


def test_an_empty_zip_is_refused() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html."""
    file = io.BytesIO()
    zipfile.ZipFile(file, "w").close()
    with pytest.raises(ValueError, match="non-empty zip"):
        check_zip(base64.b64encode(file.getvalue()), ValueError)


def test_code_that_fills_the_disk_when_it_is_unzipped_is_refused() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", "")
        archive.writestr("zeros", "")
        archive.infolist()[1].file_size = MAX_UNZIPPED_BYTES

    with pytest.raises(ValueError, match="Unzipped size must be smaller than 262144000 bytes"):
        check_zip(base64.b64encode(packed.getvalue()), ValueError)
