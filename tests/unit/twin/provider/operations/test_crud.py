"""Create, read, update, delete: order, failures, and what is recorded."""

from typing import Any

import pytest

from tests.unit.twin.provider.fakes import HOME, FakeAws, Program, refuse
from twin.provider.errors import AwsCallFailed, PartialFailure, ProviderError
from twin.provider.values import UNKNOWN, Archive, Asset, Properties

LOGS = "aws:cloudwatch/logGroup:LogGroup"


class FakeLogs(FakeAws):
    """Log groups in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[str, Properties] = {}
        self.handlers = {
            "CreateLogGroup": self._create,
            "DescribeLogGroups": self._describe,
            "DeleteLogGroup": self._delete,
            "PutRetentionPolicy": self._retain,
            "DeleteRetentionPolicy": self._forget,
            "ListTagsForResource": lambda *_: {"tags": {}},
        }

    def _create(self, region: str, params: Properties) -> Properties:
        name = params["logGroupName"]
        arn = f"arn:aws:logs:{region}:123456789012:log-group:{name}:*"
        self.groups[name] = {"logGroupName": name, "arn": arn}
        return {}

    def _describe(self, _: str, params: Properties) -> Properties:
        prefix = params["logGroupNamePrefix"]
        return {"logGroups": [g for n, g in self.groups.items() if n.startswith(prefix)]}

    def _delete(self, region: str, params: Properties) -> Properties:
        if self.groups.pop(params["logGroupName"], None) is None:
            refuse("ResourceNotFoundException")(region, params)
        return {}

    def _retain(self, _: str, params: Properties) -> Properties:
        self.groups[params["logGroupName"]]["retentionInDays"] = params["retentionInDays"]
        return {}

    def _forget(self, _: str, params: Properties) -> Properties:
        self.groups[params["logGroupName"]].pop("retentionInDays")
        return {}


def test_sent_arguments_and_aws_outputs_are_recorded() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)

    program.up({"name": "/a", "retentionInDays": 7})

    assert program.id == "/a"
    assert program.state == {
        "name": "/a",
        "retentionInDays": 7,
        "skipDestroy": False,
        "arn": f"arn:aws:logs:{HOME}:123456789012:log-group:/a",
        "region": HOME,
        "tagsAll": {},
    }


def test_a_longer_name_is_not_mistaken_for_it() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a"})
    aws.groups = {"/ab": {"logGroupName": "/ab", "arn": "x"}}

    assert not program.refresh()


def test_a_removed_argument_is_removed_in_aws() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a", "retentionInDays": 7})

    assert program.up({"name": "/a"}) == ["retentionInDays"]

    assert "retentionInDays" not in aws.groups["/a"]


def test_a_creation_that_aws_refuses_records_nothing() -> None:
    aws = FakeLogs()
    aws.handlers["CreateLogGroup"] = refuse("LimitExceededException")

    with pytest.raises(AwsCallFailed):
        Program(aws, LOGS).up({"name": "/a"})


def test_an_unfinished_creation_records_the_state_in_aws() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    works = aws.handlers["PutRetentionPolicy"]
    aws.handlers["PutRetentionPolicy"] = refuse("ThrottlingException", "slow down")

    with pytest.raises(PartialFailure, match="slow down") as partly:
        program.up({"name": "/a", "retentionInDays": 7})

    assert partly.value.id == "/a"
    assert partly.value.state["retentionInDays"] == 0
    program.id, program.state = partly.value.id, partly.value.state
    program.inputs = partly.value.inputs
    aws.handlers["PutRetentionPolicy"] = works
    assert program.up({"name": "/a", "retentionInDays": 7}) == ["retentionInDays"]
    assert aws.groups["/a"]["retentionInDays"] == 7


def test_an_unfinished_creation_that_can_t_be_read_records_the_certain_arguments() -> None:
    aws = FakeLogs()
    aws.handlers["PutRetentionPolicy"] = refuse("ThrottlingException")
    aws.handlers["DescribeLogGroups"] = refuse("ThrottlingException")

    with pytest.raises(PartialFailure) as partly:
        Program(aws, LOGS).up({"name": "/a", "retentionInDays": 7})

    assert partly.value.state["name"] == "/a"
    assert partly.value.state["region"] == HOME
    assert "retentionInDays" not in partly.value.state


def test_an_unfinished_update_records_the_state_in_aws() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a", "retentionInDays": 7})
    aws.handlers["PutRetentionPolicy"] = refuse("ThrottlingException")

    with pytest.raises(PartialFailure) as partly:
        program.up({"name": "/a", "retentionInDays": 14})

    assert partly.value.state["retentionInDays"] == 7


def test_an_unfinished_update_keeps_what_aws_never_answers() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a", "retentionInDays": 7, "skipDestroy": True})
    aws.handlers["PutRetentionPolicy"] = refuse("ThrottlingException")

    with pytest.raises(PartialFailure) as partly:
        program.up({"name": "/a", "retentionInDays": 14, "skipDestroy": True})

    assert partly.value.state["skipDestroy"] is True


def test_an_update_without_aws_leaves_the_record_unchanged() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a", "retentionInDays": 7})
    aws.handlers["PutRetentionPolicy"] = refuse("ServiceUnavailable")
    aws.handlers["DescribeLogGroups"] = refuse("ServiceUnavailable")

    with pytest.raises(AwsCallFailed, match="ServiceUnavailable"):
        program.up({"name": "/a", "retentionInDays": 14})


def test_a_deletion_may_keep_the_resource_in_aws() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a", "skipDestroy": True})

    program.destroy()

    assert "/a" in aws.groups


def test_deleting_a_missing_resource_succeeds_and_other_errors_are_raised() -> None:
    aws = FakeLogs()
    program = Program(aws, LOGS)
    program.up({"name": "/a"})
    aws.groups.clear()
    program.destroy()
    aws.handlers["DeleteLogGroup"] = refuse("OperationAbortedException")

    with pytest.raises(AwsCallFailed, match="OperationAborted"):
        program.destroy()


def test_a_creation_without_an_id_is_an_error() -> None:
    aws = FakeAws({"CreateVpc": lambda *_: {"Vpc": {}}})

    with pytest.raises(ProviderError, match="CreateVpc answered without VpcId"):
        Program(aws, "aws:ec2/vpc:Vpc").up({"cidrBlock": "10.0.0.0/16"})


# -- previews


FUNCTION: Properties = {
    "name": "f",
    "role": "r",
    "handler": "h",
    "runtime": "python3.13",
    "timeout": 3,
    "publish": True,
    "code": Archive(hash="1", assets={"a": Asset(text="x")}),
}


def preview(
    old: Properties, new: Properties, kind: str = "aws:lambda/function:Function"
) -> Properties:
    program = Program(FakeAws(), kind)
    return program.operations.preview(new, old)


def test_a_preview_of_a_creation_has_unknowns_for_aws_s_choices() -> None:
    values = preview({}, FUNCTION)

    assert values["timeout"] == 3
    assert values["arn"] is UNKNOWN
    assert values["version"] is UNKNOWN
    assert values["architectures"] is UNKNOWN
    assert "description" not in values


def test_a_preview_of_a_block_has_its_outputs_as_recorded_or_unknown() -> None:
    own = {"certificateArn": "arn:c", "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2"}
    domain = {"domainName": "api.muster.test", "domainNameConfiguration": own}
    recorded = {**own, "targetDomainName": "d-1.execute-api", "hostedZoneId": "Z1"}
    kind = "aws:apigatewayv2/domainName:DomainName"

    new: Any = preview({}, domain, kind)["domainNameConfiguration"]
    old: Any = preview({**domain, "domainNameConfiguration": recorded}, domain, kind)

    assert new["targetDomainName"] is new["hostedZoneId"] is UNKNOWN
    assert {name: new[name] for name in own} == own
    assert {name: old["domainNameConfiguration"][name] for name in recorded} == recorded


def test_a_preview_of_new_code_has_an_unknown_version_and_the_same_arn() -> None:
    old = {**FUNCTION, "arn": "arn:f", "version": "1", "region": HOME}

    values = preview(old, {**FUNCTION, "code": Archive(hash="2")})

    assert values["version"] is UNKNOWN
    assert values["arn"] == "arn:f"


def test_a_preview_of_other_changes_keeps_the_version() -> None:
    old = {**FUNCTION, "arn": "arn:f", "version": "1", "region": HOME, "description": "x"}

    values = preview(old, {**FUNCTION, "tags": {"a": "b"}, "description": "x"})

    assert values["version"] == "1"
    assert values["tagsAll"] == {"a": "b"}
