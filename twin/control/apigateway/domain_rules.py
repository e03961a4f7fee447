"""Rules of regional custom domain names and of their mappings, the same for both APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from twin.control.apigateway.errors import bad_request, conflict
from twin.control.apigateway.limits import DOMAINS, MAPPINGS, check_quota
from twin.control.apigateway.model import ApiGatewayState, DomainMapping, DomainRecord
from twin.control.document_service import CallContext
from twin.core.http.server_names import matches_name

_NAME = re.compile(
    r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?"
)
_ARN = re.compile(r"arn:aws[\w-]*:acm:(?P<region>[\w-]+):(?P<account>\d{12}):certificate/[\w-]+")
_KEY = re.compile(r"[A-Za-z0-9$_.+!*'()/-]*")
MAX_KEY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateFacts:
    """What a domain name has to know of a certificate."""

    names: tuple[str, ...]
    """In lower case; the first label of one may be `*`."""
    is_issued: bool


FindCertificate = Callable[[str], CertificateFacts | None]
"""By ARN."""


def check_domain_name(name: str) -> str:
    """The name in lower case. Raises CallRefused."""
    lowered = name.lower().removesuffix(".")
    if len(lowered) > 253 or not _NAME.fullmatch(lowered):
        raise bad_request(f"Invalid domain name identifier specified: {name}")
    return lowered


def check_certificate(
    arn: str | None, name: str, context: CallContext, find_certificate: FindCertificate
) -> str:
    """The ARN of an issued certificate of this Region that covers the name. Raises CallRefused."""
    if not arn:
        raise bad_request("A certificate was not provided for the endpoint type REGIONAL.")
    parsed = _ARN.fullmatch(arn)
    if parsed is None:
        raise bad_request(f"Invalid certificate ARN: {arn}")
    if parsed["region"] != context.region:
        raise bad_request(
            f"Invalid certificate ARN: {arn}. Certificate must be in '{context.region}'."
        )
    if parsed["account"] != context.account:
        raise bad_request(
            "The certificate provided must be owned by the account creating the domain."
        )
    found = find_certificate(arn)
    if found is None:
        raise bad_request("The provided certificate does not exist.")
    if not found.is_issued:
        raise bad_request(f"Certificate {arn} in account {context.account} not yet issued")
    if not any(matches_name(one, name) for one in found.names):
        raise bad_request(
            "The domain name to be created is not covered by the provided certificate."
        )
    return arn


def add_domain(state: ApiGatewayState, domain: DomainRecord, code: str) -> ApiGatewayState:
    """The state with a new domain name. `code` is the API's for quotas. Raises CallRefused."""
    if state.has_domain(domain.name, domain.region):
        raise conflict("The domain name you provided already exists.")
    in_region = [one for one in state.domains.values() if one.region == domain.region]
    check_quota(in_region, DOMAINS, "domain names", code)
    return state.put_domain(domain)


def make_regional_name(context: CallContext) -> str:
    """The name that the DNS record of a custom domain name leads to."""
    return f"d-{context.token(10)}.execute-api.{context.region}.amazonaws.com"


def check_mapping_key(key: str) -> str:
    """The key without outer slashes. Raises CallRefused."""
    if len(key) > MAX_KEY or not _KEY.fullmatch(key) or key != key.strip("/") or "//" in key:
        raise bad_request(
            "API mapping key should contain only letters, numbers and one of the following "
            f"characters: $-_.+!*'()/, of at most {MAX_KEY} characters, and without slashes at "
            "its ends"
        )
    return key


def check_mapping(key: str, others: Collection[DomainMapping], code: str) -> None:
    """Refuse a key that one of the domain name's other mappings has. Raises CallRefused."""
    if any(mapping.key == key for mapping in others):
        raise conflict("Base path already exists for this domain name")
    check_quota(others, MAPPINGS, "API mappings", code)


def check_unmapped(state: ApiGatewayState, api_id: str, stage: str) -> None:
    """Refuse to delete a stage that a domain name leads to. Raises CallRefused."""
    domains = state.mapped_domains(api_id, stage)
    if domains:
        raise bad_request(
            f"Deleting stage {stage} failed. Please remove all base path mappings related to the "
            f"stage in your domains: {', '.join(domains)}"
        )
