"""What the read operations of Certificate Manager answer.

https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html
"""

import datetime
from collections.abc import Callable, Sequence
from functools import partial

from twin.control.acm.model import (
    AcmState,
    CertificateContent,
    CertificateRecord,
    DomainValidation,
)
from twin.control.acm.operations import FindUsers
from twin.control.document_service import CallContext, CallRefused, Operation, Params, Result
from twin.core.pages import find_page

DEFAULT_KEY_TYPES = ("RSA_1024", "RSA_2048")
"""Others are listed only on request."""
MAX_ITEMS = 1000
MAX_SUMMARY_NAMES = 100


def read_operations(find_users: FindUsers) -> dict[str, Operation[AcmState]]:
    """By name; none changes the state."""

    def reading(
        answer: Callable[[AcmState, CallContext, Params], Result],
    ) -> Operation[AcmState]:
        def operation(
            state: AcmState, context: CallContext, params: Params
        ) -> tuple[AcmState, Result]:
            return state, answer(state, context, params)

        return operation

    return {
        "DescribeCertificate": reading(partial(_describe, find_users)),
        "GetCertificate": reading(_get_certificate),
        "ListCertificates": reading(partial(_list, find_users)),
        "ListTagsForCertificate": reading(_list_tags),
    }


def _describe(
    find_users: FindUsers, state: AcmState, context: CallContext, params: Params
) -> Result:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html"""
    record = state.get(params["CertificateArn"], context.region, context.account)
    return {"Certificate": describe_certificate(record, find_users(record.arn))}


def describe_certificate(record: CertificateRecord, users: Sequence[str]) -> dict[str, object]:
    """The certificate's CertificateDetail."""
    detail: dict[str, object] = {
        "CertificateArn": record.arn,
        "DomainName": record.domain_name,
        "SubjectAlternativeNames": list(record.names),
        "Status": record.status,
        "Type": record.type,
        "KeyAlgorithm": _hyphenated(record.key_algorithm),
        "InUseBy": list(users),
        "RenewalEligibility": _eligibility(record, users),
        "Options": {
            "CertificateTransparencyLoggingPreference": _switch(
                record.transparency_logging and record.type == "AMAZON_ISSUED"
            ),
            "Export": _switch(record.exportable),
        },
        "CreatedAt": _time(record.created_at),
    }
    if record.type == "AMAZON_ISSUED":
        detail["DomainValidationOptions"] = [_validation(v, record) for v in record.validations]
    if record.imported_at is not None:
        detail["ImportedAt"] = _time(record.imported_at)
    if record.issued_at is not None:
        detail["IssuedAt"] = _time(record.issued_at)
    if record.failure_reason:
        detail["FailureReason"] = record.failure_reason
    if record.renewal is not None:
        detail["RenewalSummary"] = {
            "RenewalStatus": record.renewal.status,
            "UpdatedAt": _time(record.renewal.updated_at),
            "DomainValidationOptions": [_validation(v, record) for v in record.validations],
        }
    if record.content is not None:
        detail |= _describe_content(record.content)
    return detail


def _describe_content(content: CertificateContent) -> dict[str, object]:
    return {
        "Serial": content.serial,
        "Subject": content.subject,
        "Issuer": content.issuer,
        "NotBefore": _time(content.not_before),
        "NotAfter": _time(content.not_after),
        "SignatureAlgorithm": content.signature_algorithm,
        "KeyUsages": [{"Name": name} for name in content.key_usages],
        "ExtendedKeyUsages": [
            {"Name": name, "OID": oid} for oid, name in content.extended_key_usages.items()
        ],
    }


