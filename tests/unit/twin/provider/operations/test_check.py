"""Arguments: what is refused, and what is filled in."""

import json
import re

import pytest

from twin.provider.operations import check
from twin.provider.operations.check import NameTooLong, NamingMode, NamingRequest, generate_name
from twin.provider.resources.registry import find_resource_type
from twin.provider.schema.resource_type import Property
from twin.provider.values import UNKNOWN, Properties, Value

NAMES = NamingRequest(logical_name="web", seed=b"1")
VPC = "aws:ec2/vpc:Vpc"
GROUP = "aws:lb/targetGroup:TargetGroup"
LAMBDA_GROUP = {"targetType": "lambda"}


def failures(token: str, args: Properties) -> dict[str, str]:
    found = check.check_arguments(find_resource_type(token), olds={}, news=args, names=NAMES)
    return dict(found.failures)


def inputs(
    token: str, args: Properties, olds: Properties | None = None, names: NamingRequest = NAMES
) -> Properties:
    found = check.check_arguments(
        find_resource_type(token), olds=olds or {}, news=args, names=names
    )
    assert found.failures == ()
    return found.inputs


def test_defaults_are_filled_in_and_listed() -> None:
    found = inputs(VPC, {"cidrBlock": "10.0.0.0/16"})

    assert found["enableDnsSupport"] is True
    assert found["__defaults"] == ["enableDnsSupport", "instanceTenancy"]


def test_defaults_reach_into_objects() -> None:
    found = inputs(GROUP, {**LAMBDA_GROUP, "healthCheck": {"path": "/x"}})

    assert found["healthCheck"]["interval"] == 30
    assert found["healthCheck"]["enabled"] is True


def test_the_program_s_own_arguments_are_not_touched() -> None:
    args: Properties = {**LAMBDA_GROUP, "healthCheck": {"path": "/x"}}

    inputs(GROUP, args)

    assert args == {**LAMBDA_GROUP, "healthCheck": {"path": "/x"}}


def test_a_missing_argument_is_named_wherever_it_is() -> None:
    assert "missing required argument" in failures(VPC, {})["cidrBlock"]
    actions = failures("aws:lb/listener:Listener", {"loadBalancerArn": "x", "defaultActions": [{}]})
    assert set(actions) == {"defaultActions[0].type"}


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({"colour": "red"}, "colour"),
        ({"healthCheck": {"colour": "red"}}, "healthCheck.colour"),
        ({"arn": "mine"}, "arn"),
    ],
)
def test_an_argument_that_is_not_declared_is_refused_with_the_file(
    args: Properties, path: str
) -> None:
    found = failures(GROUP, {**LAMBDA_GROUP, **args})

    assert "twin/provider/resources/lb/" in found[path]
    assert f"'{path}' of aws:lb/targetGroup:TargetGroup" in found[path]


def test_an_argument_with_a_slip_in_its_name_gets_the_right_one() -> None:
    assert "did you mean 'targetType'?" in failures(GROUP, {"targetTyp": "lambda"})["targetTyp"]
    nested = failures(GROUP, {**LAMBDA_GROUP, "healthCheck": {"pth": "/"}})
    assert "did you mean 'path'?" in nested["healthCheck.pth"]
    assert "did you mean" not in failures(GROUP, {**LAMBDA_GROUP, "colour": "red"})["colour"]


def test_what_the_twin_lacks_may_be_turned_off_but_not_on() -> None:
    subnet: Properties = {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}
    token = "aws:ec2/subnet:Subnet"

    assert "ipv6Native" not in inputs(token, {**subnet, "ipv6Native": False})
    assert "ipv6Native" in failures(token, {**subnet, "ipv6Native": True})


def test_a_document_may_be_an_object_as_the_sdk_s_types_allow() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B"}]}
    token = "aws:iam/role:Role"

    given = inputs(token, {"assumeRolePolicy": document})["assumeRolePolicy"]
    unknown = inputs(token, {"assumeRolePolicy": {"Statement": [{"Resource": UNKNOWN}]}})

    assert json.loads(given) == document
    assert unknown["assumeRolePolicy"] is UNKNOWN


