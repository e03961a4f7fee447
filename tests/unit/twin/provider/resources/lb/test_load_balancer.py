"""Listeners: the protocol that is not given, and what an update sends.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/elbv2/listener.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.values import Properties

TOKEN = "aws:lb/listener:Listener"
BALANCER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/1"
CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1"


class FakeListeners(FakeAws):
    """One listener, as Elastic Load Balancing keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.listener: Properties = {"ListenerArn": "arn"}
        self.handlers = {
            "CreateListener": self._put,
            "ModifyListener": self._put,
            "DescribeListeners": lambda *_: {"Listeners": [self.listener]},
            "DescribeListenerAttributes": lambda *_: {"Attributes": []},
            "DescribeTags": lambda *_: {"TagDescriptions": [{"Tags": []}]},
        }

    def _put(self, _: str, params: Properties) -> Properties:
        self.listener |= params
        return {"Listeners": [self.listener]}


def listener(**args: object) -> Properties:
    actions = [{"type": "forward", "targetGroupArn": "one"}]
    return {"loadBalancerArn": BALANCER, "port": 80, "defaultActions": actions, **args}


@pytest.mark.parametrize(
    ("args", "protocol"),
    [
        ({}, "HTTP"),
        ({"certificateArn": CERTIFICATE}, "HTTPS"),
        ({"certificateArn": CERTIFICATE, "protocol": "TLS"}, "TLS"),
    ],
)
def test_a_certificate_makes_a_listener_without_a_protocol_speak_https(
    args: Properties, protocol: str
) -> None:
    aws = FakeListeners()

    Program(aws, TOKEN).up(listener(**args))

    assert aws.listener["Protocol"] == protocol


def test_an_action_turned_by_hand_stays_while_the_port_changes() -> None:
    aws = FakeListeners()
    program = Program(aws, TOKEN)
    program.up(listener(protocol="HTTP"))
    aws.listener["DefaultActions"] = [{"Type": "forward", "TargetGroupArn": "by hand"}]

    program.up(listener(protocol="HTTP", port=81))

    sent = {"ListenerArn": "arn", "Port": 81, "Protocol": "HTTP"}
    assert aws.calls_of("ModifyListener") == [sent]


def test_an_update_of_the_actions_sends_the_settings_with_them() -> None:
    aws = FakeListeners()
    program = Program(aws, TOKEN)
    encrypted = {"protocol": "HTTPS", "sslPolicy": "p", "certificateArn": CERTIFICATE}
    program.up(listener(**encrypted))

    program.up(listener(**encrypted, defaultActions=[{"type": "forward", "targetGroupArn": "two"}]))

    assert aws.calls_of("ModifyListener") == [
        {
            "ListenerArn": "arn",
            "Port": 80,
            "Protocol": "HTTPS",
            "SslPolicy": "p",
            "Certificates": [{"CertificateArn": CERTIFICATE}],
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": "two"}],
        }
    ]
