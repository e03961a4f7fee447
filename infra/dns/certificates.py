"""A certificate in each Region, requested from ACM and validated by records in Route 53.

ACM renews a certificate as long as its validation records stay:
https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html

An account has one validation record for a name, whatever the Region of the certificate. So the
record of a name that the Regions share is made once, as the home Region's certificate asks for it,
and no Region that leaves takes it along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.acm import Certificate, CertificateValidation
from pulumi_aws.acm.outputs import CertificateDomainValidationOption
from pulumi_aws.route53 import Record

VALIDATION_TTL_S = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedName:
    """A name of a certificate, and the zone for its validation record."""

    name: str
    zone_id: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesArgs:
    home_region: str
    """One of the keys of `own`."""
    shared: Sequence[CertifiedName]
    """Names of all certificates; the first one is their main name."""
    own: Mapping[str, Sequence[CertifiedName]]
    """Region -> names of its certificate alone."""
    tags: Mapping[str, str]


class Certificates(pulumi.ComponentResource):
    """Certificates, their validation records, and the wait until ACM has issued them."""

    arns: dict[str, pulumi.Output[str]]
    """By Region; known once the certificate is issued."""

    def __init__(
        self, name: str, args: CertificatesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Certificates", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        requested = {region: self._request(region) for region in args.own}
        shared = [
            self._validate(f"shared-{index}", requested[args.home_region], certified)
            for index, certified in enumerate(args.shared)
        ]
        self.arns = {
            region: self._wait(region, certificate, shared)
            for region, certificate in requested.items()
        }
        self.register_outputs({"arns": self.arns})

    def _request(self, region: str) -> Certificate:
        names = [certified.name for certified in (*self._args.shared, *self._args.own[region])]
        return Certificate(
            f"{self._name}-{region}",
            region=region,
            domain_name=names[0],
            subject_alternative_names=names[1:],
            validation_method="DNS",
            tags=dict(self._args.tags),
            # What uses the old one gets the new one first.
            opts=self._child,
        )

    def _wait(
        self, region: str, certificate: Certificate, shared: Sequence[Record]
    ) -> pulumi.Output[str]:
        own = [
            self._validate(f"{region}-{index}", certificate, certified)
            for index, certified in enumerate(self._args.own[region])
        ]
        return CertificateValidation(
            f"{self._name}-{region}",
            region=region,
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn for record in (*shared, *own)],
            opts=self._child,
        ).certificate_arn

    def _validate(self, suffix: str, certificate: Certificate, certified: CertifiedName) -> Record:
        option = certificate.domain_validation_options.apply(
            lambda options: find_option(options, certified.name)
        )
        return Record(
            f"{self._name}-{suffix}",
            zone_id=certified.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=VALIDATION_TTL_S,
            # Another stack of the account may have made it for the same name.
            allow_overwrite=True,
            opts=self._child,
        )


def find_option(
    options: Sequence[CertificateDomainValidationOption], name: str
) -> CertificateDomainValidationOption:
    """The validation record that ACM asks for; a certificate has one for each of its names."""
    return next(option for option in options if option.domain_name == name)
