"""Addresses and files of one twin."""

import ipaddress
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import SettingsError
from twin.geography import CLIENT_NET, REGIONS, Location
from twin.runtime.instance import MAX_INSTANCE, Instance, find_instance

NUMBERS = st.integers(min_value=0, max_value=MAX_INSTANCE)


def test_the_first_accelerator_has_the_addresses_that_the_readme_shows() -> None:
    assert Instance(Path("/t"), 0).static_ips(0) == ("127.75.2.106", "127.99.19.244")


@given(NUMBERS, st.integers(min_value=0, max_value=500), st.integers(min_value=0, max_value=500))
def test_accelerators_never_share_an_address(number: int, one: int, other: int) -> None:
    instance = Instance(Path("/t"), number)

    shared = set(instance.static_ips(one)) & set(instance.static_ips(other))

    assert bool(shared) == (one == other)


@given(NUMBERS, NUMBERS)
def test_twins_never_share_a_network(one: int, other: int) -> None:
    def networks(number: int) -> set[str]:
        instance = Instance(Path("/t"), number)
        addresses = (
            *instance.static_ips(0),
            instance.control_address[0],
            instance.region_address("us-west-2")[0],
            instance.load_balancer_address("us-west-2", 1),
        )
        return {address.split(".")[1] for address in addresses}

    assert bool(networks(one) & networks(other)) == (one == other)


@given(NUMBERS, st.sampled_from(REGIONS), st.integers(min_value=0, max_value=200))
def test_every_address_is_on_loopback(number: int, region: Location, ordinal: int) -> None:
    instance = Instance(Path("/t"), number)
    addresses = (
        instance.gateway_address[0],
        instance.control_address[0],
        instance.edge_address[0],
        instance.region_address(region.name)[0],
        instance.runtime_api_address(region.name)[0],
        instance.load_balancer_address(region.name, ordinal % 254 + 1),
        *instance.static_ips(ordinal),
    )

    assert all(ipaddress.IPv4Address(a).is_loopback for a in addresses)
    assert len(set(addresses)) == len(addresses)
    assert not any(a.startswith(CLIENT_NET) for a in addresses)


def test_the_environment_names_the_twin() -> None:
    environ = {"TWIN_HOME": "/somewhere", "TWIN_INSTANCE": "3"}

    instance = find_instance(environ, Path("/elsewhere"))

    assert instance == Instance(Path("/somewhere"), 3)
    assert instance.endpoint_url == "http://127.0.0.1:4569"


def test_without_an_environment_it_is_the_folders_own_twin(tmp_path: Path) -> None:
    assert find_instance({}, tmp_path) == Instance(tmp_path / ".twin", 0)


def test_a_home_remembers_its_number(tmp_path: Path) -> None:
    (tmp_path / ".twin").mkdir()
    (tmp_path / ".twin" / "instance").write_text("5\n")

    assert find_instance({}, tmp_path).number == 5


def test_the_error_for_a_shell_of_an_earlier_twin_says_what_to_source(
    tmp_path: Path,
) -> None:
    (tmp_path / "instance").write_text("5\n")
    environ = {"TWIN_HOME": str(tmp_path), "TWIN_INSTANCE": "3"}

    with pytest.raises(SettingsError, match=r"TWIN_INSTANCE is 3, .* is instance 5: .* source "):
        find_instance(environ, Path("/elsewhere"))

    assert find_instance({**environ, "TWIN_INSTANCE": "5"}, Path("/elsewhere")).number == 5


@pytest.mark.parametrize("number", ["x", "1.5", "-1", "20"])
def test_a_wrong_number_is_refused(number: str) -> None:
    with pytest.raises(SettingsError, match=number):
        find_instance({"TWIN_INSTANCE": number}, Path("/t"))


@pytest.mark.parametrize("index", [0, 255])
def test_a_load_balancer_beyond_the_network_is_refused(index: int) -> None:
    with pytest.raises(SettingsError, match="must be 1 to 254"):
        Instance(Path("/t"), 0).load_balancer_address("us-west-2", index)


def test_a_home_of_another_user_is_not_used(tmp_path: Path) -> None:
    """Only root can make one; for another user the root folder is one."""
    home = tmp_path / "home"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, 65534, 65534)
    else:
        home = Path("/")

    with pytest.raises(SettingsError, match=f"{home} belongs to user"):
        find_instance({"TWIN_HOME": str(home)}, tmp_path)


def test_a_damaged_instance_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "instance").write_bytes(b"\xa7\xff")

    with pytest.raises(SettingsError, match=r"/instance\): not a number"):
        find_instance({"TWIN_HOME": str(tmp_path)}, tmp_path)


def test_a_record_of_the_number_that_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "instance")

    with pytest.raises(SettingsError, match="instance can't be read: it is a FIFO, not a file"):
        find_instance({"TWIN_HOME": str(tmp_path)}, tmp_path)
