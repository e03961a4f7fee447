"""Certificate Manager: certificates, requested or imported, and the wait until one is issued."""

from twin.provider.errors import ProviderError
from twin.provider.schema.calls import call_operation, wait_for_state
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    WriteOnlyAspect,
    block,
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


def _requests(properties: Properties) -> bool:
    return not properties.get("privateKey")


def _create_operation(properties: Properties) -> str:
    return "RequestCertificate" if _requests(properties) else "ImportCertificate"


def _key_algorithm(found: DescribedResource) -> str:
    """https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/acm/certificate.go"""
    return str(found.description.get("KeyAlgorithm", "")).replace("-", "_")


def _validate(args: Properties) -> list[tuple[str, str]]:
    """A certificate is requested for a domain name, or imported with its key."""
    given = {name for name, value in args.items() if value is not None}
    if ("domainName" in given) == ("privateKey" in given):
        return [("domainName", "exactly one of domainName and privateKey must be given")]
    mistakes = []
    if "privateKey" in given and "certificateBody" not in given:
        mistakes.append(("certificateBody", "must be given with privateKey"))
    if "domainName" in given:
        mistakes += [
            (name, "needs privateKey: it belongs to an import")
            for name in ("certificateBody", "certificateChain")
            if name in given
        ]
    else:
        mistakes += [
            (name, "conflicts with privateKey: it belongs to a request")
            for name in ("subjectAlternativeNames", "validationMethod", "options", "keyAlgorithm")
            if name in given
        ]
    return mistakes


class _ImportedMaterial(WriteOnlyAspect):
    """Another certificate, chain or key: it is imported again under the same ARN."""

    names = frozenset({"privateKey", "certificateBody", "certificateChain"})
    at_creation = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html"""
        if _requests(change.new):
            return
        params = {
            "CertificateArn": change.id,
            "Certificate": change.new["certificateBody"],
            "PrivateKey": change.new["privateKey"],
        }
        if change.new.get("certificateChain"):
            params["CertificateChain"] = change.new["certificateChain"]
        context.call("ImportCertificate", params)


class _RequestOptions(WriteOnlyAspect):
    """Certificate transparency logging, on or off."""

    names = frozenset({"options"})
    at_creation = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html"""
        wanted = (change.new.get("options") or {}).get("certificateTransparencyLoggingPreference")
        options = {"CertificateTransparencyLoggingPreference": wanted or "ENABLED"}
        context.call("UpdateCertificateOptions", {"CertificateArn": change.id, "Options": options})


CERTIFICATE = ResourceType(
    name="aws:acm/certificate:Certificate",
    service="acm",
    properties=(
        string("domainName", computed=True, replaces=True),
        string_set("subjectAlternativeNames", computed=True, replaces=True, derive=_other_names),
        string(
            "validationMethod",
            computed=True,
            replaces=True,
            path="DomainValidationOptions[0].ValidationMethod",
        ),
        string("keyAlgorithm", computed=True, replaces=True, derive=_key_algorithm),
        block(
            "options",
            string(
                "certificateTransparencyLoggingPreference",
                computed=True,
                choices=("ENABLED", "DISABLED"),
            ),
            string("export", computed=True, replaces=True, choices=("ENABLED", "DISABLED")),
            computed=True,
        ),
        # AWS never returns the key; the texts are kept as they were given.
        string("privateKey", aws="PrivateKey", path="null", keep_recorded=True),
        string("certificateBody", aws="Certificate", path="null", keep_recorded=True),
        string("certificateChain", aws="CertificateChain", path="null", keep_recorded=True),
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
    create=AwsOperation(operation="RequestCertificate", choose=_create_operation),
    read=_DESCRIBE,
    delete=AwsOperation(operation="DeleteCertificate", id_param="CertificateArn"),
    resource_id="CertificateArn",
    not_found_codes=_MISSING,
    aspects=(_ImportedMaterial(), _RequestOptions()),
    tagging=TagOperations(
        tag="AddTagsToCertificate",
        untag="RemoveTagsFromCertificate",
        keys="Tags",
        listing="ListTagsForCertificate",
        id_param="CertificateArn",
    ),
    validate=_validate,
)


# -- validation


def _wait_issued(context: OperationContext, ref: ResourceRef) -> None:
    """Check the records' names before the wait, as the real provider does.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/acm/certificate_validation.go
    """
    certificate = ResourceRef(id=str(ref.properties["certificateArn"]), properties={})
    found = call_operation(context, _DESCRIBE, certificate) or {}
    if found.get("Type") != "AMAZON_ISSUED":
        raise ProviderError(f"{certificate.id} is {found.get('Type')}: it needs no validation")
    given = {_plain(name) for name in ref.properties.get("validationRecordFqdns") or []}
    options = found.get("DomainValidationOptions", [])
    needed = {_plain(o["ResourceRecord"]["Name"]) for o in options if o.get("ResourceRecord")}
    if given and (missing := needed - given):
        raise ProviderError(
            f"validationRecordFqdns lacks records of {certificate.id}: {', '.join(sorted(missing))}"
        )
    wait_for_state(context, _ISSUED, certificate)


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


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
