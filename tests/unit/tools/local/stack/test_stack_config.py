"""When and how the stack file of `local` is adapted to the machine."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from common.twin_keys import UNSET_KEY
from tools.local.stack import stack_config
from twin.errors import SettingsError

TEXT = """
encryptionsalt: v1:abc
config:
  aws:endpoints:
    - ec2: http://127.0.0.1:4566
      dynamodb: http://localhost:4566
  muster:regions:
    - us-west-2
    - eu-central-1
  muster:dials: {us-west-2: 100}
"""


KEY = "AKIATWIN00ABCDEFGHIJ"


def override(
    text: str, gateway_port: int, listener_port: int, token: str = "", https_port: int = 443
) -> dict[str, Any]:
    """The adapted copy."""
    ports = stack_config.UsablePorts(gateway=gateway_port, listener=listener_port, https=https_port)
    config = stack_config.parse_stack_config(text)
    credentials = stack_config.StackCredentials(access_key=KEY, secret_key="s", token=token)
    copy = stack_config.override_stack_config(config, ports, credentials)
    assert copy.startswith("# Generated from Pulumi.local.yaml")
    document: dict[str, Any] = yaml.safe_load(copy)
    return document


def test_instance_0_with_port_80_changes_nothing_but_the_key() -> None:
    assert override(TEXT, 4566, 80) == yaml.safe_load(TEXT)
    with_key = f"{TEXT}  aws:accessKey: {UNSET_KEY}\n"
    expected = yaml.safe_load(TEXT)
    expected["config"] |= {"aws:accessKey": KEY, "aws:secretKey": "s"}
    assert override(with_key, 4566, 80) == expected


def test_temporary_credentials_have_their_token() -> None:
    document = override(f"{TEXT}  aws:accessKey: {UNSET_KEY}\n", 4566, 80, token="t")

    assert document["config"]["aws:token"] == "t"


def test_names_begin_with_project_and_stack_unless_a_prefix_is_configured() -> None:
    named = stack_config.parse_stack_config(f"{TEXT}  muster:name_prefix: mine\n")

    assert stack_config.name_prefix(stack_config.parse_stack_config(TEXT)) == "muster-local"
    assert stack_config.name_prefix(named) == "mine"


def test_a_key_that_the_user_has_chosen_stays() -> None:
    document = override(f"{TEXT}  aws:accessKey: mine\n", 4566, 80)

    assert document["config"]["aws:accessKey"] == "mine"


def test_the_stack_file_of_this_checkout_leaves_the_key_open() -> None:
    """So that a `pulumi` other than the wrapper is refused by every twin."""
    text = (Path(__file__).parents[5] / stack_config.FILE).read_text()

    assert yaml.safe_load(text)["config"]["aws:accessKey"] == UNSET_KEY


def test_another_instance_changes_every_address_of_the_gateway() -> None:
    document = override(TEXT, 4569, 80)

    assert document["config"]["aws:endpoints"] == [
        {"ec2": "http://127.0.0.1:4569", "dynamodb": "http://localhost:4569"}
    ]
    assert document["config"]["muster:dials"] == {"us-west-2": 100}
    assert document["encryptionsalt"] == "v1:abc"


def test_another_port_does_not_change_the_gateway() -> None:
    config = override(TEXT, 4566, 8080)["config"]

    assert config["muster:listener_port"] == 8080
    assert config["aws:endpoints"][0]["ec2"] == "http://127.0.0.1:4566"


def test_api_gateway_has_another_port_where_443_may_not_be_bound() -> None:
    assert override(TEXT, 4566, 80, https_port=8443)["config"]["muster:dns_https_port"] == 8443
    assert "muster:dns_https_port" not in override(TEXT, 4566, 80)["config"]


def test_a_configured_port_is_kept_where_it_may_be_bound() -> None:
    config = stack_config.parse_stack_config(TEXT + "  muster:listener_port: 443\n")

    assert config.listener_port == 443
    assert stack_config.usable_port(443, may_bind=True) == 443
    assert stack_config.usable_port(443, may_bind=False) == 8080


def test_the_home_region_is_the_first_unless_it_is_named() -> None:
    assert stack_config.parse_stack_config(TEXT).home_region == "us-west-2"
    named = stack_config.parse_stack_config(TEXT + "  muster:home_region: eu-central-1\n")
    assert named.home_region == "eu-central-1"


@pytest.mark.parametrize("text", ["a: [", "- a list", "config: a word"])
def test_an_invalid_stack_file_is_a_clear_error(text: str) -> None:
    with pytest.raises(SettingsError, match=r"Pulumi\.local\.yaml: "):
        stack_config.parse_stack_config(text)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "[80]", "8e1", "null"])
def test_an_invalid_port_is_refused_with_its_key(port: str) -> None:
    with pytest.raises(SettingsError, match=r"Pulumi\.local\.yaml: muster:listener_port = .*65535"):
        stack_config.parse_stack_config(f"{TEXT}  muster:listener_port: {port}\n")


@pytest.mark.parametrize("regions", ["us-west-2", "[]", "{us-west-2: 1}", "null"])
def test_invalid_regions_are_refused_with_their_key(regions: str) -> None:
    with pytest.raises(SettingsError, match=r"muster:regions = .* must be a list"):
        stack_config.parse_stack_config(f"config:\n  muster:regions: {regions}\n")
