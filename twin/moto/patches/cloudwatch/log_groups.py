"""Log groups with their class, lists with all conditions, and tags of those that exist alone.

moto forgets the class, so that Terraform makes a group with one anew in each apply; of a list's
conditions it knows the prefix alone. It filters the events of all streams, whatever prefix their
names are to have, finds no group by its ARN, and keeps tags of groups that do not exist.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
"""

import json
from typing import Any

from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
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
    set_attribute(LogsResponse, "filter_log_events", _filter_log_events)
    for name in ("list_tags_for_resource", "tag_resource", "untag_resource"):
        replace_method(LogsResponse, name, _require_resource)


def _create_log_group(original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html."""

    def create_log_group(self: Any) -> Any:
        answer = original(self)
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.log_group_class = self._get_param("logGroupClass") or STANDARD
        return answer

    return create_log_group


def _require_resource(original: Any) -> Any:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html."""

    def call(self: Any) -> Any:
        arn = self._get_param("resourceArn")
        if all(_plain_arn(group) != arn for group in self.logs_backend.groups.values()):
            raise ResourceNotFoundException("The specified resource does not exist.")
        return original(self)

    return call


def _plain_arn(group: Any) -> str:
    return str(group.arn).removesuffix(":*")


class _StreamsByPrefix:
    """The names that begin with a text, for moto, which looks whether a name is among some."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        return name.startswith(self._prefix)


def _filter_log_events(self: Any) -> str:
    """https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html."""
    names, prefix = self._get_param("logStreamNames"), self._get_param("logStreamNamePrefix")
    if names and prefix:
        raise InvalidParameterException(
            msg="logStreamNames and logStreamNamePrefix are mutually exclusive parameters."
        )
    events, next_token, searched = self.logs_backend.filter_log_events(
        _name_of_group(self),
        _StreamsByPrefix(prefix) if prefix else names or [],
        self._get_param("startTime"),
        self._get_param("endTime"),
        self._get_param("limit"),
        self._get_param("nextToken"),
        self._get_param("filterPattern"),
        self._get_param("interleaved", False),
    )
    found = {"events": events, "nextToken": next_token, "searchedLogStreams": searched}
    return json.dumps(found)


def _name_of_group(self: Any) -> str:
    """By its name, or by its name or ARN as its identifier."""
    name, identifier = self._get_param("logGroupName"), self._get_param("logGroupIdentifier")
    if bool(name) == bool(identifier):
        raise InvalidParameterException(
            msg="Exactly one of logGroupName and logGroupIdentifier must be given."
        )
    groups = self.logs_backend.groups
    by_arn = {_plain_arn(group): group.name for group in groups.values()}
    return str(name or by_arn.get(identifier.removesuffix(":*"), identifier))


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
