"""Certificate Manager: a certificate that exists already, by its domain name or its tags."""

from collections.abc import Iterable, Iterator

from twin.provider.errors import ProviderError
from twin.provider.schema.resource_type import DataSource, OperationContext
from twin.provider.schema.tags import from_tag_pairs, without_aws_tags
from twin.provider.values import Properties


def _read_certificate(context: OperationContext, args: Properties) -> Properties:
    """Of several certificates the one that is valid last begins, if `mostRecent` says so."""
    if not (args.get("domain") or args.get("tags")):
        raise ProviderError("getCertificate needs domain or tags")
    found = list(_matching(context, args))
    wanted = f"domain {args.get('domain') or 'any'}, tags {args.get('tags') or 'any'}"
    if not found:
        raise ProviderError(f"no certificate of ACM in {context.region} has {wanted}")
    if len(found) > 1 and not args.get("mostRecent"):
        raise ProviderError(
            f"{len(found)} certificates of ACM in {context.region} have {wanted}: set mostRecent, "
            "or name more of their tags"
        )
    chosen = max(found, key=_begin)
    return {
        **args,
        "id": context.region,
        "region": context.region,
        "arn": chosen["CertificateArn"],
        "domain": chosen["DomainName"],
        "status": chosen["Status"],
        "tags": chosen["Tags"],
        **_read_texts(context, chosen),
    }


def _matching(context: OperationContext, args: Properties) -> Iterator[Properties]:
    """Descriptions, with Tags, of the certificates that the arguments name."""
    for summary in _list(context, args):
        if args.get("domain") and summary["DomainName"] != args["domain"]:
            continue
        named = {"CertificateArn": summary["CertificateArn"]}
        described = context.call("DescribeCertificate", named)["Certificate"]
        if args.get("types") and described.get("Type") not in args["types"]:
            continue
        pairs = context.call("ListTagsForCertificate", named).get("Tags")
        tags = without_aws_tags(from_tag_pairs(pairs))
        if (args.get("tags") or {}).items() <= tags.items():
            yield {**described, "Tags": tags}


def _list(context: OperationContext, args: Properties) -> Iterable[Properties]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_ListCertificates.html"""
    params: Properties = {"CertificateStatuses": args.get("statuses") or ["ISSUED"]}
    if args.get("keyTypes"):
        params["Includes"] = {"keyTypes": args["keyTypes"]}
    while True:
        page = context.call("ListCertificates", params)
        yield from page.get("CertificateSummaryList", [])
        if not page.get("NextToken"):
            return
        params["NextToken"] = page["NextToken"]


def _begin(described: Properties) -> str:
    return str(described.get("NotBefore") or described.get("CreatedAt"))


def _read_texts(context: OperationContext, described: Properties) -> Properties:
    if described["Status"] != "ISSUED":
        return {"certificate": "", "certificateChain": ""}
    texts = context.call("GetCertificate", {"CertificateArn": described["CertificateArn"]})
    return {
        "certificate": texts["Certificate"],
        "certificateChain": texts.get("CertificateChain", ""),
    }


DATA_SOURCES = (
    DataSource(
        name="aws:acm/getCertificate:getCertificate",
        service="acm",
        arguments=frozenset(
            {"domain", "keyTypes", "mostRecent", "region", "statuses", "tags", "types"}
        ),
        read=_read_certificate,
    ),
)
