"""The operations of Certificate Manager that change certificates.

https://docs.aws.amazon.com/acm/latest/APIReference/API_Operations.html
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from twin.control.acm.certificate_reader import (
    CLIENT_AUTH,
    check_material,
    read_content,
)
from twin.control.acm.model import (
    AcmState,
    CertificateContent,
    CertificateRecord,
    DomainValidation,
)
from twin.control.document_service import CallContext, CallRefused, Operation, Params, Result
from twin.tls.authority import KEY_ALGORITHMS
from twin.tls.certificate_files import CertificateMaterial

MAX_NAMES = 10
"""https://docs.aws.amazon.com/acm/latest/userguide/acm-limits.html"""
MAX_TAGS = 50
IDEMPOTENCY_S = 3600.0
_UNSERVED = {
    "CertificateAuthorityArn": "private certificate authorities",
    "ManagedBy": "certificates that another service manages",
}
SaveMaterial = Callable[[CertificateMaterial], str]
"""Writes the PEM file; its SHA-256."""
FindUsers = Callable[[str], Sequence[str]]
"""ARN of a certificate -> ARNs of what uses it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateOperations:
    """The operations, and what they need of the twin."""

    save: SaveMaterial
    find_users: FindUsers

    def by_name(self) -> Mapping[str, Operation[AcmState]]:
        return {
            "RequestCertificate": request_certificate,
            "ImportCertificate": self._import_certificate,
            "DeleteCertificate": self._delete_certificate,
            "AddTagsToCertificate": _add_tags,
            "RemoveTagsFromCertificate": _remove_tags,
            "UpdateCertificateOptions": _update_options,
            "RenewCertificate": _renew,
            "ResendValidationEmail": _resend_email,
        }

    def _import_certificate(
        self, state: AcmState, context: CallContext, params: Params
    ) -> tuple[AcmState, Result]:
        """https://docs.aws.amazon.com/acm/latest/APIReference/API_ImportCertificate.html"""
        arn = params.get("CertificateArn")
        before = state.get(arn, context.region, context.account) if arn else None
        if before is not None and params.get("Tags"):
            raise CallRefused("ValidationException", "Tagging is not permitted on re-import.")
        tags = _merge_tags({}, params.get("Tags", ()))
        if before is not None and before.type != "IMPORTED":
            raise CallRefused("ValidationException", f"{arn} is not an imported certificate.")
        material = check_material(
            params["Certificate"],
            params["PrivateKey"],
            params.get("CertificateChain", b""),
            context.now,
        )
        content = read_content(material.certificate, material.chain, "")
        if before is not None and before.content is not None:
            check_reimport(before.content, content)
        content = replace(content, pem_sha256=self.save(material))
        record = CertificateRecord(
            arn=before.arn if before is not None else _new_arn(context),
            region=context.region,
            type="IMPORTED",
            status="ISSUED",
            domain_name=content.names[0],
            names=content.names,
            created_at=before.created_at if before is not None else context.now,
            imported_at=context.now,
            key_algorithm=content.key_algorithm,
            content=content,
            tags=before.tags if before is not None else tags,
        )
        if before is None:
            return state.add(record), {"CertificateArn": record.arn}
        return state.put(record), {"CertificateArn": record.arn}

    def _delete_certificate(
        self, state: AcmState, context: CallContext, params: Params
    ) -> tuple[AcmState, Result]:
        """https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html"""
        record = _get(state, context, params)
        if self.find_users(record.arn):
            raise CallRefused(
                "ResourceInUseException",
                f"Certificate {record.arn} in account {context.account} is in use.",
            )
        return state.remove(record.arn), {}


def _get(state: AcmState, context: CallContext, params: Params) -> CertificateRecord:
    return state.get(params["CertificateArn"], context.region, context.account)


def _new_arn(context: CallContext) -> str:
    return f"arn:aws:acm:{context.region}:{context.account}:certificate/{context.uuid()}"


# -- requests


