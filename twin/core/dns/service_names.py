"""Names that AWS owns: of APIs and custom domains, accelerators, load balancers, name servers.

On AWS they are records in AWS's own zones, with a TTL of 60 s for load balancers; the same is taken
for the others, of which AWS gives no figure:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from twin.core.dns.names import DomainName, parse_domain_name
from twin.core.dns.record_groups import RecordGroup, RoutingPolicy
from twin.core.dns.zones import DnsIndex, build_dns_index
from twin.topology.model import Topology
from twin.topology.route53 import HostedZone, ResourceRecordSet

TTL_S = 60
_DUALSTACK = b"dualstack"
_SOA = "ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"

Addresses = Mapping[str, tuple[str, ...]]
"""Host name, absolute -> its addresses."""


def index_topology(topology: Topology, name_servers: Sequence[str]) -> DnsIndex:
    """Index the hosted zones and the names that AWS owns.

    `name_servers`: addresses, to which the servers that zones name lead in their order.
    """
    api_gateways = {
        f"execute-api.{region}.amazonaws.com.": _api_gateway_names(topology, region)
        for region in topology.regions
    }
    accelerators = {a.dns_name.lower(): a.ips for a in topology.accelerators if a.dns_name}
    servers = dict(_name_server_addresses(topology, name_servers))
    zones: dict[str, Addresses] = {
        **api_gateways,
        "awsglobalaccelerator.com.": {f"{name}.": ips for name, ips in accelerators.items()},
    }
    for host, addresses in servers.items():
        parent = host.partition(".")[2]
        zones[parent] = {**zones.get(parent, {}), host: addresses}
    targets = [target for names in api_gateways.values() for target in _targets_of(names)]
    targets += _targets_of(zones["awsglobalaccelerator.com."])
    targets += _load_balancers(topology)
    return build_dns_index(
        topology.route53,
        service_zones=[_service_zone(name, names) for name, names in zones.items() if names],
        alias_targets={name: group for group in targets for name in _alias_names(group.name)},
    )


def _api_gateway_names(topology: Topology, region: str) -> Addresses:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html"""
    gateway = topology.regions[region].api_gateway
    if not gateway.address:
        return {}
    hosts = [f"{api.id}.execute-api.{region}.amazonaws.com." for api in gateway.apis]
    hosts += [f"{domain.regional_name.lower()}." for domain in gateway.domains]
    return dict.fromkeys(hosts, (gateway.address,))


def _name_server_addresses(
    topology: Topology, addresses: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Hosts as AWS names them, `ns-1.awsdns-00.com`; others are not AWS's."""
    for zone in topology.route53.zones:
        servers = (r for r in zone.records if r.type == "NS" and r.name == zone.name)
        for host, address in zip((v for r in servers for v in r.values), addresses, strict=False):
            absolute = host.lower().rstrip(".") + "."
            if absolute.partition(".")[2].startswith("awsdns-"):
                yield absolute, (address,)


def _service_zone(name: str, hosts: Addresses) -> HostedZone:
    records = [
        ResourceRecordSet(name=host, type="A", ttl_s=TTL_S, values=addresses)
        for host, addresses in hosts.items()
    ]
    soa = ResourceRecordSet(name=name, type="SOA", ttl_s=900, values=(_SOA,))
    return HostedZone(id="", name=name, records=(soa, *records))


def _targets_of(hosts: Addresses) -> Iterator[RecordGroup]:
    """One of a host's addresses answers for an alias.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-choosing-alias-non-alias.html
    """
    for host, addresses in hosts.items():
        records = [
            ResourceRecordSet(name=host, type="A", ttl_s=TTL_S, values=(address,), weight=1)
            for address in addresses
        ]
        yield _target(host, records, RoutingPolicy.WEIGHTED)


def _load_balancers(topology: Topology) -> Iterator[RecordGroup]:
    """The DNS name of a load balancer of the twin is its address; its ARN names its health."""
    for region in topology.regions.values():
        for balancer in region.load_balancers:
            record = ResourceRecordSet(
                name=f"{balancer.address}.",
                type="A",
                ttl_s=TTL_S,
                values=(balancer.address,),
                health_check_id=balancer.arn,
            )
            yield _target(record.name, [record], RoutingPolicy.SIMPLE)


def _target(host: str, records: Iterable[ResourceRecordSet], policy: RoutingPolicy) -> RecordGroup:
    return RecordGroup(parse_domain_name(host), "A", policy, tuple(records))


def _alias_names(name: DomainName) -> tuple[DomainName, DomainName]:
    """The name, and with the prefix that the console writes for load balancers."""
    return name, (_DUALSTACK, *name)
