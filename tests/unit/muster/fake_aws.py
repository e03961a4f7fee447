"""A fake of the AWS APIs that the tool calls, behind real boto3 clients; calls stay in the process.

The clients validate parameters as always; a botocore hook answers in place of the network. So a
wrong operation or parameter fails here as it would on AWS. `calls` has every call.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any, Protocol

import boto3
from botocore.exceptions import EndpointConnectionError
from botocore.model import OperationModel

from common.aws import control_plane_region
from muster.aws.clients import AwsClients, CallPolicy
from tests.clocks import ManualClock
from tests.unit.muster.fake_conditions import condition_error
from tests.unit.muster.sample_clock import make_clock
from tests.unit.muster.sample_stack import (
    ACCELERATOR,
    ACCOUNT,
    DOMAIN,
    LISTENER,
    REGIONS,
    ZONE,
    alb_arn,
    group_arn,
)

Item = dict[str, dict[str, str]]
LONG_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class FakeCall:
    """A call that was made."""

    service: str
    operation: str
    """As in the API: UpdateEndpointGroup."""
    region: str
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FakeHttpStatus:
    """The part of an HTTP answer that botocore reads."""

    status_code: int


class FakePart(Protocol):
    """A service, or a part of one, that a few tests need."""

    def answer(self, call: FakeCall) -> dict[str, Any] | None:
        """None: the call is not about it. Raises FakeFailure."""
        ...


class FakeFailure(Exception):
    """An error as AWS's answer."""

    def __init__(self, code: str, status: int = 400, message: str = "no") -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = message


class _PatientClients(AwsClients):
    """Clients whose calls, which stay in the process, don't fail on a busy machine."""

    async def call(
        self, policy: CallPolicy, service: str, region: str, operation: str, /, **given: object
    ) -> Any:  # noqa: ANN401 - boto3's answers
        patient = replace(policy, total_s=max(policy.total_s, LONG_TIMEOUT_S))
        return await super().call(patient, service, region, operation, **given)


