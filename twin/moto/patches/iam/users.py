"""Corrections of moto's users and groups: their ids, and what a new name or path leaves alone."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import EntityAlreadyExists, NotFoundException, ValidationError
from moto.iam.models import Group, IAMBackend, InstanceProfile, User
from moto.iam.responses import IamResponse

from twin.moto.patches.patching import replace_method, set_attribute

_PREFIXES = ((User, "AIDA"), (Group, "AGPA"), (InstanceProfile, "AIPA"))
_ID_LENGTH = 21
_SESSION_KEY = "ASIA"
"""How access keys of sessions begin: the page of identifiers has all prefixes."""


def patch_users() -> None:
    """Patch moto's IAM."""
    for kind, prefix in _PREFIXES:
        replace_method(kind, "__init__", _with_prefixed_id(prefix))
    replace_method(IAMBackend, "update_user", _update_user)
    replace_method(IamResponse, "get_user", _get_user)
    set_attribute(IAMBackend, "update_group", _update_group)


def _with_prefixed_id(prefix: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """An id tells what it is of; moto's are random letters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """

    def make(original: Callable[..., None]) -> Callable[..., None]:
        def init(self: Any, *args: Any, **options: Any) -> None:
            original(self, *args, **options)
            self.id = f"{prefix}{self.id.upper()}"[:_ID_LENGTH]

        return init

    return make


class _RootUser(User):
    """The account's own user, which nobody has made: it has the account's id, and no name.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """

    def __init__(self, account: str, region: str) -> None:
        super().__init__(account, region, name="")
        self.id = account

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:root"

    def is_created(self) -> bool:
        return True


def _get_user(original: Callable[..., Any]) -> Callable[..., Any]:
    """Without a name it is of the user who calls: moto makes one up where none has the key.

    A role's session is no user.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html
    """

    def get_user(self: Any) -> Any:
        key = self.get_access_key()
        if self._get_param("UserName") or self.backend.get_user_from_access_key_id(key):
            return original(self)
        if key.startswith(_SESSION_KEY):
            raise ValidationError("Must specify userName when calling with non-User credentials")
        return ActionResult({"User": _RootUser(self.current_account, self.region)})

    return get_user


def _update_user(original: Callable[..., Any]) -> Callable[..., Any]:
    """A new name must be free, where moto would replace the user who has it; tags and keys stay.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html
    """

    def update_user(
        self: Any, user_name: str, new_path: str | None = None, new_user_name: str | None = None
    ) -> None:
        if new_user_name and new_user_name != user_name and new_user_name in self.users:
            raise EntityAlreadyExists(f"User {new_user_name} already exists")
        user = self.users.get(user_name)
        old_arn = None if user is None else user.arn
        original(self, user_name, new_path, new_user_name)
        if user is None or user.arn == old_arn:
            return
        # moto keeps a user's tags by the ARN, which has path and name.
        self.tagger.copy_tags(old_arn, user.arn)
        self.tagger.delete_all_tags_for_resource(old_arn)
        for key in user.access_keys:
            key.user_name = user.name

    return update_user


def _update_group(
    self: Any, group_name: str, new_group_name: str | None, new_path: str | None
) -> None:
    """A group gets a new path, a new name or both; moto takes a path with another name only.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html
    """
    group = self.groups.get(group_name)
    if group is None:
        raise NotFoundException(f"Group {group_name} not found")
    name = new_group_name or group_name
    if name != group_name and name in self.groups:
        raise EntityAlreadyExists(f"Group {name} already exists")
    del self.groups[group_name]
    group.name = name
    group.path = new_path or group.path
    self.groups[name] = group