def _validation(validation: DomainValidation, record: CertificateRecord) -> dict[str, object]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_DomainValidation.html"""
    status = "SUCCESS" if validation.validated else "PENDING_VALIDATION"
    if not validation.validated and record.status in ("FAILED", "VALIDATION_TIMED_OUT"):
        status = "FAILED"
    return {
        "DomainName": validation.domain,
        "ValidationDomain": validation.domain,
        "ValidationStatus": status,
        "ValidationMethod": "DNS",
        "ResourceRecord": {
            "Name": validation.record_name,
            "Type": "CNAME",
            "Value": validation.record_value,
        },
    }


def _eligibility(record: CertificateRecord, users: Sequence[str]) -> str:
    """https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"""
    eligible = record.type == "AMAZON_ISSUED" and record.status == "ISSUED" and bool(users)
    return "ELIGIBLE" if eligible else "INELIGIBLE"


def _hyphenated(algorithm: str) -> str:
    """Answers have `RSA-2048` where requests have `RSA_2048`.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/acm/certificate.go
    """
    return algorithm.replace("_", "-")


def _switch(on: bool) -> str:
    return "ENABLED" if on else "DISABLED"


def _time(at: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, datetime.UTC)


def _get_certificate(state: AcmState, context: CallContext, params: Params) -> Result:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_GetCertificate.html"""
    record = state.get(params["CertificateArn"], context.region, context.account)
    if record.content is None:
        code = "RequestInProgressException"
        if record.status != "PENDING_VALIDATION":
            code = "ValidationException"
        raise CallRefused(code, f"Certificate {record.arn} is not issued: {record.status}.")
    result = {"Certificate": record.content.certificate}
    if record.content.chain:
        result["CertificateChain"] = record.content.chain
    return result


def _list_tags(state: AcmState, context: CallContext, params: Params) -> Result:
    record = state.get(params["CertificateArn"], context.region, context.account)
    return {"Tags": [{"Key": key, "Value": value} for key, value in record.tags.items()]}


# -- lists


def _list(find_users: FindUsers, state: AcmState, context: CallContext, params: Params) -> Result:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html"""
    if ("SortBy" in params) != ("SortOrder" in params):
        raise CallRefused("ValidationException", "SortBy and SortOrder must be given together.")
    found = [
        record
        for record in state.certificates
        if record.region == context.region and _is_listed(record, params)
    ]
    if params.get("SortOrder") == "DESCENDING":
        found.reverse()
    arns = [record.arn for record in found]
    try:
        page, token = find_page(arns, params.get("NextToken"), params.get("MaxItems", MAX_ITEMS))
    except ValueError as exc:
        message = "NextToken is none that the list has returned."
        raise CallRefused("InvalidArgsException", message) from exc
    listed = [_summary(record, find_users(record.arn)) for record in found[page]]
    return {"CertificateSummaryList": listed, **({"NextToken": token} if token else {})}


def _is_listed(record: CertificateRecord, params: Params) -> bool:
    statuses = params.get("CertificateStatuses")
    if statuses and record.status not in statuses:
        return False
    origins = params.get("CertificateKeyPairOrigins")
    origin = "AWS_MANAGED" if record.type == "AMAZON_ISSUED" else "CUSTOMER_PROVIDED"
    if origins and origin not in origins:
        return False
    includes = params.get("Includes", {})
    if record.key_algorithm not in includes.get("keyTypes", DEFAULT_KEY_TYPES):
        return False
    content = record.content
    usages = content.key_usages if content is not None else ()
    extended = content.extended_key_usages.values() if content is not None else ()
    return (
        _has_all(includes.get("keyUsage", ()), usages)
        and _has_all(includes.get("extendedKeyUsage", ()), tuple(extended))
        and includes.get("exportOption", _switch(record.exportable)) == _switch(record.exportable)
        and "managedBy" not in includes
    )


def _has_all(wanted: Sequence[str], present: Sequence[str]) -> bool:
    return all(name == "ANY" or name in present for name in wanted)


def _summary(record: CertificateRecord, users: Sequence[str]) -> dict[str, object]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateSummary.html"""
    summary: dict[str, object] = {
        "CertificateArn": record.arn,
        "DomainName": record.domain_name,
        "SubjectAlternativeNameSummaries": list(record.names[:MAX_SUMMARY_NAMES]),
        "HasAdditionalSubjectAlternativeNames": len(record.names) > MAX_SUMMARY_NAMES,
        "Status": record.status,
        "Type": record.type,
        "KeyAlgorithm": _hyphenated(record.key_algorithm),
        "InUse": bool(users),
        "Exported": False,
        "ExportOption": _switch(record.exportable),
        "RenewalEligibility": _eligibility(record, users),
        "CreatedAt": _time(record.created_at),
    }
    if record.issued_at is not None:
        summary["IssuedAt"] = _time(record.issued_at)
    if record.imported_at is not None:
        summary["ImportedAt"] = _time(record.imported_at)
    if (content := record.content) is not None:
        summary["NotBefore"] = _time(content.not_before)
        summary["NotAfter"] = _time(content.not_after)
        summary["KeyUsages"] = list(content.key_usages)
        summary["ExtendedKeyUsages"] = list(content.extended_key_usages.values())
    return summary
