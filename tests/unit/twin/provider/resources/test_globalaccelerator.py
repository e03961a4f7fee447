"""Accelerators, and dials above all: what an update sends, and what a refresh records."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.errors import PartialFailure, StateNotReached
from twin.provider.values import Properties

ACCELERATOR = "arn:aws:globalaccelerator::123456789012:accelerator/a"
LISTENER = f"{ACCELERATOR}/listener/l"
GROUP = f"{LISTENER}/endpoint-group/g"
TOKEN = "aws:globalaccelerator/endpointGroup:EndpointGroup"
DIAL = ("trafficDialPercentage",)


class FakeAccelerators(FakeAws):
    """One accelerator, its listener and an endpoint group, as Global Accelerator keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.accelerator: Properties = {"AcceleratorArn": ACCELERATOR, "Status": "DEPLOYED"}
        self.group: Properties | None = None
        self.in_progress = 0
        """So many looks still say IN_PROGRESS."""
        self.handlers = {
            "CreateAccelerator": self._create,
            "UpdateAccelerator": self._update,
            "DescribeAccelerator": self._describe,
            "DeleteAccelerator": self._delete,
            "ListTagsForResource": lambda *_: {"Tags": []},
            "DescribeAcceleratorAttributes": lambda *_: {"AcceleratorAttributes": {}},
            "CreateEndpointGroup": self._create_group,
            "UpdateEndpointGroup": self._update_group,
            "DescribeEndpointGroup": self._describe_group,
            "DeleteEndpointGroup": lambda *_: {},
        }

    def dial(self) -> float:
        assert self.group is not None
        return float(self.group["TrafficDialPercentage"])

    def turn(self, dial: float) -> None:
        """By hand, past Pulumi."""
        assert self.group is not None
        self.group["TrafficDialPercentage"] = dial

    def _create(self, region: str, params: Properties) -> Properties:
        assert region == "us-west-2"
        self.accelerator |= {"Enabled": True, "IpSets": [], "DnsName": "a", **params}
        self.in_progress = 2
        return {"Accelerator": dict(self.accelerator)}

    def _update(self, region: str, params: Properties) -> Properties:
        assert region == "us-west-2"
        self.accelerator |= params
        self.in_progress = 2
        return {"Accelerator": dict(self.accelerator)}

    def _describe(self, _: str, params: Properties) -> Properties:
        assert params == {"AcceleratorArn": ACCELERATOR}
        self.in_progress -= 1
        status = "IN_PROGRESS" if self.in_progress >= 0 else "DEPLOYED"
        return {"Accelerator": {**self.accelerator, "Status": status}}

    def _delete(self, _: str, __: Properties) -> Properties:
        assert self.accelerator["Enabled"] is False
        assert self.in_progress < 0
        return {}

    def _create_group(self, region: str, params: Properties) -> Properties:
        assert region == "us-west-2"
        self.group = {"EndpointGroupArn": GROUP, **params}
        return self._describe_group(region, params)

    def _update_group(self, _: str, params: Properties) -> Properties:
        assert self.group is not None
        self.group |= params
        return {}

    def _describe_group(self, _: str, __: Properties) -> Properties:
        assert self.group is not None
        described = {
            **self.group,
            "EndpointDescriptions": [
                {"HealthState": "HEALTHY", "ClientIPPreservationEnabled": True, **endpoint}
                for endpoint in self.group.get("EndpointConfigurations", [])
            ],
        }
        return {"EndpointGroup": described}


def group(**args: object) -> Properties:
    return {
        "listenerArn": LISTENER,
        "endpointGroupRegion": "eu-central-1",
        "endpointConfigurations": [{"endpointId": "alb", "weight": 100}],
        "trafficDialPercentage": 100,
        **args,
    }


# -- the dial: terraform-provider-aws, resourceEndpointGroupUpdate sends all of a group


def test_a_dial_turned_by_hand_stays_while_nothing_else_of_its_group_changes() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group(), ignore=DIAL)
    aws.turn(40)

    assert program.up(group(), ignore=DIAL) == []

    assert aws.dial() == 40
    assert aws.calls_of("UpdateEndpointGroup") == []


def test_another_change_of_its_group_puts_the_recorded_dial_back() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/globalaccelerator/endpoint_group.go"""
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group(), ignore=DIAL)
    aws.turn(40)

    assert program.up(group(thresholdCount=2), ignore=DIAL) == ["thresholdCount"]

    assert aws.dial() == 100
    assert aws.calls_of("UpdateEndpointGroup")[0]["TrafficDialPercentage"] == 100


def test_with_a_refresh_before_another_change_the_turned_dial_is_kept() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group(), ignore=DIAL)
    aws.turn(40)

    assert program.refresh()
    assert program.up(group(thresholdCount=2), ignore=DIAL) == ["thresholdCount"]

    assert aws.dial() == 40


def test_a_dial_of_zero_is_sent_and_read_back() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)

    program.up(group(trafficDialPercentage=0))

    assert aws.calls_of("CreateEndpointGroup")[0]["TrafficDialPercentage"] == 0
    assert program.refresh()
    assert program.up(group(trafficDialPercentage=0)) == []


def test_a_changed_dial_is_a_difference_unless_ignored() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group())

    assert program.up(group(trafficDialPercentage=30)) == list(DIAL)
    assert aws.dial() == 30


# -- endpoint groups


def test_an_update_sends_all_of_a_group() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    overrides = [{"listenerPort": 80, "endpointPort": 8080}]
    program.up(group(portOverrides=overrides, healthCheckPath="/health"))

    program.up(group(healthCheckPath="/health", healthCheckIntervalSeconds=10))

    sent = aws.calls_of("UpdateEndpointGroup")[0]
    assert sent == {
        "EndpointGroupArn": GROUP,
        "EndpointConfigurations": [
            {"EndpointId": "alb", "Weight": 100, "ClientIPPreservationEnabled": False}
        ],
        "HealthCheckIntervalSeconds": 10,
        "HealthCheckPath": "/health",
        "HealthCheckProtocol": "TCP",
        "PortOverrides": [],
        "ThresholdCount": 3,
        "TrafficDialPercentage": 100,
    }


def test_an_update_of_a_group_without_endpoints_removes_those_added_by_hand() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/globalaccelerator/endpoint_group.go"""
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up({"listenerArn": LISTENER})

    program.up({"listenerArn": LISTENER, "thresholdCount": 2})

    assert aws.calls_of("UpdateEndpointGroup")[0]["EndpointConfigurations"] == []


