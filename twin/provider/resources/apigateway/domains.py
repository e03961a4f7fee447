"""Regional custom domain names, and the base paths that lead to REST APIs."""

from twin.provider.resources.apigateway.patches import (
    MISSING,
    SERVICE,
    PatchAspect,
    resource_arn,
)
from twin.provider.resources.apigateway.rest_api import ENDPOINT, TAGGING, endpoint_operations
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    ResourceRef,
    ResourceType,
    block,
    output,
    string,
)
from twin.provider.values import Properties, Value

_GET_DOMAIN = AwsOperation(operation="GetDomainName", id_param="domainName")

DOMAIN_NAME = ResourceType(
    name="aws:apigateway/domainName:DomainName",
    service=SERVICE,
    properties=(
        string("domainName", required=True, replaces=True),
        string("regionalCertificateArn"),
        string("certificateArn"),
        ENDPOINT,
        block(
            "mutualTlsAuthentication",
            string("truststoreUri", required=True),
            string("truststoreVersion"),
        ),
        string("ownershipVerificationCertificateArn", computed=True),
        string("routingMode", computed=True),
        string("securityPolicy", computed=True),
        output("regionalDomainName", "regionalDomainName"),
        output("regionalZoneId", "regionalHostedZoneId"),
        output("certificateUploadDate", "certificateUploadDate"),
        output("domainNameId", "domainNameId"),
        output("cloudfrontDomainName", "distributionDomainName"),
        output("cloudfrontZoneId", "distributionHostedZoneId"),
        resource_arn(lambda found: f"/domainnames/{found.id}"),
    ),
    create=AwsOperation(operation="CreateDomainName"),
    read=_GET_DOMAIN,
    delete=AwsOperation(operation="DeleteDomainName", id_param="domainName"),
    resource_id="domainName",
    not_found_codes=MISSING,
    # The real provider waits after updates alone, with a delay of a minute.
    ready=AwaitedState(
        call=_GET_DOMAIN,
        state="domainNameStatus",
        wanted=frozenset({"AVAILABLE"}),
        failed=frozenset({"FAILED"}),
        failure_reason="domainNameStatusMessage",
    ),
    aspects=(
        PatchAspect(
            operation="UpdateDomainName",
            id_param="domainName",
            values={
                "regionalCertificateArn": "/regionalCertificateArn",
                "ownershipVerificationCertificateArn": "/ownershipVerificationCertificateArn",
                "securityPolicy": "/securityPolicy",
            },
            more=endpoint_operations,
            more_names=frozenset({"endpointConfiguration"}),
        ),
    ),
    tagging=TAGGING,
)


# -- base paths

_NO_PATH = "(none)"


def _names(ref: ResourceRef) -> tuple[str, str]:
    """The domain name and the base path, of which the id is made."""
    name, _, path = ref.id.partition("/")
    return name, path


def _mapping_params(ref: ResourceRef) -> Properties:
    name, path = _names(ref)
    return {"domainName": name, "basePath": path or _NO_PATH}


def _base_path(found: DescribedResource) -> Value:
    path = found.description.get("basePath")
    return None if path == _NO_PATH else path


BASE_PATH_MAPPING = ResourceType(
    name="aws:apigateway/basePathMapping:BasePathMapping",
    service=SERVICE,
    properties=(
        string(
            "domainName",
            required=True,
            replaces=True,
            derive=lambda found: found.id.partition("/")[0],
        ),
        # In the real provider a change of the path changes the id; here it makes a new mapping.
        string("basePath", replaces=True, derive=_base_path),
        string("restApi", aws="restApiId", required=True),
        string("stageName", aws="stage"),
        string("domainNameId", replaces=True, path="null", keep_recorded=True),
    ),
    create=AwsOperation(operation="CreateBasePathMapping"),
    read=AwsOperation(operation="GetBasePathMapping", id_param=_mapping_params),
    delete=AwsOperation(operation="DeleteBasePathMapping", id_param=_mapping_params),
    resource_id=lambda _, new: f"{new['domainName']}/{new.get('basePath') or ''}",
    not_found_codes=MISSING,
    aspects=(
        PatchAspect(
            operation="UpdateBasePathMapping",
            id_param=_mapping_params,
            values={"restApi": "/restapiId", "stageName": "/stage"},
        ),
    ),
)

TYPES = (DOMAIN_NAME, BASE_PATH_MAPPING)
