"""Who a caller is: credentials that nobody made in IAM act as the account's root user.

The twin takes any credentials, as local clouds do; moto names their owner by a user that IAM does
not have, with an ARN that AWS never writes.
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
"""

from collections.abc import Callable
from typing import Any

from moto.sts import models

from twin.moto.patching import replace_method

MOTOS_OWN = ":user/moto"

Identity = tuple[str, str, str]
"""User id, ARN, account."""


def apply() -> None:
    """Correct moto's STS."""
    replace_method(models.STSBackend, "get_caller_identity", _get_caller_identity)


def _get_caller_identity(original: Callable[..., Identity]) -> Callable[..., Identity]:
    def get_caller_identity(self: Any, access_key_id: str, region: str) -> Identity:
        identity = original(self, access_key_id, region)
        if not identity[1].endswith(MOTOS_OWN):
            return identity
        return self.account_id, f"arn:{self.partition}:iam::{self.account_id}:root", self.account_id

    return get_caller_identity