def test_an_endpoint_without_a_weight_gets_0_and_no_client_addresses() -> None:
    """The real provider sends the zero values of what is not given, where AWS would take 128.

    https://github.com/hashicorp/terraform-provider-aws/pull/31767
    """
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    bare = group(endpointConfigurations=[{"endpointId": "alb"}])

    program.up(bare)

    sent = {"EndpointId": "alb", "Weight": 0, "ClientIPPreservationEnabled": False}
    assert aws.calls_of("CreateEndpointGroup")[0]["EndpointConfigurations"] == [sent]
    assert program.up(bare) == []
    assert program.refresh()
    assert program.up(bare) == []


def test_a_weight_turned_by_hand_is_seen_by_a_refresh() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group())
    assert aws.group is not None
    aws.group["EndpointConfigurations"][0]["Weight"] = 5

    assert program.refresh()

    assert program.up(group()) == ["endpointConfigurations[0]"]
    assert aws.group["EndpointConfigurations"][0]["Weight"] == 100


def test_a_group_without_a_region_is_in_the_provider_s() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)

    program.up({"listenerArn": LISTENER})

    assert aws.calls_of("CreateEndpointGroup")[0]["EndpointGroupRegion"] == "eu-central-1"


def test_a_group_whose_accelerator_is_gone_can_be_deleted() -> None:
    aws = FakeAccelerators()
    program = Program(aws, TOKEN)
    program.up(group())
    aws.handlers["DescribeAccelerator"] = refuse("AcceleratorNotFoundException")

    program.destroy()

    assert aws.operations()[-2:] == ["DeleteEndpointGroup", "DescribeAccelerator"]


# -- accelerators


def accelerator() -> tuple[FakeAccelerators, Program]:
    aws = FakeAccelerators()
    return aws, Program(aws, "aws:globalaccelerator/accelerator:Accelerator")


def test_an_accelerator_is_waited_for_until_it_is_deployed() -> None:
    aws, program = accelerator()

    program.up({"name": "front"})

    looks = aws.operations().count("DescribeAccelerator")
    assert looks == 4  # two IN_PROGRESS, DEPLOYED, and what is recorded
    assert program.state["hostedZoneId"] == "Z2BJ6XQ5FK7U4H"


def test_an_accelerator_that_is_never_deployed_is_recorded_with_its_last_state() -> None:
    aws, program = accelerator()
    program.timeout_s = 30
    aws.handlers["DescribeAccelerator"] = lambda *_: {
        "Accelerator": {**aws.accelerator, "Status": "IN_PROGRESS"}
    }

    with pytest.raises(PartialFailure, match="DEPLOYED: still IN_PROGRESS after 30 s") as partly:
        program.up({"name": "front"})

    assert partly.value.id == ACCELERATOR
    assert partly.value.state["name"] == "front"
    assert isinstance(partly.value.__cause__, StateNotReached)


def test_an_accelerator_is_disabled_and_deployed_before_it_is_deleted() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html"""
    aws, program = accelerator()
    program.up({"name": "front"})
    aws.calls.clear()

    program.destroy()

    assert aws.operations() == [
        "UpdateAccelerator",
        *["DescribeAccelerator"] * 3,
        "DeleteAccelerator",
    ]


def test_deleting_a_missing_accelerator_succeeds() -> None:
    aws, program = accelerator()
    program.up({"name": "front"})
    aws.handlers["UpdateAccelerator"] = refuse("AcceleratorNotFoundException")

    program.destroy()

    assert "DeleteAccelerator" not in aws.operations()


def test_flow_logs_that_move_to_another_bucket_are_disabled_in_between() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/globalaccelerator/accelerator.go"""
    aws, program = accelerator()
    aws.handlers["UpdateAcceleratorAttributes"] = lambda *_: {}
    old, new = ({"flowLogsEnabled": True, "flowLogsS3Bucket": name} for name in ("old", "new"))
    program.up({"name": "front", "attributes": old})
    aws.calls.clear()

    program.up({"name": "front", "attributes": new})

    assert [
        (call["FlowLogsEnabled"], call["FlowLogsS3Bucket"])
        for call in aws.calls_of("UpdateAcceleratorAttributes")
    ] == [(False, "old"), (True, "new")]
    operations = aws.operations()
    first = operations.index("UpdateAcceleratorAttributes")
    assert operations[first + 1] == "DescribeAccelerator"
