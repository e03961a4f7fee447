"""Corrections of moto's targets of Lambda target groups: their registration and health.

A Region measures the health of its targets; control fetches it just before it answers. Without a
report, a registered target in use is `initial`.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import JsonRESTError
from moto.elbv2 import models
from moto.elbv2.exceptions import ELBClientError
from werkzeug.exceptions import HTTPException

from twin.core.lambda_.functions import ELB_PRINCIPAL, may_invoke
from twin.internal_api.schemas import TargetHealth, TargetState
from twin.moto.lambda_.resource_policy import parse_permissions, qualifier_of
from twin.moto.patches.patching import replace_method

DESCRIPTIONS = {
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.NotInUse": "Target group is not configured to receive traffic from the load balancer",
    "Target.HealthCheckDisabled": "Health checks are not enabled for this target",
}


class TargetHealthReports:
    """The Regions' latest reports on the health of their targets."""

    def __init__(self) -> None:
        self._targets: dict[str, Mapping[tuple[str, str], TargetHealth]] = {}

    def put(self, region: str, targets: tuple[TargetHealth, ...]) -> None:
        """Replace a Region's report; it is empty when the Region does not answer."""
        self._targets[region] = {(t.target_group, t.target): t for t in targets}

    def find(self, region: str, target_group: str, target: str) -> TargetHealth | None:
        """The reported health of a target; None without a report."""
        return self._targets.get(region, {}).get((target_group, target))


def patch_targets(reports: TargetHealthReports) -> None:
    """Patch moto's targets; their health comes from `reports`."""
    replace_method(models.ELBv2Backend, "register_targets", _register_targets)
    replace_method(models.ELBv2Backend, "describe_target_health", _describe_target_health(reports))
    replace_method(models.ELBv2Backend, "describe_target_groups", _describe_target_groups)


# -- registration


class _AccessDenied(HTTPException):
    """An error that the API model does not declare, so that moto can't serialize it."""

    code = 403

    def __init__(self, message: str) -> None:
        super().__init__(
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>"
            f"<Message>{escape(message)}</Message></Error></ErrorResponse>"
        )

    def get_headers(self, *_: object) -> list[tuple[str, str]]:
        return [("Content-Type", "text/xml")]


def _register_targets(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RegisterTargets.html."""

    def register_targets(self: Any, target_group_arn: str, targets: list[Any]) -> None:
        group = self.target_groups.get(target_group_arn)
        if group is not None and group.target_type == "lambda":
            _check_lambda_targets(self, group, [target["Id"] for target in targets])
        original(self, target_group_arn, targets)

    return register_targets


def _check_lambda_targets(backend: Any, group: Any, ids: list[str]) -> None:
    """Allow one function only, of this Region, that the load balancer may invoke.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    if len(set(group.targets) | set(ids)) > 1:
        raise ELBClientError(
            "TooManyTargets", f"Target group '{group.arn}' can have one Lambda function only"
        )
    for arn in ids:
        function = _function(backend, arn)
        if function is None:
            raise ELBClientError(
                "InvalidTarget",
                f"The target '{arn}' is not a Lambda function of {backend.region_name}",
            )
        # Code and message as AWS's users report them; AccessDenied is not in the API model.
        allowed = may_invoke(
            parse_permissions(function),
            qualifier_of(arn),
            principal=ELB_PRINCIPAL,
            source_arn=group.arn,
        )
        if not allowed:
            raise _AccessDenied(
                f"elasticloadbalancing principal does not have permission to invoke {arn} from "
                f"target group {group.arn}"
            )


def _function(backend: Any, arn: str) -> Any:
    prefix = f"arn:aws:lambda:{backend.region_name}:{backend.account_id}:function:"
    if not arn.startswith(prefix):
        return None
    functions = lambda_backends[backend.account_id][backend.region_name]
    try:
        return functions.get_function(arn)
    except JsonRESTError:
        return None


# -- health


class _LambdaHealth(models.FakeHealthStatus):
    """The health of a function, which has no port."""

    @property
    def target(self) -> dict[str, str]:
        return {"Id": self.instance_id}


def _describe_target_health(reports: TargetHealthReports) -> Any:
    def make(original: Any) -> Any:
        def describe_target_health(self: Any, arn: str, targets: list[Any]) -> Any:
            group = self.target_groups.get(arn)
            if group is None or group.target_type != "lambda":
                return original(self, arn, targets)
            ids = [target["Id"] for target in targets] or list(group.targets)
            return [_status(self, reports, group, target) for target in ids]

        return describe_target_health

    return make


def _status(backend: Any, reports: TargetHealthReports, group: Any, target: str) -> Any:
    state, reason, description = _state(backend, reports, group, target)
    return _LambdaHealth(target, "", None, state, reason, description)


def _state(
    backend: Any, reports: TargetHealthReports, group: Any, target: str
) -> tuple[str, str | None, str | None]:
    """(state, reason, description): by configuration where that decides, else as reported."""
    if target not in group.targets:
        return _configured_state(TargetState.UNUSED, "Target.NotRegistered")
    if not backend._any_listener_using(group.arn):
        return _configured_state(TargetState.UNUSED, "Target.NotInUse")
    if not _is_true(group.health_check_enabled):
        return _configured_state(TargetState.UNAVAILABLE, "Target.HealthCheckDisabled")
    report = reports.find(backend.region_name, group.arn, target)
    if report is None:
        return _configured_state(TargetState.INITIAL, "Elb.RegistrationInProgress")
    return str(report.state), report.reason or None, report.description or None


def _configured_state(state: TargetState, reason: str) -> tuple[str, str, str]:
    return str(state), reason, DESCRIPTIONS[reason]


def _is_true(value: object) -> bool:
    return value in (True, "true", "True")


# -- load balancers of a target group


def _describe_target_groups(original: Any) -> Any:
    """Compute the load balancers of each target group; moto only ever adds to them."""

    def describe_target_groups(self: Any, *args: Any, **kwargs: Any) -> Any:
        for group in self.target_groups.values():
            group.load_balancer_arns = _load_balancers_of(self, group.arn)
        return original(self, *args, **kwargs)

    return describe_target_groups


def _load_balancers_of(backend: Any, target_group_arn: str) -> list[str]:
    """ARNs of the load balancers with a listener or rule that forwards to the target group."""
    return [
        balancer.arn
        for balancer in backend.load_balancers.values()
        if any(
            target_group_arn in backend._get_target_group_arns_from(action_data=action.data)
            for listener in balancer.listeners.values()
            for rule in listener.rules.values()
            for action in rule.actions
        )
    ]
