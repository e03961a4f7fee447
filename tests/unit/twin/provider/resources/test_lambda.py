"""Functions: what an update that Lambda does not finish says."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.errors import PartialFailure
from twin.provider.values import Properties

TOKEN = "aws:lambda/function:Function"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:web"


class FakeLambda(FakeAws):
    """One function, as Lambda keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.configuration: Properties = {"FunctionArn": ARN, "Version": "$LATEST"}
        self.update: Properties = {"LastUpdateStatus": "Successful"}
        """How the last update went."""
        self.handlers = {
            "CreateFunction": self._change,
            "UpdateFunctionConfiguration": self._change,
            "UpdateFunctionCode": lambda *_: {},
            "GetFunctionConfiguration": lambda *_: self.configuration | self.update,
            "GetFunctionConcurrency": lambda *_: {},
            "ListVersionsByFunction": lambda *_: {"Versions": [self.configuration]},
            "ListTags": lambda *_: {"Tags": {}},
        }

    def _change(self, _: str, params: Properties) -> Properties:
        self.configuration |= {name: params[name] for name in params if name != "Code"}
        return self.configuration


def function(**args: object) -> Properties:
    return {
        "name": "web",
        "role": "arn:aws:iam::123456789012:role/web",
        "handler": "handler.handle",
        "runtime": "python3.12",
        "s3Bucket": "code",
        "s3Key": "web.zip",
        **args,
    }


@pytest.mark.parametrize("changed", [{"memorySize": 256}, {"s3Key": "broken.zip"}])
def test_an_update_that_fails_shows_lambda_s_reason(changed: Properties) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html"""
    aws = FakeLambda()
    program = Program(aws, TOKEN)
    program.up(function())
    aws.update = {"LastUpdateStatus": "Failed", "LastUpdateStatusReason": "the image is gone"}

    with pytest.raises(PartialFailure, match="web is Failed: the image is gone"):
        program.up(function(**changed))


def test_a_creation_that_fails_shows_lambda_s_reason() -> None:
    aws = FakeLambda()
    aws.configuration |= {"State": "Failed", "StateReason": "the subnet is full"}

    with pytest.raises(PartialFailure, match="web is Failed: the subnet is full"):
        Program(aws, TOKEN).up(function())


def test_a_failure_without_a_reason_says_so() -> None:
    aws = FakeLambda()
    program = Program(aws, TOKEN)
    program.up(function())
    aws.update = {"LastUpdateStatus": "Failed"}

    with pytest.raises(PartialFailure, match="web is Failed: no reason given"):
        program.up(function(memorySize=256))


def test_an_update_is_waited_for() -> None:
    aws = FakeLambda()
    program = Program(aws, TOKEN)
    program.up(function())
    states = iter(["InProgress"] * 5)
    aws.handlers["GetFunctionConfiguration"] = lambda *_: {
        **aws.configuration,
        "LastUpdateStatus": next(states, "Successful"),
    }

    assert program.up(function(memorySize=256)) == ["memorySize"]
    assert list(states) == []


def test_an_update_of_an_alias_ends_weights_that_were_set_by_hand() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/lambda/alias.go"""
    aws = FakeAws()
    alias: Properties = {}

    def change(_: str, params: Properties) -> Properties:
        alias.update({"AliasArn": f"{ARN}:live", **params})
        return alias

    aws.handlers = {"CreateAlias": change, "UpdateAlias": change, "GetAlias": lambda *_: alias}
    program = Program(aws, "aws:lambda/alias:Alias")
    program.up({"name": "live", "functionName": "web", "functionVersion": "1"})
    alias["RoutingConfig"] = {"AdditionalVersionWeights": {"2": 0.1}}

    program.up({"name": "live", "functionName": "web", "functionVersion": "2"})

    sent = aws.calls_of("UpdateAlias")[0]
    assert sent["RoutingConfig"] == {}
    assert sent["FunctionVersion"] == "2"
