"""Reserved and large environments, images and other runtimes are refused."""

import pytest

from twin.moto.lambda_.settings import check_environment, check_runs_here


def test_ordinary_settings_are_accepted() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html."""
    check_environment({"TABLE": "t", "PATH": "/opt", "TZ": "UTC", "LANG": "de"}, ValueError)
    check_environment({"KEY": "v" * (4096 - len('{"KEY":""}'))}, ValueError)
    check_runs_here({"Runtime": "python3.9"}, ValueError)
    check_runs_here({"PackageType": "Zip", "Runtime": "python3.13"}, ValueError)
    check_runs_here({"Timeout": 3}, ValueError)


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
