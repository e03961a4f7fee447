"""REST APIs, their resources and gateway responses, and the account's settings."""

from twin.provider.resources.apigateway.patches import (
    MISSING,
    SERVICE,
    PatchAspect,
    child_of,
    execution_arn,
    find_child,
    find_part,
    parent,
    parent_id,
    part_of,
    replacement,
    resource_arn,
)
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block,
    block_list,
    boolean,
    integer,
    mapping,
    number,
    output,
    string,
    string_list,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

TAGGING = TagOperations(
    tag="TagResource",
    untag="UntagResource",
    listing="GetTags",
    id_param=lambda ref: {"resourceArn": ref.properties["arn"]},
    as_map=True,
    result="tags",
    keys="tagKeys",
)
ENDPOINT = block(
    "endpointConfiguration",
    string("types", computed=True, choices=("EDGE", "REGIONAL", "PRIVATE"), path="types[0]"),
    string("ipAddressType", computed=True, choices=("ipv4", "dualstack")),
    computed=True,
)


def endpoint_operations(change: ResourceChange) -> list[Properties]:
    """A type is named by itself, since an API has one."""
    old = change.old.get("endpointConfiguration") or {}
    new = change.new.get("endpointConfiguration") or {}
    found = []
    if new.get("types") and new["types"] != old.get("types"):
        found.append(
            replacement(f"/endpointConfiguration/types/{old.get('types', '0')}", new["types"])
        )
    if new.get("ipAddressType") and new["ipAddressType"] != old.get("ipAddressType"):
        found.append(replacement("/endpointConfiguration/ipAddressType", new["ipAddressType"]))
    return found


def _root_id(found: DescribedResource) -> Value:
    """As the real provider finds it: in the list of all resources."""
    params: Properties = {"restApiId": found.id, "limit": 500}
    while True:
        page = found.context.call("GetResources", params)
        for resource in page.get("items", []):
            if resource["path"] == "/":
                return resource["id"]
        if not page.get("position"):
            return None
        params = {**params, "position": page["position"]}


REST_API = ResourceType(
    name="aws:apigateway/restApi:RestApi",
    service=SERVICE,
    properties=(
        string("name"),
        string("apiKeySource", computed=True, choices=("HEADER", "AUTHORIZER")),
        string_list("binaryMediaTypes", computed=True),
        string("description"),
        boolean("disableExecuteApiEndpoint", computed=True),
        ENDPOINT,
        string("minimumCompressionSize"),
        string("policy", computed=True, path="null"),
        output("createdDate", "createdDate"),
        output("rootResourceId", derive=_root_id),
        resource_arn(lambda found: f"/restapis/{found.id}"),
        execution_arn(lambda found: found.id),
    ),
    create=AwsOperation(operation="CreateRestApi"),
    read=AwsOperation(operation="GetRestApi", id_param="restApiId"),
    delete=AwsOperation(operation="DeleteRestApi", id_param="restApiId"),
    resource_id="id",
    not_found_codes=MISSING,
    autoname=Autoname(longest=255),
    aspects=(
        PatchAspect(
            operation="UpdateRestApi",
            id_param="restApiId",
            values={
                "name": "/name",
                "apiKeySource": "/apiKeySource",
                "description": "/description",
                "disableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
                "minimumCompressionSize": "/minimumCompressionSize",
            },
            lists={"binaryMediaTypes": "/binaryMediaTypes"},
            more=endpoint_operations,
            more_names=frozenset({"endpointConfiguration"}),
        ),
    ),
    tagging=TAGGING,
    only_false=frozenset({"failOnWarnings"}),
)


# -- resources

_OF_RESOURCE = child_of("restApi", "restApiId", "resourceId")

RESOURCE = ResourceType(
    name="aws:apigateway/resource:Resource",
    service=SERVICE,
    properties=(
        parent_id("restApi", aws="restApiId"),
        string("parentId", required=True),
        string("pathPart", required=True),
        output("path", changes_with=("pathPart", "parentId")),
    ),
    create=AwsOperation(operation="CreateResource"),
    read=AwsOperation(operation="GetResource", id_param=_OF_RESOURCE),
    delete=AwsOperation(operation="DeleteResource", id_param=_OF_RESOURCE),
    resource_id="id",
    not_found_codes=MISSING,
    find_imported=find_child("restApi", "resourceId"),
    aspects=(
        PatchAspect(
            operation="UpdateResource",
            id_param=_OF_RESOURCE,
            values={"pathPart": "/pathPart", "parentId": "/parentId"},
        ),
    ),
)


# -- gateway responses

_RESPONSE_NAMES = {"restApiId": "restApiId", "responseType": "responseType"}
_OF_RESPONSE = part_of(_RESPONSE_NAMES)
_RESPONSE_SETTINGS = (
    string("statusCode", computed=True),
    mapping("responseParameters"),
    mapping("responseTemplates", computed=True),
)


def _response_id(new: Properties) -> str:
    return f"aggr-{new['restApiId']}-{new['responseType']}"


def _own_response(_: ResourceRef, response: Properties) -> Value:
    """AWS shows a default response where the API has none of its own."""
    return None if response.get("defaultResponse") else response


RESPONSE = ResourceType(
    name="aws:apigateway/response:Response",
    service=SERVICE,
    properties=(
        parent("restApiId", _RESPONSE_NAMES),
        parent("responseType", _RESPONSE_NAMES),
        *_RESPONSE_SETTINGS,
    ),
    create=AwsOperation(operation="PutGatewayResponse"),
    read=AwsOperation(operation="GetGatewayResponse", id_param=_OF_RESPONSE, result=_own_response),
    delete=AwsOperation(operation="DeleteGatewayResponse", id_param=_OF_RESPONSE),
    resource_id=lambda _, new: _response_id(new),
    not_found_codes=MISSING,
    find_imported=find_part(_RESPONSE_NAMES, _response_id),
    # Each change puts the whole response again.
    aspects=(
        ModifyAspect(
            operation="PutGatewayResponse", id_param=_OF_RESPONSE, properties=_RESPONSE_SETTINGS
        ),
    ),
)


# -- the account

_ROLE_PATH = "/cloudwatchRoleArn"


def _set_role(_: OperationContext, new: Properties) -> Properties:
    return {"patchOperations": [replacement(_ROLE_PATH, new.get("cloudwatchRoleArn"))]}


def _forget_role(_: ResourceRef) -> Properties:
    return {"patchOperations": [replacement(_ROLE_PATH, "")]}


ACCOUNT = ResourceType(
    name="aws:apigateway/account:Account",
    service=SERVICE,
    properties=(
        string("cloudwatchRoleArn", computed=True),
        output("apiKeyVersion", "apiKeyVersion"),
        string_list("features", output=True, computed=True),
        block_list(
            "throttleSettings",
            integer("burstLimit"),
            number("rateLimit"),
            output=True,
            computed=True,
        ),
    ),
    create=AwsOperation(operation="UpdateAccount", extra_params=_set_role),
    read=AwsOperation(operation="GetAccount"),
    delete=AwsOperation(operation="UpdateAccount", id_param=_forget_role),
    resource_id=lambda _description, _new: "api-gateway-account",
    not_found_codes=MISSING,
    aspects=(
        PatchAspect(
            operation="UpdateAccount", id_param="", values={"cloudwatchRoleArn": _ROLE_PATH}
        ),
    ),
)

TYPES = (REST_API, RESOURCE, RESPONSE, ACCOUNT)