@dataclass
class FakeAws:
    """A deployed stack of two healthy Regions, all dials at 100 %."""

    clock: ManualClock = field(default_factory=make_clock)
    account: str = ACCOUNT
    dials: dict[str, float] = field(default_factory=lambda: dict.fromkeys(REGIONS, 100.0))
    deploying_s: float = 2.0
    """How long a change of the accelerator takes."""
    busy_until_s: float = 0.0
    targets: dict[str, str] = field(default_factory=lambda: dict.fromkeys(REGIONS, "healthy"))
    targets_follow: bool = True
    """Whether a target follows its Region's switch."""
    tables: dict[str, dict[str, Item]] = field(default_factory=lambda: {r: {} for r in REGIONS})
    replicates: bool = True
    reserved: dict[str, int | None] = field(default_factory=lambda: dict.fromkeys(REGIONS))
    function_version: str = "1"
    """Of the alias of each Region's function."""
    experiments: dict[str, str] = field(default_factory=dict)
    experiments_began: datetime = datetime(2027, 1, 15, 8, tzinfo=UTC)
    """Start of all experiments, at the clock's first moment; their action lasts 5 minutes."""
    experiment_fails: bool = False
    weights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(REGIONS, 100))
    """Region -> weight of its record."""
    propagating_s: float = 2.0
    """How long a change of records is PENDING."""
    in_sync_at_s: float = 0.0
    inverted: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(REGIONS, False))
    checker_reports: dict[str, list[str]] = field(
        default_factory=lambda: {r: ["Success: HTTP Status Code 200, OK"] * 16 for r in REGIONS}
    )
    """Region -> what each health checker reports."""
    metrics: dict[tuple[str, str], float] = field(default_factory=dict)
    """(metric, Region) -> value of the newest minute."""
    alarms: dict[str, str] = field(default_factory=dict)
    twin_faults: list[dict[str, object]] = field(default_factory=list)
    twin_ended: list[dict[str, object]] = field(default_factory=list)
    """The faults in the answer of a twin's endpoint."""
    down: set[str] = field(default_factory=set)
    """Unreachable Regions and services."""
    failures: dict[str, list[FakeFailure]] = field(default_factory=dict)
    """Operation -> answers to its next calls."""
    calls: list[FakeCall] = field(default_factory=list)
    parts: list[FakePart] = field(default_factory=list)
    """Asked before this class answers itself."""
    client_ahead_s: float = 0.0
    """By how much the client's clock is ahead of AWS's."""
    quota: float = 20.0
    """Every quota."""
    used: int = 2
    """How much of every quota is used."""
    denied: set[str] = field(default_factory=set)
    """Actions that the policy simulator finds denied."""
    simulated_for: list[str] = field(default_factory=list)
    caller_arn: str = f"arn:aws:iam::{ACCOUNT}:user/tester"

    def clients(self, endpoint_url: str | None = None) -> AwsClients:
        """Real clients of this fake; with an endpoint those of a twin."""
        session = boto3.Session(aws_access_key_id="key", aws_secret_access_key="secret")
        session.events.register("before-parameter-build.*.*", _keep_parameters)
        session.events.register("before-call.*.*", self._answer_call)  # type: ignore[arg-type]  # answers
        return _PatientClients(
            session=session, endpoint_url=endpoint_url, timeout_s=LONG_TIMEOUT_S, get=self._get
        )

    def _get(self, url: str, within_s: float) -> tuple[int, bytes]:
        """GET of a document of the twin."""
        assert url.endswith("/_twin/faults")
        if "twin" in self.down:
            raise ConnectionRefusedError("nobody there")
        return 200, json.dumps({"faults": self.twin_faults, "ended": self.twin_ended}).encode()

    def made(self, operation: str) -> list[FakeCall]:
        """The calls of one operation."""
        return [call for call in self.calls if call.operation == operation]

    def fail(self, operation: str, *failures: FakeFailure) -> None:
        """Let the next calls of an operation fail."""
        self.failures[operation] = list(failures)

    def _answer_call(
        self, model: OperationModel, context: dict[str, Any], **_: object
    ) -> tuple[FakeHttpStatus, dict[str, Any]]:
        service = model.service_model.service_name
        region = control_plane_region(service, context["client_region"])
        call = FakeCall(service, model.name, region, context["given"])
        self.calls.append(call)
        if {region, service} & self.down:
            raise EndpointConnectionError(endpoint_url=f"https://{service}.{region}")
        try:
            if planned := self.failures.get(model.name):
                raise planned.pop(0)
            return FakeHttpStatus(200), self._answer(call)
        except FakeFailure as failure:
            return FakeHttpStatus(failure.status), {
                "Error": {"Code": failure.code, "Message": failure.message},
                "ResponseMetadata": {"HTTPStatusCode": failure.status},
            }

    def _answer(self, call: FakeCall) -> dict[str, Any]:
        handlers: dict[str, Callable[[FakeCall], dict[str, Any] | None]] = {
            "GetCallerIdentity": lambda c: {
                "Account": self.account,
                "Arn": self.caller_arn,
                "UserId": "U",
                "ResponseMetadata": {"HTTPHeaders": {"date": self._date()}},
            },
            "DescribeAccelerator": self._accelerator,
            "ListEndpointGroups": self._groups,
            "UpdateEndpointGroup": self._update_group,
            "DescribeTargetHealth": self._target_health,
            "GetItem": self._get_item,
            "PutItem": self._put_item,
            "DeleteItem": self._delete_item,
            "Invoke": self._invoke,
            "GetAlias": lambda c: {"FunctionVersion": self.function_version},
            "GetFunctionConcurrency": self._get_concurrency,
            "PutFunctionConcurrency": self._put_concurrency,
            "DeleteFunctionConcurrency": self._delete_concurrency,
            "GetAccountSettings": lambda c: {
                "AccountLimit": {
                    "ConcurrentExecutions": 1000,
                    "UnreservedConcurrentExecutions": 900,
                }
            },
            "GetServiceQuota": lambda c: {"Quota": {"Value": self.quota}},
            "ListServiceQuotas": self._list_quotas,
            "DescribeVpcs": lambda c: {"Vpcs": [{}] * self.used},
            "DescribeLoadBalancers": lambda c: {
                "LoadBalancers": [{"Type": "application"}] * self.used + [{"Type": "network"}]
            },
            "ListAccelerators": self._list_accelerators,
            "ListTables": lambda c: {"TableNames": ["t"] * self.used},
            "GetRole": lambda c: {
                "Role": {"Arn": f"arn:aws:iam::{self.account}:role/path/{c.given['RoleName']}"}
            },
            "SimulatePrincipalPolicy": self._simulate,
            "GetMetricData": self._metric_data,
            "DescribeAlarms": self._describe_alarms,
            "PutMetricData": lambda c: {},
            "ListResourceRecordSets": self._list_records,
            "ChangeResourceRecordSets": self._change_records,
            "GetChange": self._get_change,
            "ListHealthChecks": self._list_health_checks,
            "GetHealthCheckStatus": self._health_check_status,
            "UpdateHealthCheck": self._update_health_check,
            "ListExperiments": self._list_experiments,
            "StartExperiment": self._start_experiment,
            "StopExperiment": self._stop_experiment,
            "GetExperiment": self._get_experiment,
        }
        for part in self.parts:
            answered = part.answer(call)
            if answered is not None:
                return answered
        return handlers[call.operation](call) or {}

    # -- what is checked beforehand

    def _date(self) -> str:
        return formatdate(self.clock.now() - self.client_ahead_s, usegmt=True)

    def _list_quotas(self, call: FakeCall) -> dict[str, Any]:
        """One quota a page, so that pages matter. Global Accelerator's are in us-east-1 only."""
        assert (call.given["ServiceCode"], call.region) == ("globalaccelerator", "us-east-1")
        if "NextToken" not in call.given:
            page = [{"QuotaName": "Listeners per accelerator", "Value": 1}]
            return {"Quotas": page, "NextToken": "2"}
        return {"Quotas": [{"QuotaName": "Standard accelerators", "Value": self.quota}]}

    def _list_accelerators(self, call: FakeCall) -> dict[str, Any]:
        if self.used and "NextToken" not in call.given:
            return {"Accelerators": [{}], "NextToken": "2"}
        return {"Accelerators": [{}] * max(0, self.used - 1)}

    def _simulate(self, call: FakeCall) -> dict[str, Any]:
        def decision(action: str) -> str:
            return "implicitDeny" if action in self.denied else "allowed"

        self.simulated_for.append(call.given["PolicySourceArn"])
        actions = call.given["ActionNames"]
        return {
            "EvaluationResults": [
                {"EvalActionName": action, "EvalDecision": decision(action)} for action in actions
            ]
        }

    # -- accelerator

    def _status(self) -> str:
        return "IN_PROGRESS" if self.clock.monotonic() < self.busy_until_s else "DEPLOYED"

    def _accelerator(self, call: FakeCall) -> dict[str, Any]:
        assert call.given == {"AcceleratorArn": ACCELERATOR}
        assert call.region == "us-west-2"
        return {"Accelerator": {"Status": self._status(), "Enabled": True}}

    def _groups(self, call: FakeCall) -> dict[str, Any]:
        # Without MaxResults AWS returns ten and a token.
        assert call.given == {"ListenerArn": LISTENER, "MaxResults": 100}
        return {"EndpointGroups": [self._group(region) for region in self.dials]}

    def _group(self, region: str) -> dict[str, Any]:
        state = "HEALTHY" if self._target(region) == "healthy" else "UNHEALTHY"
        return {
            "EndpointGroupArn": group_arn(region),
            "EndpointGroupRegion": region,
            "TrafficDialPercentage": self.dials[region],
            "EndpointDescriptions": [{"EndpointId": alb_arn(region), "HealthState": state}],
        }

    def _update_group(self, call: FakeCall) -> dict[str, Any]:
        region = call.given["EndpointGroupArn"].rpartition("/")[2]
        self.dials[region] = call.given["TrafficDialPercentage"]
        self.busy_until_s = self.clock.monotonic() + self.deploying_s
        return {"EndpointGroup": self._group(region)}

    # -- health and its switch

    def _target(self, region: str) -> str:
        switch = self.tables[region].get(f"health#{region}", {})
        status = switch.get("status", {}).get("S", "auto")
        if self.targets_follow and status in ("fail", "pass"):
            return {"fail": "unhealthy", "pass": "healthy"}[status]
        return self.targets[region]

    def _target_health(self, call: FakeCall) -> dict[str, Any]:
        state = self._target(call.region)
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}}]}

    def _get_item(self, call: FakeCall) -> dict[str, Any]:
        item = self.tables[call.region].get(call.given["Key"]["item_id"]["S"])
        return {"Item": item} if item else {}

    def _put_item(self, call: FakeCall) -> None:
        key = call.given["Item"]["item_id"]["S"]
        self._check_condition(call, key)
        for region in REGIONS if self.replicates else (call.region,):
            self.tables[region][key] = call.given["Item"]

    def _delete_item(self, call: FakeCall) -> None:
        key = call.given["Key"]["item_id"]["S"]
        self._check_condition(call, key)
        for region in REGIONS if self.replicates else (call.region,):
            self.tables[region].pop(key, None)

    def _check_condition(self, call: FakeCall, key: str) -> None:
        if code := condition_error(call.given, self.tables[call.region].get(key)):
            raise FakeFailure(code)

    def _invoke(self, call: FakeCall) -> dict[str, Any]:
        assert call.given["Qualifier"] == "live"
        event = json.loads(call.given["Payload"])
        assert event["path"] == "/health"
        status = 200 if self._target(call.region) == "healthy" else 503
        answer = {"statusCode": status, "body": f"health: {status}"}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(answer).encode())}

    # -- Route 53

    def _record(self, region: str) -> dict[str, Any]:
        return {
            "Name": f"{DOMAIN}.",
            "Type": "A",
            "SetIdentifier": region,
            "Weight": self.weights[region],
            "AliasTarget": {
                "HostedZoneId": "Z1U9ULNL0V5AJ3",
                "DNSName": f"d-1.execute-api.{region}.amazonaws.com.",
                "EvaluateTargetHealth": True,
            },
            "HealthCheckId": f"check-{region}",
        }

    def _list_records(self, call: FakeCall) -> dict[str, Any]:
        assert call.given["HostedZoneId"] == ZONE
        other = {"Name": f"www.{DOMAIN}.", "Type": "A", "SetIdentifier": REGIONS[0], "Weight": 7}
        records = [*(self._record(region) for region in self.weights), other]
        return {"ResourceRecordSets": records, "IsTruncated": False, "MaxItems": "100"}

    def _change_records(self, call: FakeCall) -> dict[str, Any]:
        (change,) = call.given["ChangeBatch"]["Changes"]
        record = change["ResourceRecordSet"]
        region = record["SetIdentifier"]
        # Everything but the weight must be as it was, or it would be lost.
        assert {**record, "Weight": 0} == {**self._record(region), "Weight": 0}
        self.weights[region] = record["Weight"]
        self.in_sync_at_s = self.clock.monotonic() + self.propagating_s
        return {"ChangeInfo": {"Id": "/change/C1", "Status": "PENDING"}}

    def _get_change(self, call: FakeCall) -> dict[str, Any]:
        pending = self.clock.monotonic() < self.in_sync_at_s
        return {
            "ChangeInfo": {"Id": call.given["Id"], "Status": "PENDING" if pending else "INSYNC"}
        }

    def _list_health_checks(self, call: FakeCall) -> dict[str, Any]:
        """One check a page, so that pages matter."""
        checks = [
            {"Id": f"check-{region}", "HealthCheckConfig": {"Type": "HTTPS", "Inverted": inverted}}
            for region, inverted in self.inverted.items()
        ]
        at = int(call.given.get("Marker", 0))
        more = at + 1 < len(checks)
        page = {"HealthChecks": checks[at : at + 1], "IsTruncated": more}
        return {**page, **({"NextMarker": str(at + 1)} if more else {})}

    def _health_check_status(self, call: FakeCall) -> dict[str, Any]:
        reports = self.checker_reports[call.given["HealthCheckId"].removeprefix("check-")]
        return {
            "HealthCheckObservations": [
                {"Region": "eu-west-1", "IPAddress": f"192.0.2.{n}", "StatusReport": {"Status": s}}
                for n, s in enumerate(reports)
            ]
        }

    def _update_health_check(self, call: FakeCall) -> dict[str, Any]:
        assert call.given.keys() == {"HealthCheckId", "Inverted"}
        region = call.given["HealthCheckId"].removeprefix("check-")
        self.inverted[region] = call.given["Inverted"]
        return {"HealthCheck": {"Id": call.given["HealthCheckId"]}}

    # -- faults

    def _get_concurrency(self, call: FakeCall) -> dict[str, Any]:
        reserved = self.reserved[call.region]
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _put_concurrency(self, call: FakeCall) -> None:
        self.reserved[call.region] = call.given["ReservedConcurrentExecutions"]

    def _delete_concurrency(self, call: FakeCall) -> None:
        self.reserved[call.region] = None

    def _list_experiments(self, call: FakeCall) -> dict[str, Any]:
        assert call.given["experimentTemplateId"].startswith("EXT")
        return {
            "experiments": [
                {"id": name, "state": {"status": state}} for name, state in self.experiments.items()
            ]
        }

    def _start_experiment(self, call: FakeCall) -> dict[str, Any]:
        name = f"EXP{len(self.experiments)}"
        self.experiments[name] = "failed" if self.experiment_fails else "initiating"
        return {"experiment": {"id": name, "state": {"status": self.experiments[name]}}}

    def _get_experiment(self, call: FakeCall) -> dict[str, Any]:
        name = call.given["id"]
        state = {"status": self.experiments[name], "reason": "because"}
        if self.experiments[name] == "initiating":
            self.experiments[name] = "running"
        actions = {"pause": {"parameters": {"duration": "PT5M"}}}
        times = {"startTime": self.experiments_began, "actions": actions}
        return {"experiment": {"id": name, "state": state, **times}}

    def _stop_experiment(self, call: FakeCall) -> dict[str, Any]:
        self.experiments[call.given["id"]] = "stopped"
        return {"experiment": {"id": call.given["id"]}}

    # -- metrics

    def _metric_data(self, call: FakeCall) -> dict[str, Any]:
        start = datetime.fromtimestamp((self.clock.now() - 60) // 60 * 60, UTC)
        return {
            "MetricDataResults": [
                {"Id": query["Id"], "Timestamps": [start] * len(values), "Values": values}
                for query in call.given["MetricDataQueries"]
                for values in [self._values(query["MetricStat"]["Metric"], call.region)]
            ]
        }

    def _values(self, metric: Mapping[str, Any], region: str) -> list[float]:
        dimensions = {d["Name"]: d["Value"] for d in metric["Dimensions"]}
        about = dimensions.get("EndpointGroup", region)
        value = self.metrics.get((metric["MetricName"], about))
        return [] if value is None else [value]

    def _describe_alarms(self, call: FakeCall) -> dict[str, Any]:
        found = [name for name in call.given["AlarmNames"] if name in self.alarms]
        found = found[: call.given.get("MaxRecords", 50)]
        return {
            "MetricAlarms": [{"AlarmName": n, "StateValue": self.alarms[n]} for n in found],
            "CompositeAlarms": [],
        }


def _keep_parameters(params: Mapping[str, Any], context: dict[str, Any], **_: object) -> None:
    """Keep the parameters before boto3 serializes them."""
    context["given"] = dict(params)
