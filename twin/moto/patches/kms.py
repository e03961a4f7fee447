"""Corrections of moto's KMS, which the twin serves for AWS's own keys only.

Such a key exists from its first use on. moto makes it with a random id, as a key of the customer;
here it has the id that ListAliases shows, and belongs to AWS. It has no private key: nothing is
signed, and no snapshot could be taken of a state with one.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
"""

from collections.abc import Callable
from typing import Any

from moto.kms import models
from moto.kms.utils import RESERVED_ALIASE_TARGET_KEY_IDS

from twin.moto.patches.patching import replace_method, set_attribute


def patch_kms() -> None:
    """Give AWS's own keys a lasting id and their owner."""
    replace_method(models.KmsBackend, "_generate_default_keys", _generate_default_keys)
    set_attribute(models, "generate_private_key", _no_private_key)


def _no_private_key(_key_spec: str) -> None:
    return None


def _generate_default_keys(
    _original: Callable[..., str | None],
) -> Callable[[Any, str], str | None]:
    def generate_default_keys(self: Any, alias_name: str) -> str | None:
        key_id = RESERVED_ALIASE_TARGET_KEY_IDS.get(alias_name)
        if key_id is None:
            return None
        service = alias_name.rpartition("/")[2]
        description = f"Default key that protects my {service} data when no other key is defined"
        make_key: Any = models.Key  # abstract to a type checker
        key = make_key(
            None,
            "ENCRYPT_DECRYPT",
            "SYMMETRIC_DEFAULT",
            description,
            self.account_id,
            self.region_name,
        )
        key.id, key.key_manager = key_id, "AWS"
        key.arn = f"{key.arn.rpartition('/')[0]}/{key_id}"
        self.keys[key_id] = key
        self.create_alias(key_id, alias_name)
        return key_id

    return generate_default_keys
