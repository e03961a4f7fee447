"""The identities are published when they have changed, and not otherwise."""

from pathlib import Path

from tests.unit.twin.iam.identities import make_directory, make_policy
from twin import codec
from twin.control.access import IdentityPublisher
from twin.iam.directory import IdentityDirectory, directory_path
from twin.runtime.instance import Instance


def test_a_start_writes_no_identities_that_are_there(tmp_path: Path) -> None:
    """Where the disk is full, control would not start otherwise."""
    instance = Instance(tmp_path, 0)
    directory = make_directory(make_policy("a:b"), tags={"team": "core"})
    IdentityPublisher(instance, lambda: directory).publish()
    written = directory_path(instance).stat().st_ino

    IdentityPublisher(instance, lambda: directory).publish()

    assert directory_path(instance).stat().st_ino == written


def test_a_start_replaces_identities_that_have_changed(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    IdentityPublisher(instance, make_directory).publish()
    changed = make_directory(make_policy("a:b"))

    IdentityPublisher(instance, lambda: changed).publish()

    published = codec.loads(IdentityDirectory, directory_path(instance).read_bytes())
    assert published == changed
