"""Elastic Load Balancing v2: rules of a listener, beside its default actions."""

from dataclasses import dataclass, replace

from twin.provider.resources.lb.load_balancer import ACTIONS
from twin.provider.resources.lb.target_group import TAGS
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceType,
    block,
    block_list,
    block_set,
    integer,
    output,
    string,
    string_set,
)
from twin.provider.values import Properties, Value

_ACTIONS = replace(ACTIONS, name="actions")
_FIELDS = {
    "hostHeader": ("host-header", "HostHeaderConfig"),
    "httpHeader": ("http-header", "HttpHeaderConfig"),
    "httpRequestMethod": ("http-request-method", "HttpRequestMethodConfig"),
    "pathPattern": ("path-pattern", "PathPatternConfig"),
    "queryStrings": ("query-string", "QueryStringConfig"),
    "sourceIp": ("source-ip", "SourceIpConfig"),
}
"""Property of a condition -> AWS's field and member."""
_CONDITIONS = block_set(
    "conditions",
    block("hostHeader", string_set("values")),
    block("httpHeader", string("httpHeaderName", required=True), string_set("values")),
    block("httpRequestMethod", string_set("values", required=True)),
    block("pathPattern", string_set("values")),
    block_list("queryStrings", string("key"), string("value", required=True)),
    block("sourceIp", string_set("values")),
    required=True,
    local=True,
)


def _to_condition(condition: Properties) -> Properties:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html"""
    name, value = next((name, value) for name, value in condition.items() if value)
    field, member = _FIELDS[name]
    config: Properties
    if name == "queryStrings":
        pairs = [{k.title(): v for k, v in pair.items() if v} for pair in value]
        config = {"Values": pairs}
    elif name == "httpHeader":
        config = {"HttpHeaderName": value["httpHeaderName"], "Values": value["values"]}
    else:
        config = {"Values": value["values"]}
    return {"Field": field, member: config}


def _from_condition(described: Properties) -> Properties:
    for name, (field, member) in _FIELDS.items():
        if described.get("Field") != field:
            continue
        config = described.get(member) or {"Values": described.get("Values", [])}
        if name == "queryStrings":
            return {name: [{k.lower(): v for k, v in pair.items()} for pair in config["Values"]]}
        values: Properties = {"values": config["Values"]}
        if "HttpHeaderName" in config:
            values["httpHeaderName"] = config["HttpHeaderName"]
        return {name: values}
    return {}


def _validate(inputs: Properties) -> list[tuple[str, str]]:
    """Each condition is about one thing, as in the real provider."""
    found = []
    for i, condition in enumerate(inputs["conditions"]):
        if not isinstance(condition, dict):
            continue
        given = [name for name in _FIELDS if condition.get(name)]
        if len(given) != 1:
            kinds = ", ".join(_FIELDS)
            found.append((f"conditions[{i}]", f"exactly one of {kinds} must be given"))
        found += [
            (f"conditions[{i}].{name}.values", "must be given")
            for name in given
            if isinstance(condition[name], dict) and not condition[name].get("values")
        ]
    return found


def _is_taken_meanwhile(new: Properties, code: str) -> bool:
    """Another rule without a priority of its own took the one that was chosen for this one.

    As the real provider has it (terraform-provider-aws, retryListenerRuleCreate).
    """
    return code == "PriorityInUse" and new.get("priority") is None


def _condition_params(_: OperationContext, new: Properties) -> Properties:
    return {"Conditions": [_to_condition(condition) for condition in new["conditions"]]}


def _creation_params(context: OperationContext, new: Properties) -> Properties:
    """The conditions, and without a priority the next one after the listener's last."""
    params = _condition_params(context, new)
    if new.get("priority") is None:
        response = context.call("DescribeRules", {"ListenerArn": new["listenerArn"]})
        taken = [rule["Priority"] for rule in response["Rules"] if rule["Priority"] != "default"]
        params["Priority"] = max(map(int, taken), default=0) + 1
    return params


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAspect(ModifyAspect):
    """Actions and conditions, modified together; conditions are read in Pulumi's form."""

    def read(self, found: DescribedResource) -> Properties:
        described = found.description.get("Conditions", [])
        return {"conditions": [_from_condition(condition) for condition in described]}


@dataclass(frozen=True, slots=True)
class PriorityAspect:
    """The priority, which has an operation of its own."""

    names: frozenset[str] = frozenset({"priority"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        if change.new.get("priority") is not None:
            priority = {"RuleArn": change.id, "Priority": change.new["priority"]}
            context.call("SetRulePriorities", {"RulePriorities": [priority]})

    def read(self, found: DescribedResource) -> Properties:
        return {"priority": int(found.description["Priority"])}


def _listener_arn(found: DescribedResource) -> Value:
    """From the rule's ARN, which has the listener's ids and one more."""
    parts = found.id.replace(":listener-rule/", ":listener/").split("/")
    return "/".join(parts[:-1])


LISTENER_RULE = ResourceType(
    name="aws:lb/listenerRule:ListenerRule",
    service="elbv2",
    properties=(
        string("listenerArn", required=True, replaces=True, derive=_listener_arn),
        integer("priority", computed=True, between=(1, 50000), path="null"),
        _ACTIONS,
        _CONDITIONS,
        output("arn", "RuleArn"),
    ),
    create=AwsOperation(operation="CreateRule", result="Rules[0]", extra_params=_creation_params),
    read=AwsOperation(operation="DescribeRules", id_param="RuleArns[]", result="Rules[0]"),
    delete=AwsOperation(operation="DeleteRule", id_param="RuleArn"),
    resource_id="RuleArn",
    not_found_codes=frozenset({"RuleNotFound"}),
    repeats_creation=_is_taken_meanwhile,
    validate=_validate,
    aspects=(
        RuleAspect(
            operation="ModifyRule",
            id_param="RuleArn",
            properties=(_ACTIONS, _CONDITIONS),
            extra_params=_condition_params,
        ),
        PriorityAspect(),
    ),
    tagging=TAGS,
)

TYPES = (LISTENER_RULE,)
