"""Methods of REST APIs, their integrations, and the responses of both."""

from twin.provider.resources.apigateway.patches import (
    MISSING,
    SERVICE,
    PatchAspect,
    find_part,
    parent,
    part_of,
)
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    Property,
    PropertyKind,
    ResourceType,
    block,
    boolean,
    integer,
    mapping,
    string,
    string_list,
)
from twin.provider.values import Properties, Value

_NAMES = {"restApi": "restApiId", "resourceId": "resourceId", "httpMethod": "httpMethod"}
_STATUS_NAMES = {**_NAMES, "statusCode": "statusCode"}
_OF_METHOD, _OF_STATUS = part_of(_NAMES), part_of(_STATUS_NAMES)
_METHOD_ARGUMENTS = tuple(parent(name, _NAMES) for name in _NAMES)
_STATUS_ARGUMENTS = tuple(parent(name, _STATUS_NAMES) for name in _STATUS_NAMES)


def _flags(name: str) -> Property:
    """An object of booleans, which comes as texts."""

    def derive(found: DescribedResource) -> Value:
        described = found.description.get(name)
        return {key: str(value).lower() for key, value in described.items()} if described else None

    return Property(name=name, kind=PropertyKind.MAP, aws="-", derive=derive)


def _flag_params(name: str, new: Properties) -> Properties:
    given = new.get(name)
    return {name: {key: str(v).lower() == "true" for key, v in given.items()}} if given else {}


def _id(prefix: str, new: Properties, names: dict[str, str]) -> str:
    return "-".join((prefix, *(str(new[name]) for name in names)))


# -- methods


def _method_params(_: OperationContext, new: Properties) -> Properties:
    return _flag_params("requestParameters", new)


METHOD = ResourceType(
    name="aws:apigateway/method:Method",
    service=SERVICE,
    properties=(
        *_METHOD_ARGUMENTS,
        string("authorization", aws="authorizationType", required=True),
        string_list("authorizationScopes"),
        string("authorizerId"),
        boolean("apiKeyRequired", default=False),
        string("operationName"),
        mapping("requestModels"),
        _flags("requestParameters"),
        string("requestValidatorId"),
    ),
    create=AwsOperation(operation="PutMethod", extra_params=_method_params),
    read=AwsOperation(operation="GetMethod", id_param=_OF_METHOD),
    delete=AwsOperation(operation="DeleteMethod", id_param=_OF_METHOD),
    resource_id=lambda _, new: _id("agm", new, _NAMES),
    not_found_codes=MISSING,
    find_imported=find_part(_NAMES, lambda new: _id("agm", new, _NAMES)),
    aspects=(
        PatchAspect(
            operation="UpdateMethod",
            id_param=_OF_METHOD,
            values={
                "authorization": "/authorizationType",
                "apiKeyRequired": "/apiKeyRequired",
                "operationName": "/operationName",
            },
            maps={
                "requestModels": "/requestModels",
                "requestParameters": "/requestParameters",
            },
        ),
    ),
)


def _response_params(_: OperationContext, new: Properties) -> Properties:
    return _flag_params("responseParameters", new)


METHOD_RESPONSE = ResourceType(
    name="aws:apigateway/methodResponse:MethodResponse",
    service=SERVICE,
    properties=(*_STATUS_ARGUMENTS, mapping("responseModels"), _flags("responseParameters")),
    create=AwsOperation(operation="PutMethodResponse", extra_params=_response_params),
    read=AwsOperation(operation="GetMethodResponse", id_param=_OF_STATUS),
    delete=AwsOperation(operation="DeleteMethodResponse", id_param=_OF_STATUS),
    resource_id=lambda _, new: _id("agmr", new, _STATUS_NAMES),
    not_found_codes=MISSING,
    find_imported=find_part(_STATUS_NAMES, lambda new: _id("agmr", new, _STATUS_NAMES)),
    aspects=(
        PatchAspect(
            operation="UpdateMethodResponse",
            id_param=_OF_STATUS,
            maps={
                "responseModels": "/responseModels",
                "responseParameters": "/responseParameters",
            },
        ),
    ),
)


# -- integrations


INTEGRATION = ResourceType(
    name="aws:apigateway/integration:Integration",
    service=SERVICE,
    properties=(
        *_METHOD_ARGUMENTS,
        string(
            "type",
            required=True,
            replaces=True,
            choices=("HTTP", "AWS", "MOCK", "HTTP_PROXY", "AWS_PROXY"),
        ),
        string("integrationHttpMethod", path="httpMethod", replaces=True),
        string("uri"),
        string("connectionType", default="INTERNET", choices=("INTERNET", "VPC_LINK")),
        string("connectionId"),
        string("credentials", replaces=True),
        string("contentHandling"),
        string("cacheNamespace", computed=True),
        string_list("cacheKeyParameters"),
        string(
            "passthroughBehavior",
            computed=True,
            replaces=True,
            choices=("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"),
        ),
        mapping("requestParameters"),
        mapping("requestTemplates"),
        string("responseTransferMode", computed=True, choices=("BUFFERED", "STREAM")),
        integer("timeoutMilliseconds", aws="timeoutInMillis", default=29000),
        block("tlsConfig", boolean("insecureSkipVerification")),
    ),
    create=AwsOperation(operation="PutIntegration"),
    read=AwsOperation(operation="GetIntegration", id_param=_OF_METHOD),
    delete=AwsOperation(operation="DeleteIntegration", id_param=_OF_METHOD),
    resource_id=lambda _, new: _id("agi", new, _NAMES),
    not_found_codes=MISSING,
    find_imported=find_part(_NAMES, lambda new: _id("agi", new, _NAMES)),
    aspects=(
        PatchAspect(
            operation="UpdateIntegration",
            id_param=_OF_METHOD,
            values={
                "uri": "/uri",
                "contentHandling": "/contentHandling",
                "cacheNamespace": "/cacheNamespace",
                "timeoutMilliseconds": "/timeoutInMillis",
                "connectionType": "/connectionType",
                "connectionId": "/connectionId",
                "responseTransferMode": "/responseTransferMode",
            },
            maps={
                "requestParameters": "/requestParameters",
                "requestTemplates": "/requestTemplates",
            },
            lists={"cacheKeyParameters": "/cacheKeyParameters"},
        ),
    ),
)

_RESPONSE_SETTINGS = (
    string("contentHandling", choices=("CONVERT_TO_BINARY", "CONVERT_TO_TEXT")),
    string("selectionPattern"),
    mapping("responseParameters"),
    mapping("responseTemplates"),
)

INTEGRATION_RESPONSE = ResourceType(
    name="aws:apigateway/integrationResponse:IntegrationResponse",
    service=SERVICE,
    properties=(*_STATUS_ARGUMENTS, *_RESPONSE_SETTINGS),
    create=AwsOperation(operation="PutIntegrationResponse"),
    read=AwsOperation(operation="GetIntegrationResponse", id_param=_OF_STATUS),
    delete=AwsOperation(operation="DeleteIntegrationResponse", id_param=_OF_STATUS),
    resource_id=lambda _, new: _id("agir", new, _STATUS_NAMES),
    not_found_codes=MISSING,
    find_imported=find_part(_STATUS_NAMES, lambda new: _id("agir", new, _STATUS_NAMES)),
    # Each change puts the whole response again, as the real provider does.
    aspects=(
        ModifyAspect(
            operation="PutIntegrationResponse", id_param=_OF_STATUS, properties=_RESPONSE_SETTINGS
        ),
    ),
)

TYPES = (METHOD, METHOD_RESPONSE, INTEGRATION, INTEGRATION_RESPONSE)
