"""The AWS services that moto emulates for control: patched, deterministic, behind one class.

One instance a process, since moto keeps its state in module globals.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.base_backend import BackendDict

from common.clock import Clock
from twin.iam.directory import IdentityDirectory
from twin.moto.calls.aws_call import AwsCall, AwsResponse, MalformedRequest
from twin.moto.calls.checks import reject_call
from twin.moto.calls.ec2_pages import take_page
from twin.moto.calls.request_parser import UnknownOperation, parse_call
from twin.moto.identity_reader import find_managed_policy, read_identities, read_resource_tags
from twin.moto.lambda_ import code_uploads
from twin.moto.patches import accounts, determinism, kms, query_parser
from twin.moto.patches.cloudwatch import logs
from twin.moto.patches.cloudwatch.alarm_lists import patch_alarm_lists
from twin.moto.patches.cloudwatch.alarms import MotoAlarms, patch_alarms
from twin.moto.patches.cloudwatch.dashboards import patch_dashboards
from twin.moto.patches.cloudwatch.log_groups import patch_log_groups
from twin.moto.patches.cloudwatch.metrics import MetricStores, patch_metrics
from twin.moto.patches.ec2 import security_groups
from twin.moto.patches.ec2.client_tokens import patch_client_tokens
from twin.moto.patches.ec2.dhcp_options import patch_dhcp_options
from twin.moto.patches.ec2.filters import patch_ec2_filters
from twin.moto.patches.ec2.ipv6 import patch_ec2_ipv6
from twin.moto.patches.ec2.missing import patch_missing
from twin.moto.patches.ec2.network_acls import patch_network_acls
from twin.moto.patches.ec2.networks import patch_ec2
from twin.moto.patches.ec2.routes import patch_routes
from twin.moto.patches.elbv2 import listener_actions, listener_attributes, listeners, targets
from twin.moto.patches.elbv2.load_balancers import patch_elbv2
from twin.moto.patches.elbv2.pages import patch_pages
from twin.moto.patches.elbv2.quotas import patch_elbv2_quotas
from twin.moto.patches.elbv2.rule_priorities import patch_rule_priorities
from twin.moto.patches.iam import managed_policies
from twin.moto.patches.iam.boundaries import patch_iam_boundaries
from twin.moto.patches.iam.errors import patch_iam_errors
from twin.moto.patches.iam.quotas import patch_iam_quotas
from twin.moto.patches.iam.roles import patch_iam
from twin.moto.patches.iam.users import patch_users
from twin.moto.patches.lambda_.asynchronous import patch_lambda_events
from twin.moto.patches.lambda_.functions import patch_lambda
from twin.moto.patches.list_tokens import patch_list_tokens
from twin.moto.patches.request_reading import patch_request_reading
from twin.moto.patches.tagging import patch_tagging
from twin.moto.server import MotoServer
from twin.moto.state_snapshot import StateSnapshot, restore_snapshot, take_snapshot
from twin.moto.topology_reader import (
    read_code_archives,
    read_load_balancer_vpcs,
    read_region_topologies,
)
from twin.topology.model import RegionTopology


class MotoServices:
    """The control planes of AWS, without Global Accelerator and DynamoDB."""

    def __init__(
        self,
        *,
        account: str,
        addresses: Callable[[str, int], str],
        clock: Clock,
        created_at: float,
        speed: float = 1.0,
    ) -> None:
        """Patch moto.

        `addresses`: from the Region and number of a load balancer to its IP address. `created_at`:
        creation time of the call journal in seconds since 1970, the seed of all generated ids.
        `speed` divides the time between two datapoints of a metric.
        """
        os.environ["MOTO_ACCOUNT_ID"] = account
        self._account = account
        self._determinism = determinism.Determinism(clock, created_at)
        self._determinism.install()
        self.target_reports = targets.TargetHealthReports()
        self.metrics = MetricStores(speed)
        self.alarms = MotoAlarms(account)
        self.logs = logs.DeliveredLogs(account)
        patch_request_reading()
        _patch_account()
        patch_metrics(self.metrics)
        patch_alarms()
        patch_dashboards()
        patch_alarm_lists()
        _patch_networks()
        _patch_identities()
        _patch_load_balancing(addresses)
        patch_list_tokens()
        patch_lambda()
        patch_lambda_events()
        logs.patch_logs(self.logs)
        patch_log_groups()
        query_parser.patch_query_parser()
        targets.patch_targets(self.target_reports)
        self._code = code_uploads.CodeReferences()
        code_uploads.patch_code_uploads(self._code)
        self._server = MotoServer()

    def reject(self, call: AwsCall) -> AwsResponse | None:
        """The error response to a call that moto must not get; None for the others."""
        return reject_call(call)

    def read(self, call: AwsCall) -> AwsResponse:
        """Answer a call that changes no configuration."""
        return take_page(call, self._server.handle(call))

    def change(self, call: AwsCall, number: int, at: float, *, archive: bytes = b"") -> AwsResponse:
        """Answer call `number` of the journal, made at `at`.

        The response is the same whenever the same calls came before it. `archive` is what a
        reference to a function's zip in the call means.
        """
        with self._code.known(archive), self._determinism.request(number, at):
            return self._server.handle(call)

    def take_snapshot(self) -> StateSnapshot:
        """Everything that calls can change, at this moment. Raises SnapshotFailed."""
        return take_snapshot()

    def restore_snapshot(self, snapshot: StateSnapshot) -> None:
        """Bring all resources back to an earlier state."""
        restore_snapshot(snapshot)

    def read_parameters(self, call: AwsCall) -> tuple[str, dict[str, Any]]:
        """A call's operation and parameters, as moto reads them. Raises MalformedRequest."""
        try:
            parsed = parse_call(call)
        except UnknownOperation as exc:
            raise MalformedRequest(f"{call.label}: no operation of its service") from exc
        return parsed.operation, parsed.parameters

    def identities(self) -> IdentityDirectory:
        """Users, roles and policies."""
        return read_identities(self._account)

    def managed_policy(self, arn: str) -> str | None:
        """The document of a managed policy; None if there is none."""
        return find_managed_policy(self._account, arn)

    def resource_tags(self, arn: str) -> Mapping[str, str]:
        return read_resource_tags(self._account, arn)

    def reset(self) -> None:
        """Forget all resources, so that a replay can create them again."""
        BackendDict.reset()

    def region_topologies(self) -> dict[str, RegionTopology]:
        """Load balancers, target groups and functions by Region."""
        return read_region_topologies(self._account)

    def load_balancer_vpcs(self) -> dict[str, tuple[str, str]]:
        """ARN of each load balancer -> its Region and its VPC."""
        return read_load_balancer_vpcs(self._account)

    def code_archives(self) -> dict[str, bytes]:
        """The zips of all function versions, by hexadecimal SHA-256."""
        return read_code_archives(self._account)


def _patch_account() -> None:
    accounts.patch_account_settings()
    kms.patch_kms()
    patch_tagging()


def _patch_networks() -> None:
    patch_ec2()
    patch_ec2_filters()
    patch_dhcp_options()
    patch_ec2_ipv6()
    patch_missing()
    patch_network_acls()
    patch_routes()
    patch_client_tokens()
    security_groups.patch_security_groups()


def _patch_load_balancing(addresses: Callable[[str, int], str]) -> None:
    patch_elbv2(addresses)
    patch_elbv2_quotas()
    patch_rule_priorities()
    listener_attributes.patch_listener_attributes()
    listeners.patch_listeners()
    listener_actions.patch_listener_actions()
    patch_pages()


def _patch_identities() -> None:
    patch_iam()
    patch_iam_boundaries()
    patch_iam_errors()
    patch_iam_quotas()
    patch_users()
    managed_policies.patch_managed_policies()
