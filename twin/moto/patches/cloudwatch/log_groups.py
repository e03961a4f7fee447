"""Log groups with their class, and lists of them with all conditions.

moto forgets the class, so that Terraform makes a group with one anew in each apply; of a list's
conditions it knows the prefix alone.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException
from moto.logs.models import LogGroup, LogsBackend
from moto.logs.responses import LogsResponse
from moto.logs.utils import PAGINATION_MODEL
from moto.utilities.paginator import paginate

from twin.moto.patches.patching import replace_method, set_attribute

STANDARD = "STANDARD"
_CONDITIONS = {
    "log_group_name_prefix": "logGroupNamePrefix",
    "log_group_name_pattern": "logGroupNamePattern",
    "log_group_class": "logGroupClass",
    "log_group_identifiers": "logGroupIdentifiers",
}


def patch_log_groups() -> None:
    """Patch moto's log groups."""
    set_attribute(LogGroup, "log_group_class", STANDARD)
    set_attribute(
        LogsBackend, "describe_log_groups", paginate(PAGINATION_MODEL)(describe_log_groups)
    )
    set_attribute(LogsResponse, "describe_log_groups", _describe_log_groups)
    replace_method(LogsResponse, "create_log_group", _create_log_group)


def _create_log_group(original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html."""

    def create_log_group(self: Any) -> Any:
        answer = original(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or STANDARD
        return answer

    return create_log_group


def _describe_log_groups(self: Any) -> str:
    conditions = {name: self._get_param(asked) for name, asked in _CONDITIONS.items()}
    if conditions["log_group_name_prefix"] and conditions["log_group_name_pattern"]:
        raise InvalidParameterException(
            msg="LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    groups, next_token = self.logs_backend.describe_log_groups(
        limit=self._get_param("limit", 50), next_token=self._get_param("nextToken"), **conditions
    )
    listed = [
        group.to_describe_dict() | {"logGroupClass": group.log_group_class} for group in groups
    ]
    return json.dumps({"logGroups": listed, "nextToken": next_token})


def describe_log_groups(
    self: Any,
    log_group_name_prefix: str | None = None,
    log_group_name_pattern: str | None = None,
    log_group_class: str | None = None,
    log_group_identifiers: list[str] | None = None,
) -> list[Any]:
    """The groups that meet all conditions. moto's paginator goes by the name of this function."""
    return [
        group
        for name, group in sorted(self.groups.items())
        if name.startswith(log_group_name_prefix or "")
        and (log_group_name_pattern or "") in name
        and log_group_class in (None, group.log_group_class)
        and (not log_group_identifiers or {name, group.arn} & set(log_group_identifiers))
    ]
