"""Faults on disk."""

import os
from pathlib import Path

import pytest

from tests.unit.twin.faults.builders import network_cut, store_faults
from twin.core.faults import Faults
from twin.faults.store import read_faults
from twin.runtime.damaged_state import find_damaged
from twin.runtime.instance import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 0)


def test_stored_faults_are_read_again(instance: Instance) -> None:
    store_faults(instance, network_cut(1060.0))

    assert read_faults(instance) == Faults(faults=(network_cut(1060.0),))


def test_without_a_file_there_are_no_faults(instance: Instance) -> None:
    assert read_faults(instance) == Faults()


def test_a_damaged_file_is_no_fault_and_is_kept_at_the_next_change(instance: Instance) -> None:
    instance.state_dir.mkdir(parents=True)
    instance.faults_path.write_text("{")

    assert read_faults(instance) == Faults()
    store_faults(instance, network_cut(1060.0))

    assert read_faults(instance) == Faults(faults=(network_cut(1060.0),))
    (kept,) = find_damaged(instance.state_dir)
    assert kept.read_text() == "{"


def test_a_file_of_gigabytes_is_no_fault_and_is_kept_at_the_next_change(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.state_dir.mkdir(parents=True)
    instance.faults_path.touch()
    os.truncate(instance.faults_path, 3 << 30)

    assert read_faults(instance) == Faults()
    assert "it is a file of 3221225472 bytes, where at most" in caplog.text
    store_faults(instance, network_cut(1060.0))

    assert read_faults(instance) == Faults(faults=(network_cut(1060.0),))
    (kept,) = find_damaged(instance.state_dir)
    assert kept.stat().st_size == 3 << 30