@pytest.mark.parametrize(
    ("path", "given", "taken"),
    [
        ("interval", "20", 20),
        ("interval", 20.0, 20),
        ("enabled", "false", False),
        ("port", 80, "80"),
        ("matcher", True, "true"),
    ],
)
def test_values_are_converted_to_the_property_s_type(path: str, given: Value, taken: Value) -> None:
    found = inputs(GROUP, {**LAMBDA_GROUP, "healthCheck": {path: given}})

    assert found["healthCheck"][path] == taken
    assert type(found["healthCheck"][path]) is type(taken)


@pytest.mark.parametrize(
    ("args", "path", "reason"),
    [
        ({"healthCheck": {"interval": "x"}}, "healthCheck.interval", "a whole number, got 'x'"),
        ({"healthCheck": {"interval": 2.5}}, "healthCheck.interval", "a whole number, got 2.5"),
        ({"healthCheck": {"interval": "nan"}}, "healthCheck.interval", "a whole number, got 'nan'"),
        ({"healthCheck": {"interval": "1e999"}}, "healthCheck.interval", "a whole number, got"),
        ({"healthCheck": {"interval": "1_0"}}, "healthCheck.interval", "a whole number, got '1_0'"),
        ({"region": "us_west 2"}, "region", "expected text of the form"),
        ({"region": ""}, "region", "expected text of the form"),
        ({"healthCheck": {"interval": 301}}, "healthCheck.interval", "5 to 300, got 301"),
        ({"healthCheck": {"enabled": "yes"}}, "healthCheck.enabled", "true or false"),
        ({"healthCheck": {"path": ["/"]}}, "healthCheck.path", "expected text"),
        ({"healthCheck": 3}, "healthCheck", "expected an object"),
        ({"targetType": "moon"}, "targetType", "one of instance, ip, lambda, alb"),
        ({"tags": [1]}, "tags", "an object of texts"),
        ({"name": ["x"]}, "name", "expected text"),
    ],
)
def test_an_invalid_value_is_refused(args: Properties, path: str, reason: str) -> None:
    assert reason in failures(GROUP, {**LAMBDA_GROUP, **args})[path]


def test_a_single_value_is_no_list() -> None:
    found = failures("aws:lb/loadBalancer:LoadBalancer", {"subnets": "subnet-1"})

    assert "expected a set of texts" in found["subnets"]


def test_unknown_values_are_accepted_everywhere() -> None:
    found = inputs(
        "aws:lb/listener:Listener",
        {
            "loadBalancerArn": UNKNOWN,
            "port": UNKNOWN,
            "defaultActions": [UNKNOWN, {"type": "forward", "targetGroupArn": UNKNOWN}],
            "tags": {"a": UNKNOWN},
        },
    )

    assert found["port"] is UNKNOWN
    assert found["defaultActions"][0] is UNKNOWN


def test_a_resource_without_a_name_gets_one_and_keeps_it() -> None:
    first = inputs(GROUP, LAMBDA_GROUP)
    again = inputs(
        GROUP, LAMBDA_GROUP, olds=first, names=NamingRequest(logical_name="web", seed=b"2")
    )

    assert first["name"].startswith("web-")
    assert again["name"] == first["name"]
    assert "name" in again["__defaults"]


PREFIXED: Properties = {**LAMBDA_GROUP, "namePrefix": "tg-"}
OTHER_SEED = NamingRequest(logical_name="web", seed=b"2")


def test_a_name_prefix_begins_the_name_and_keeps_it_until_it_changes() -> None:
    first = inputs(GROUP, PREFIXED)
    again = inputs(GROUP, PREFIXED, olds=first, names=OTHER_SEED)
    changed = inputs(GROUP, {**PREFIXED, "namePrefix": "api-"}, olds=first, names=OTHER_SEED)

    assert re.fullmatch(r"tg-[0-9a-f]{26}", first["name"])
    assert again["name"] == first["name"]
    assert changed["name"].startswith("api-")


def test_a_name_prefix_ends_when_it_is_removed() -> None:
    first = inputs(GROUP, PREFIXED)

    assert inputs(GROUP, LAMBDA_GROUP, olds=first)["name"].startswith("web-")


def test_a_name_prefix_that_is_not_known_yet_makes_no_name() -> None:
    assert inputs(GROUP, {**PREFIXED, "namePrefix": UNKNOWN})["name"] is UNKNOWN