def request_certificate(
    state: AcmState, context: CallContext, params: Params
) -> tuple[AcmState, Result]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"""
    _check_request(params)
    token = params.get("IdempotencyToken", "")
    for record in state.certificates:
        repeated = record.idempotency_token == token and record.region == context.region
        if token and repeated and context.now - record.created_at < IDEMPOTENCY_S:
            return state, {"CertificateArn": record.arn}
    names = list_names(params["DomainName"], params.get("SubjectAlternativeNames", ()))
    if len(names) > MAX_NAMES:
        raise CallRefused(
            "LimitExceededException",
            f"The certificate has {len(names)} domain names; it can have at most {MAX_NAMES}.",
        )
    options = params.get("Options", {})
    record = CertificateRecord(
        arn=_new_arn(context),
        region=context.region,
        type="AMAZON_ISSUED",
        status="PENDING_VALIDATION",
        domain_name=names[0],
        names=names,
        created_at=context.now,
        key_algorithm=params.get("KeyAlgorithm", "RSA_2048"),
        validations=tuple(make_validation(context.account, name) for name in names),
        idempotency_token=token,
        transparency_logging=_logs(options),
        exportable=options.get("Export") == "ENABLED",
        tags=_merge_tags({}, params.get("Tags", ())),
    )
    return state.add(record), {"CertificateArn": record.arn}


def _check_request(params: Params) -> None:
    for name, meaning in _UNSERVED.items():
        if name in params:
            raise CallRefused("InvalidParameterException", f"{name}: the twin has no {meaning}.")
    method = params.get("ValidationMethod", "EMAIL")
    if method != "DNS":
        raise CallRefused(
            "InvalidParameterException",
            f"ValidationMethod {method} (EMAIL is the default): the twin validates by DNS alone; "
            "request the certificate with ValidationMethod DNS.",
        )
    algorithm = params.get("KeyAlgorithm", "RSA_2048")
    if algorithm not in KEY_ALGORITHMS:
        raise CallRefused(
            "InvalidParameterException",
            f"KeyAlgorithm {algorithm}: a public certificate has one of "
            f"{', '.join(KEY_ALGORITHMS)}.",
        )
    names = list_names(params["DomainName"], params.get("SubjectAlternativeNames", ()))
    for option in params.get("DomainValidationOptions", ()):
        if option["DomainName"].lower() not in names:
            raise CallRefused(
                "InvalidDomainValidationOptionsException",
                f"DomainValidationOptions name {option['DomainName']}, which is none of the "
                "certificate's names.",
            )


def list_names(domain: str, others: Sequence[str]) -> tuple[str, ...]:
    """The names in lower case, each once, the domain first."""
    return tuple(dict.fromkeys(name.lower() for name in (domain, *others)))


def make_validation(account: str, name: str) -> DomainValidation:
    """The record for a name: the same in all Regions, and for the name with `*.` before it.

    https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
    """
    base = name.removeprefix("*.")
    digest = hashlib.sha256(f"{account} {base}".encode()).hexdigest()
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in digest[:10])
    return DomainValidation(
        domain=name,
        record_name=f"_{digest[:32]}.{base}.",
        record_value=f"_{digest[32:]}.{letters}.acm-validations.aws.",
    )


# -- what an import may change


def check_reimport(before: CertificateContent, after: CertificateContent) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/import-reimport.html. Raises CallRefused."""
    if before.key_algorithm != after.key_algorithm:
        raise CallRefused(
            "ValidationException",
            f"The key type and size can't be changed: {after.key_algorithm} is not "
            f"{before.key_algorithm}.",
        )
    if not set(before.names) & set(after.names):
        raise CallRefused(
            "ValidationException", "All of the domain names can't be removed from a certificate."
        )
    lost = set(before.key_usages) - set(after.key_usages)
    if before.key_algorithm.startswith("EC"):
        lost.discard("KEY_ENCIPHERMENT")
    if lost:
        raise CallRefused(
            "ValidationException", f"Key usages can't be removed: {', '.join(sorted(lost))}."
        )
    lost = before.extended_key_usages.keys() - after.extended_key_usages.keys() - {CLIENT_AUTH}
    if lost:
        raise CallRefused(
            "ValidationException",
            f"Extended key usages can't be removed: {', '.join(sorted(lost))}.",
        )


# -- the rest


def _add_tags(state: AcmState, context: CallContext, params: Params) -> tuple[AcmState, Result]:
    record = _get(state, context, params)
    tags = _merge_tags(record.tags, params["Tags"])
    return state.put(replace(record, tags=tags)), {}


def _remove_tags(state: AcmState, context: CallContext, params: Params) -> tuple[AcmState, Result]:
    """A tag that is given with a value goes only if it has that value.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_RemoveTagsFromCertificate.html
    """
    record = _get(state, context, params)
    tags = dict(record.tags)
    for tag in params["Tags"]:
        key = tag["Key"]
        if key in tags and tag.get("Value", tags[key]) == tags[key]:
            del tags[key]
    return state.put(replace(record, tags=tags)), {}


def _merge_tags(before: Mapping[str, str], given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    for tag in given:
        if tag["Key"].lower().startswith("aws:"):
            raise CallRefused(
                "InvalidTagException", f"{tag['Key']}: keys that begin with aws: are AWS's own."
            )
    tags = {**before, **{tag["Key"]: tag.get("Value", "") for tag in given}}
    if len(tags) > MAX_TAGS:
        raise CallRefused(
            "TooManyTagsException",
            f"The certificate would have {len(tags)} tags; it can have at most {MAX_TAGS}.",
        )
    return tags


def _logs(options: Mapping[str, str]) -> bool:
    return options.get("CertificateTransparencyLoggingPreference", "ENABLED") == "ENABLED"


def _update_options(
    state: AcmState, context: CallContext, params: Params
) -> tuple[AcmState, Result]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_UpdateCertificateOptions.html"""
    record = _get(state, context, params)
    if record.type == "IMPORTED" or record.status not in ("ISSUED", "PENDING_VALIDATION"):
        raise CallRefused(
            "InvalidStateException",
            f"The options of certificate {record.arn} can't be changed: it is {record.type} and "
            f"{record.status}.",
        )
    return state.put(replace(record, transparency_logging=_logs(params["Options"]))), {}


def _renew(state: AcmState, context: CallContext, params: Params) -> tuple[AcmState, Result]:
    """Only what was exported can be renewed by hand, and the twin exports nothing.

    https://docs.aws.amazon.com/acm/latest/APIReference/API_RenewCertificate.html
    """
    record = _get(state, context, params)
    if record.status == "PENDING_VALIDATION":
        raise CallRefused(
            "RequestInProgressException", f"Certificate {record.arn} is not issued yet."
        )
    why = "it is imported" if record.type == "IMPORTED" else "it was never exported"
    raise CallRefused(
        "ValidationException", f"Certificate {record.arn} is not eligible for renewal: {why}."
    )


def _resend_email(state: AcmState, context: CallContext, params: Params) -> tuple[AcmState, Result]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_ResendValidationEmail.html"""
    record = _get(state, context, params)
    raise CallRefused(
        "InvalidStateException", f"Certificate {record.arn} is not validated by e-mail."
    )
