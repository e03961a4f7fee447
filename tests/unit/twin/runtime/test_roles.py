"""Names, addresses and files of a twin's roles."""

import os
from pathlib import Path

import pytest

from twin.errors import RegionUnknown, UsageError
from twin.runtime import roles
from twin.runtime.damaged_state import set_other_kinds_aside
from twin.runtime.instance import Instance

REGION = "region/eu-central-1"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path, 3)


def test_a_role_of_a_region_names_it_and_the_others_name_none() -> None:
    assert roles.region_role("eu-central-1") == REGION
    assert roles.region_of(REGION) == "eu-central-1"
    assert [roles.region_of(role) for role in roles.CORE_ROLES] == [None] * 5


def test_every_role_has_an_address_of_its_own(instance: Instance) -> None:
    every = (*roles.CORE_ROLES, REGION, "region/us-west-2")

    addresses = {roles.internal_address(instance, role) for role in every}

    assert len(addresses) == len(every)


def test_an_unknown_role_or_region_is_named(instance: Instance) -> None:
    with pytest.raises(UsageError, match="no process 'moon'; there are gateway, control, edge, "):
        roles.internal_address(instance, "moon")
    with pytest.raises(RegionUnknown, match="mars-1"):
        roles.internal_address(instance, "region/mars-1")


def test_a_role_is_run_as_a_module_and_a_region_by_its_name() -> None:
    assert roles.python_arguments("edge") == ("-m", "twin.edge")
    assert roles.python_arguments(REGION) == ("-m", "twin.region", "eu-central-1")
    assert roles.python_arguments("edge", "stand.ins") == ("-m", "stand.ins.edge")


def test_the_files_of_a_region_are_in_no_folder_of_its_name(instance: Instance) -> None:
    assert roles.run_file_path(instance, REGION) == instance.run_dir / "region-eu-central-1.json"
    assert roles.log_path(instance, REGION) == instance.logs_dir / "region-eu-central-1.log"


def test_a_region_counts_as_started_with_state_or_a_run_file(instance: Instance) -> None:
    none = roles.started_regions(instance)
    instance.region_state("us-west-2").mkdir(parents=True)
    instance.run_dir.mkdir(parents=True)
    for role in ("edge", "region/us-west-2", REGION):
        roles.run_file_path(instance, role).write_text("{}")

    assert none == ()
    assert roles.started_regions(instance) == ("eu-central-1", "us-west-2")
    assert roles.all_roles(instance) == (*roles.CORE_ROLES, REGION, "region/us-west-2")


def test_what_was_set_aside_among_the_regions_is_no_region(instance: Instance) -> None:
    regions = instance.state_dir / "regions"
    (regions / "us-west-2").mkdir(parents=True)
    os.mkfifo(regions / "eu-central-1")

    set_other_kinds_aside(instance.state_dir)

    assert (regions / "eu-central-1.damaged-1").exists()
    assert roles.started_regions(instance) == ("us-west-2",)