def test_a_name_prefix_is_refused_beside_a_name_and_when_it_is_too_long() -> None:
    assert "conflicts with 'name'" in failures(GROUP, {**PREFIXED, "name": "x"})["namePrefix"]
    found = failures(GROUP, {**PREFIXED, "namePrefix": "service"})
    assert "7 characters, at most 6" in found["namePrefix"]


def test_a_declared_name_is_kept_and_its_removal_generates_one() -> None:
    first = inputs(GROUP, {**LAMBDA_GROUP, "name": "mine"})
    again = inputs(GROUP, LAMBDA_GROUP, olds=first)

    assert first["name"] == "mine"
    assert again["name"].startswith("web-")


def test_a_replacement_gets_a_new_name() -> None:
    first = inputs(GROUP, LAMBDA_GROUP)

    assert inputs(GROUP, LAMBDA_GROUP, names=NamingRequest(logical_name="web", seed=b"2")) != first


def test_the_maximum_name_length_is_the_type_s() -> None:
    found = check.check_arguments(
        find_resource_type(GROUP),
        olds={},
        news=LAMBDA_GROUP,
        names=NamingRequest(logical_name="x" * 25),
    )

    assert "at most 32" in dict(found.failures)["name"]


def test_disabled_autonaming_requires_a_name() -> None:
    names = NamingRequest(logical_name="web", mode=NamingMode.DISABLE)

    found = check.check_arguments(
        find_resource_type(GROUP), olds={}, news=LAMBDA_GROUP, names=names
    )

    assert "autonaming is disabled" in dict(found.failures)["name"]


@pytest.mark.parametrize(
    ("token", "args", "path"),
    [
        (GROUP, {"targetType": "lambda", "port": 80}, "port"),
        (GROUP, {"targetType": "ip", "protocol": "HTTP", "vpcId": "v"}, "port"),
        ("aws:lambda/function:Function", {"role": "r"}, "code"),
        (
            "aws:lambda/function:Function",
            {"role": "r", "s3Bucket": "b", "runtime": "python3.13"},
            "handler",
        ),
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 8}, "retentionInDays"),
        (
            "aws:dynamodb/table:Table",
            {"hashKey": "id", "attributes": [{"name": "other", "type": "S"}]},
            "attributes",
        ),
        (
            "aws:dynamodb/table:Table",
            {
                "hashKey": "id",
                "attributes": [{"name": "id", "type": "S"}],
                "region": "eu-central-1",
                "replicas": [{"regionName": "eu-central-1"}],
            },
            "replicas",
        ),
        ("aws:route53/record:Record", {"zoneId": "Z", "name": "a", "type": "A"}, "records"),
        (
            "aws:route53/record:Record",
            {"zoneId": "Z", "name": "a", "type": "A", "records": ["1"]},
            "ttl",
        ),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    token: str, args: Properties, path: str
) -> None:
    assert path in failures(token, args)


def test_none_counts_as_a_missing_argument() -> None:
    assert "ipAddressType" not in inputs(GROUP, {**LAMBDA_GROUP, "ipAddressType": None})


def test_a_property_without_limits_accepts_any_text() -> None:
    assert check._check_limits(Property(name="x"), "anything") == "anything"


def test_a_name_is_the_logical_one_and_seven_hex_digits() -> None:
    made = generate_name(NamingRequest(logical_name="web", seed=b"1"), 32)

    assert made is not None
    assert re.fullmatch(r"web-[0-9a-f]{7}", made)
    assert made == generate_name(NamingRequest(logical_name="web", seed=b"1"), 32)
    assert made != generate_name(NamingRequest(logical_name="web", seed=b"2"), 32)


def test_without_a_seed_names_are_random() -> None:
    names = {generate_name(NamingRequest(logical_name="web"), 32) for _ in range(8)}

    assert len(names) == 8


def test_a_name_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(NameTooLong, match="has 38 characters, at most 32"):
        generate_name(NamingRequest(logical_name="x" * 30), 32)


@pytest.mark.parametrize("mode", [NamingMode.PROPOSE, NamingMode.ENFORCE])
def test_a_proposed_name_is_used(mode: NamingMode) -> None:
    assert generate_name(NamingRequest(logical_name="a", mode=mode, proposed="b"), 32) == "b"


def test_disabled_autonaming_gives_no_name() -> None:
    assert generate_name(NamingRequest(logical_name="a", mode=NamingMode.DISABLE), 32) is None
