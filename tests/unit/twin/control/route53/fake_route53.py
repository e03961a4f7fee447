"""Route 53's operations without a process, on a state of their own."""

import random
from typing import Any

import botocore.session
import pytest

from twin.control.document_service import CallContext, CallRefused
from twin.control.route53.model import Route53State
from twin.control.route53.service import route53_operations
from twin.core.cloudwatch.alarms import Alarm
from twin.moto.calls.parameter_validation import find_violations
from twin.topology.route53 import AlarmIdentifier

MODEL = botocore.session.Session().get_service_model("route53")


class FakeRoute53:
    """Runs calls as boto3 takes them, on a clock that a test sets."""

    def __init__(self) -> None:
        self.state = Route53State()
        self.now = 1_000_000.0
        self._rng = random.Random(1)
        self.alarms: dict[AlarmIdentifier, Alarm] = {}
        self._operations = route53_operations(
            lambda address: address.startswith("127.120."), self.alarms.get
        )
        self._references = 0

    def call(self, operation: str, **params: object) -> Any:  # noqa: ANN401 - any result
        """The result. Raises CallRefused."""
        shape: Any = MODEL.operation_model(operation).input_shape
        assert shape is None or not list(find_violations(shape, params)), operation
        context = CallContext(account="1", region="us-east-1", now=self.now, rng=self._rng)
        self.state, result = self._operations[operation](self.state, context, params)
        return result

    def refuse(self, code: str, operation: str, **params: object) -> str:
        """Run a call that is refused with the code, and changes nothing; the message."""
        before = self.state
        with pytest.raises(CallRefused) as caught:
            self.call(operation, **params)
        assert (caught.value.code, self.state) == (code, before)
        return caught.value.message

    def reference(self) -> str:
        """A caller reference that was not used before."""
        self._references += 1
        return f"reference-{self._references}"

    def create_zone(self, name: str = "muster.test") -> str:
        """Id of a new zone."""
        made = self.call("CreateHostedZone", Name=name, CallerReference=self.reference())
        return str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    def create_check(self, **config: object) -> str:
        """Id of a new health check, by default of an HTTP endpoint."""
        config = config or {"Type": "HTTP", "FullyQualifiedDomainName": "a.muster.test"}
        made = self.call(
            "CreateHealthCheck", CallerReference=self.reference(), HealthCheckConfig=config
        )
        return str(made["HealthCheck"]["Id"])

    def change(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> Any:  # noqa: ANN401
        """ChangeInfo of a batch of (action, record set)."""
        return self.call("ChangeResourceRecordSets", **batch(zone, *changes))["ChangeInfo"]

    def refuse_change(self, zone: str, *changes: tuple[str, dict[str, Any]]) -> str:
        """Message of InvalidChangeBatch."""
        params = batch(zone, *changes)
        return self.refuse("InvalidChangeBatch", "ChangeResourceRecordSets", **params)

    def names(self, zone: str) -> list[tuple[str, str]]:
        """Names and types of the zone's records, in their order, without its own two."""
        listed = self.call("ListResourceRecordSets", HostedZoneId=zone)["ResourceRecordSets"]
        return [(one["Name"], one["Type"]) for one in listed if one["Type"] not in ("NS", "SOA")]


def batch(zone: str, *changes: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Parameters of ChangeResourceRecordSets."""
    listed = [{"Action": action, "ResourceRecordSet": record} for action, record in changes]
    return {"HostedZoneId": zone, "ChangeBatch": {"Changes": listed}}


def record(name: str, *values: str, kind: str = "A", **members: object) -> dict[str, Any]:
    """A record set of a name below muster.test."""
    return {
        "Name": f"{name}.muster.test" if name else "muster.test",
        "Type": kind,
        "TTL": 60,
        "ResourceRecords": [{"Value": value} for value in values or ("192.0.2.1",)],
        **members,
    }


def alias(name: str, target: str, zone: str, **members: object) -> dict[str, Any]:
    """An alias of type A below muster.test."""
    to = {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": True}
    return {"Name": f"{name}.muster.test", "Type": "A", "AliasTarget": to, **members}
