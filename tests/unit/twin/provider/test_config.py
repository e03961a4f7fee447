"""The provider's configuration."""

import json

import pytest

from twin.provider.config import find_problems, parse_configuration
from twin.provider.errors import InvalidConfiguration
from twin.provider.values import UNKNOWN, Properties, Secret

TWIN = {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}


def test_the_stack_names_an_endpoint_for_each_service() -> None:
    endpoints = json.dumps([{"ec2": "http://127.0.0.1:1", "dynamodb": "http://127.0.0.1:2"}])

    found = parse_configuration({"endpoints": endpoints}, {})

    assert found.endpoint("dynamodb") == "http://127.0.0.1:2"
    with pytest.raises(InvalidConfiguration, match="has no 'iam'"):
        found.endpoint("iam")


def test_the_environment_has_the_endpoint_of_other_services() -> None:
    found = parse_configuration({"endpoints": [{"ec2": "http://127.0.0.1:1"}]}, TWIN)

    assert found.endpoint("ec2") == "http://127.0.0.1:1"
    assert found.endpoint("iam") == "http://127.0.0.1:4566"


def test_a_session_token_goes_with_its_access_key() -> None:
    session = {**TWIN, "AWS_ACCESS_KEY_ID": "ASIA", "AWS_SESSION_TOKEN": "t"}

    assert parse_configuration({}, session).session_token == "t"
    assert parse_configuration({"accessKey": "AKIA"}, session).session_token is None
    own = parse_configuration({"accessKey": "ASIA2", "token": "u"}, session)
    assert (own.access_key, own.session_token) == ("ASIA2", "u")


def test_a_service_is_known_by_its_other_names() -> None:
    found = parse_configuration({"endpoints": [{"cloudwatchlogs": "http://127.0.0.1:1"}]}, {})

    assert found.endpoint("logs") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    "url",
    [
        "https://ec2.eu-central-1.amazonaws.com",
        "http://10.0.0.1:4566",
        "http://127.0.0.1.example.com",
        "http://[2001:db8::1]:4566",
        "ftp://127.0.0.1",
        "127.0.0.1:4566",
        "http://127.0.0.1:4566@example.com",
    ],
)
def test_an_endpoint_beyond_this_machine_is_refused(url: str) -> None:
    with pytest.raises(InvalidConfiguration, match=r"not on this machine.*unset PULUMI_HOME"):
        parse_configuration({"endpoints": [{"ec2": url}]}, {})
    with pytest.raises(InvalidConfiguration, match="AWS_ENDPOINT_URL is"):
        parse_configuration({}, {"AWS_ENDPOINT_URL": url})


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9"]
)
def test_an_endpoint_on_this_machine_is_accepted(url: str) -> None:
    assert parse_configuration({}, {"AWS_ENDPOINT_URL": url}).endpoint("ec2") == url


def test_no_endpoint_at_all_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match=r"this is the stand-in.*unset PULUMI_HOME"):
        parse_configuration({"region": "eu-central-1"}, {})

    assert find_problems({"region": "eu-central-1"}, {})[0][0] == "endpoints"


def test_text_is_parsed_and_secrets_are_unwrapped() -> None:
    inputs: Properties = {
        "region": "us-west-2",
        "secretKey": Secret("s"),
        "skipCredentialsValidation": "true",
        "defaultTags": json.dumps({"tags": {"a": "b", "n": 1, "t": True, "z": None}}),
        "version": "7.51.1",
    }

    found = parse_configuration(inputs, TWIN)

    assert find_problems(inputs, TWIN) == []
    assert found.region == "us-west-2"
    assert found.secret_key == "s"
    assert dict(found.default_tags) == {"a": "b", "n": "1", "t": "true"}


def test_the_environment_has_the_region_where_the_stack_has_none() -> None:
    assert parse_configuration({}, {**TWIN, "AWS_REGION": "us-west-2"}).region == "us-west-2"
    assert (
        parse_configuration({}, {**TWIN, "AWS_DEFAULT_REGION": "eu-west-1"}).region == "eu-west-1"
    )
    assert parse_configuration({"region": UNKNOWN}, TWIN).region == "us-east-1"


@pytest.mark.parametrize(
    ("inputs", "key", "reason"),
    [
        ({"assumeRoles": "[]"}, "assumeRoles", "does not know aws:assumeRoles: leave it out"),
        ({"endpoints": "{"}, "endpoints", "not JSON"),
        ({"endpoints": "[1]"}, "endpoints", "list of objects"),
        ({"defaultTags": "[]x"}, "endpoints", "defaultTags is not JSON"),
        ({"defaultTags": '{"tags": 1}'}, "endpoints", "must be an object"),
    ],
)
def test_a_wrong_setting_is_named(inputs: Properties, key: str, reason: str) -> None:
    problems = find_problems(inputs, TWIN)

    assert [name for name, _ in problems] == [key]
    assert reason in problems[0][1]


def test_an_endpoint_that_is_not_known_yet_passes_the_check() -> None:
    assert find_problems({"endpoints": UNKNOWN}, {}) == []
