"""Certificate Manager: certificates, and the wait until one is issued."""

from twin.provider.errors import ProviderError
from twin.provider.schema.calls import wait_for_state
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceRef,
    ResourceType,
    block_set,
    output,
    string,
    string_set,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties

_MISSING = frozenset({"ResourceNotFoundException"})
_DESCRIBE = AwsOperation(
    operation="DescribeCertificate", id_param="CertificateArn", result="Certificate"
)
_ISSUED = AwaitedState(
    call=_DESCRIBE,
    state="Status",
    wanted=frozenset({"ISSUED"}),
    failed=frozenset({"FAILED", "VALIDATION_TIMED_OUT", "REVOKED"}),
    failure_reason="FailureReason",
)
"""https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-describe.html"""


def _other_names(found: DescribedResource) -> list[str]:
    """AWS lists the certificate's own name among them."""
    names = found.description.get("SubjectAlternativeNames", [])
    return [name for name in names if name != found.description["DomainName"]]


def _validation_options(found: DescribedResource) -> list[Properties]:
    """The records that prove the ownership of each name."""
    return [
        {
            "domainName": option["DomainName"],
            "resourceRecordName": option["ResourceRecord"]["Name"],
            "resourceRecordType": option["ResourceRecord"]["Type"],
            "resourceRecordValue": option["ResourceRecord"]["Value"],
        }
        for option in found.description.get("DomainValidationOptions", [])
        if option.get("ResourceRecord")
    ]


CERTIFICATE = ResourceType(
    name="aws:acm/certificate:Certificate",
    service="acm",
    properties=(
        string("domainName", required=True, replaces=True),
        string_set("subjectAlternativeNames", computed=True, replaces=True, derive=_other_names),
        string(
            "validationMethod",
            computed=True,
            replaces=True,
            path="DomainValidationOptions[0].ValidationMethod",
        ),
        string("keyAlgorithm", computed=True, replaces=True, path="null", keep_recorded=True),
        output("arn", "CertificateArn"),
        output("status", "Status"),
        output("type", "Type"),
        output("notAfter", "NotAfter"),
        output("notBefore", "NotBefore"),
        output("renewalEligibility", "RenewalEligibility"),
        output("pendingRenewal", derive=lambda _: False),
        block_set(
            "domainValidationOptions",
            string("domainName"),
            string("resourceRecordName"),
            string("resourceRecordType"),
            string("resourceRecordValue"),
            derive=_validation_options,
            output=True,
            computed=True,
        ),
        block_set("renewalSummaries", derive=lambda _: [], output=True, computed=True),
        string_set("validationEmails", derive=lambda _: [], output=True, computed=True),
    ),
    create=AwsOperation(operation="RequestCertificate"),
    read=_DESCRIBE,
    delete=AwsOperation(operation="DeleteCertificate", id_param="CertificateArn"),
    resource_id="CertificateArn",
    not_found_codes=_MISSING,
    tagging=TagOperations(
        tag="AddTagsToCertificate",
        untag="RemoveTagsFromCertificate",
        listing="ListTagsForCertificate",
        id_param="CertificateArn",
    ),
)


# -- validation


def _wait_issued(context: OperationContext, ref: ResourceRef) -> None:
    arn = ResourceRef(id=str(ref.properties["certificateArn"]), properties={})
    wait_for_state(context, _ISSUED, arn)


def _certificate_params(ref: ResourceRef) -> Properties:
    if "certificateArn" not in ref.properties:
        raise ProviderError(f"'{ref.id}' can't be imported: it is only a wait")
    return {"CertificateArn": ref.properties["certificateArn"]}


def _issued_at(description: Properties, _: Properties) -> str:
    return str(description.get("IssuedAt", "issued"))


CERTIFICATE_VALIDATION = ResourceType(
    name="aws:acm/certificateValidation:CertificateValidation",
    service="acm",
    properties=(
        string("certificateArn", required=True, replaces=True),
        string_set("validationRecordFqdns", replaces=True, local=True),
    ),
    create=AwsOperation(operation="DescribeCertificate", result="Certificate"),
    read=AwsOperation(
        operation="DescribeCertificate", id_param=_certificate_params, result="Certificate"
    ),
    # Nothing is deleted: it is a wait.
    delete=AwsOperation(operation="DescribeCertificate", id_param=_certificate_params),
    resource_id=_issued_at,
    not_found_codes=_MISSING,
    after_create=_wait_issued,
)

TYPES = (CERTIFICATE, CERTIFICATE_VALIDATION)
