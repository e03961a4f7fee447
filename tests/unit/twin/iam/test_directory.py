"""The published identities: found by key, name and ARN, and read anew at each change."""

from pathlib import Path

from twin.iam.directory import (
    DirectoryReader,
    IamAccessKey,
    IamRole,
    IamUser,
    IdentityDirectory,
    directory_path,
    write_directory,
)
from twin.runtime.instance import Instance

USER = IamUser(
    name="alice",
    arn="arn:aws:iam::123456789012:user/staff/alice",
    id="AIDA",
    keys=(
        IamAccessKey(id="AKIA1", secret="s"),
        IamAccessKey(id="AKIA2", secret="t", is_active=False),
    ),
)
ROLE = IamRole(name="reader", arn="arn:aws:iam::123456789012:role/reader", id="AROA", trust="{}")
DIRECTORY = IdentityDirectory(
    users=(USER,),
    roles=(ROLE,),
    other_arns=("arn:aws:iam::123456789012:group/path/admins",),
)


def test_only_an_active_key_is_found() -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html"""
    assert DIRECTORY.find_key("AKIA1") == (USER, USER.keys[0])
    assert DIRECTORY.find_key("AKIA2") is None
    assert DIRECTORY.find_key("AKIA3") is None


def test_identities_are_found_by_name_and_arn() -> None:
    assert DIRECTORY.find_user("alice") == USER
    assert DIRECTORY.find_user("bob") is None
    assert DIRECTORY.find_role(ROLE.arn) == ROLE
    assert DIRECTORY.find_role("reader") is None
    assert DIRECTORY.find_arn("user", "alice") == USER.arn
    assert DIRECTORY.find_arn("group", "admins") == DIRECTORY.other_arns[0]
    assert DIRECTORY.find_arn("group", "alice") is None


def test_a_reader_sees_each_publication_at_once(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    reader = DirectoryReader(directory_path(instance))

    assert reader.current() == IdentityDirectory()
    write_directory(instance, DIRECTORY)
    assert reader.current() == DIRECTORY
    assert reader.current() is reader.current()
    write_directory(instance, IdentityDirectory(roles=(ROLE,)))
    assert reader.current() == IdentityDirectory(roles=(ROLE,))


def test_other_users_of_the_machine_cannot_read_the_secrets(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)

    write_directory(instance, DIRECTORY)

    assert directory_path(instance).stat().st_mode & 0o777 == 0o600


def test_a_directory_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    write_directory(instance, DIRECTORY)
    reader = DirectoryReader(directory_path(instance))
    reader.current()

    directory_path(instance).write_text("{cut short")

    assert reader.current() == IdentityDirectory()
