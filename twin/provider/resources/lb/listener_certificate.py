"""A certificate in the list of a listener, beside its default one."""

from twin.provider.errors import ProviderError
from twin.provider.schema.resource_type import (
    AwsOperation,
    OperationContext,
    ResourceRef,
    ResourceType,
    string,
)
from twin.provider.values import Properties, Value


def _arns(ref: ResourceRef) -> tuple[str, str]:
    """Of the listener and the certificate; an import has the id alone."""
    listener, _, certificate = ref.id.partition("_")
    if not certificate:
        raise ProviderError(f"'{ref.id}' is no ARN of a listener, `_`, ARN of a certificate")
    return listener, certificate


def _certificates(listener: str, certificate: str) -> Properties:
    return {"ListenerArn": listener, "Certificates": [{"CertificateArn": certificate}]}


def _addition(_: OperationContext, new: Properties) -> Properties:
    return _certificates(new["listenerArn"], new["certificateArn"])


def _find(ref: ResourceRef, response: Properties) -> Value:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeListenerCertificates.html"""
    listener, certificate = _arns(ref)
    for found in response.get("Certificates", []):
        if found["CertificateArn"] == certificate and not found.get("IsDefault"):
            return {"ListenerArn": listener, "CertificateArn": certificate}
    return None


LISTENER_CERTIFICATE = ResourceType(
    name="aws:lb/listenerCertificate:ListenerCertificate",
    service="elbv2",
    properties=(
        string("listenerArn", required=True, replaces=True),
        string("certificateArn", required=True, replaces=True),
    ),
    create=AwsOperation(operation="AddListenerCertificates", extra_params=_addition),
    read=AwsOperation(
        operation="DescribeListenerCertificates",
        id_param=lambda ref: {"ListenerArn": _arns(ref)[0]},
        result=_find,
    ),
    delete=AwsOperation(
        operation="RemoveListenerCertificates",
        id_param=lambda ref: _certificates(*_arns(ref)),
    ),
    resource_id=lambda _, new: f"{new['listenerArn']}_{new['certificateArn']}",
    not_found_codes=frozenset({"ListenerNotFound"}),
)

TYPES = (LISTENER_CERTIFICATE,)
