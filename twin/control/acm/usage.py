"""Certificates in the Topology: who uses one, and what a Region's process gets."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from twin.control.acm.model import AcmState
from twin.topology.model import Certificate, RegionTopology, Topology


def find_users(topology: Topology, arn: str) -> tuple[str, ...]:
    """ARNs of the load balancers and custom domain names that use a certificate."""
    return tuple(user for name, user in _uses(topology) if name == arn)


def _uses(topology: Topology) -> Iterator[tuple[str, str]]:
    """(certificate, its user)."""
    for name, region in topology.regions.items():
        for balancer in region.load_balancers:
            used = {
                arn
                for listener in balancer.listeners
                if listener.tls is not None
                for arn in listener.tls.certificates
            }
            yield from ((arn, balancer.arn) for arn in sorted(used))
        for domain in region.api_gateway.domains:
            arn = f"arn:aws:apigateway:{name}::/domainnames/{domain.name}"
            yield domain.certificate_arn, arn


def service_names(topology: Topology) -> Iterator[tuple[str, str]]:
    """(Region, name with a wildcard) of the names of AWS's own that Regions serve with TLS.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
    """
    for name, region in topology.regions.items():
        if region.api_gateway.apis or region.api_gateway.domains:
            yield name, f"*.execute-api.{name}.amazonaws.com"


def add_certificates(topology: Topology, state: AcmState) -> Topology:
    """The Topology with the certificates of the Regions that serve anything."""
    by_region = _by_region(state)
    regions: Mapping[str, RegionTopology] = {
        name: replace(region, certificates=by_region.get(name, ()))
        for name, region in topology.regions.items()
    }
    return replace(topology, regions=dict(regions))


def _by_region(state: AcmState) -> dict[str, tuple[Certificate, ...]]:
    found: dict[str, tuple[Certificate, ...]] = {}
    for record in state.certificates:
        if record.content is not None:
            certificate = Certificate(
                arn=record.arn,
                names=record.content.names,
                pem_sha256=record.content.pem_sha256,
            )
            found[record.region] = (*found.get(record.region, ()), certificate)
    for own in state.service_certificates:
        certificate = Certificate(arn="", names=(own.name,), pem_sha256=own.pem_sha256)
        found[own.region] = (*found.get(own.region, ()), certificate)
    return found
