"""Health checks: what an update sends."""

from tests.unit.twin.provider.fakes import FakeAws, Program
from twin.provider.values import Properties

CHECK: Properties = {
    "type": "HTTP",
    "fqdn": "www.example.test",
    "port": 80,
    "resourcePath": "/health",
    "invertHealthcheck": False,
}


class FakeChecks(FakeAws):
    """One health check, as Route 53 keeps it."""

    def __init__(self) -> None:
        super().__init__()
        self.config: Properties = {}
        self.handlers = {
            "CreateHealthCheck": self._create,
            "UpdateHealthCheck": self._update,
            "GetHealthCheck": lambda *_: {"HealthCheck": self._described()},
            "ListTagsForResource": lambda *_: {"ResourceTagSet": {"Tags": []}},
        }

    def _described(self) -> Properties:
        return {"Id": "h1", "HealthCheckConfig": dict(self.config)}

    def _create(self, _: str, params: Properties) -> Properties:
        self.config = dict(params["HealthCheckConfig"])
        return {"HealthCheck": self._described()}

    def _update(self, _: str, params: Properties) -> Properties:
        self.config |= {k: v for k, v in params.items() if k != "HealthCheckId"}
        return {"HealthCheck": self._described()}


def test_an_update_sends_what_changed_and_leaves_an_inversion_made_by_hand() -> None:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/route53/health_check.go"""
    aws = FakeChecks()
    program = Program(aws, "aws:route53/healthCheck:HealthCheck")
    program.up(CHECK)
    aws.config["Inverted"] = True

    program.up({**CHECK, "resourcePath": "/healthz"})

    assert aws.calls_of("UpdateHealthCheck") == [
        {"HealthCheckId": "h1", "ResourcePath": "/healthz"}
    ]
    assert aws.config["Inverted"] is True


def test_an_alarm_is_sent_with_its_region() -> None:
    aws = FakeChecks()
    program = Program(aws, "aws:route53/healthCheck:HealthCheck")
    alarm = {"cloudwatchAlarmName": "a", "cloudwatchAlarmRegion": "us-east-1"}
    program.up({"type": "CLOUDWATCH_METRIC", **alarm})

    program.up({"type": "CLOUDWATCH_METRIC", **alarm, "cloudwatchAlarmName": "b"})

    assert aws.calls_of("UpdateHealthCheck") == [
        {"HealthCheckId": "h1", "AlarmIdentifier": {"Name": "b", "Region": "us-east-1"}}
    ]
