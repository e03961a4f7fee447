"""Faults on disk."""

from pathlib import Path

import pytest

from tests.unit.twin.faults.builders import network_cut, store_faults
from twin.core.faults import Faults
from twin.errors import StateCorrupt
from twin.faults.store import read_faults
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 0)


def test_stored_faults_are_read_again(instance: Instance) -> None:
    store_faults(instance, network_cut(1060.0))

    assert read_faults(instance) == Faults(faults=(network_cut(1060.0),))


def test_without_a_file_there_are_no_faults(instance: Instance) -> None:
    assert read_faults(instance) == Faults()


def test_a_broken_file_says_what_to_do(instance: Instance) -> None:
    instance.state_dir.mkdir(parents=True)
    instance.faults_path.write_text("{")

    with pytest.raises(StateCorrupt, match="delete it"):
        read_faults(instance)
