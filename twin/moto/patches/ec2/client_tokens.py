"""Creations with a client token: a repeated one returns what the first has made.

moto takes each for a new one, so that an SDK that repeats a call whose answer was lost makes two.
https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses.network_acls import NetworkACLs
from moto.ec2.responses.route_tables import RouteTables
from moto.ec2.responses.vpcs import VPCs

from twin.moto.patches.patching import replace_method

_TOKEN = "ClientToken"  # noqa: S105 - the name of a parameter


class _IdempotentParameterMismatch(EC2ClientError):
    code = "IdempotentParameterMismatch"

    def __init__(self, token: str) -> None:
        super().__init__(
            f"The client token {token} was used in a request with other parameters before."
        )


def patch_client_tokens() -> None:
    """Patch moto's EC2."""
    replace_method(NetworkACLs, "create_network_acl", _create_once)
    replace_method(RouteTables, "create_route_table", _create_once)
    replace_method(VPCs, "create_vpc_endpoint", _create_once)


def _create_once(original: Any) -> Any:
    def create(self: Any) -> Any:
        given = dict(self.params)
        token = given.pop(_TOKEN, None)
        if not token:
            return original(self)
        made = self.ec2_backend.__dict__.setdefault("made_by_client_token", {})
        key = (original.__name__, token)
        if key not in made:
            made[key] = (given, original(self).result)
        before, result = made[key]
        if before != given:
            raise _IdempotentParameterMismatch(token)
        return ActionResult(result)

    return create
