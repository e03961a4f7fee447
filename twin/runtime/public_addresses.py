"""Which loopback addresses of a twin its clients may reach.

A SOCKS entrance connects for anybody, so it must lead to no address that serves the twin's owner
alone: the gateway, the processes' internal addresses, the Lambda Runtime API. It leads to no
address outside the twin either.
"""

import ipaddress

from twin.runtime.instance import API_GATEWAY_HOST, NAME_SERVER_HOSTS, Instance


def is_public_address(instance: Instance, address: str) -> bool:
    """Whether it is a static IP, a load balancer, an API Gateway, a name server or a resolver."""
    try:
        first, second, third, fourth = ipaddress.IPv4Address(address).packed
    except ValueError:
        return False
    if first != 127:
        return False
    number = instance.number
    if second in (75 + number, 99 + number, 120 + number, 160 + number):
        return True
    if second != 140 + number:
        return False
    return fourth in NAME_SERVER_HOSTS if third == 0 else fourth == API_GATEWAY_HOST
