"""Versions of Pulumi and Go, and which Go can build."""

import pytest

from tools.setup.layout import CheckoutLayout
from tools.setup.pulumi_cli import (
    Version,
    can_go_build,
    parse_version,
    required_go_version,
    required_version,
)

GO_MOD = """module muster/tools/pulumi/cli

go 1.25.11

require github.com/pulumi/pulumi/pkg/v3 v3.259.0

require (
	github.com/pulumi/pulumi/sdk/v3 v3.258.1 // indirect
)
"""


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0\n", (3, 259, 0)),
        ("go1.26\n", (1, 26, 0)),
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("3.300.1-dev+abc", (3, 300, 1)),
        ("", None),
        ("unknown", None),
    ],
)
def test_versions_are_read_as_programs_print_them(text: str, version: Version | None) -> None:
    assert parse_version(text) == version


def test_a_go_mod_names_its_go_and_its_requirements() -> None:
    assert required_go_version(GO_MOD) == (1, 25, 11)
    assert required_version(GO_MOD, "github.com/pulumi/pulumi/pkg/v3") == "v3.259.0"
    assert required_version(GO_MOD, "github.com/pulumi/pulumi/sdk/v3") == "v3.258.1"


def test_a_version_missing_from_a_go_mod_is_an_error() -> None:
    with pytest.raises(KeyError, match="other"):
        required_version(GO_MOD, "other")
    with pytest.raises(KeyError, match="go"):
        required_go_version("module x\n")


@pytest.mark.parametrize(
    ("found", "toolchain", "will_do"),
    [
        ((1, 26, 8), "local", True),
        ((1, 25, 11), "local", True),
        ((1, 25, 10), "local", False),
        ((1, 22, 0), "auto", True),
        ((1, 22, 0), "local", False),
        ((1, 19, 8), "", False),
    ],
)
def test_an_older_go_can_build_only_if_it_may_download_a_newer_one(
    found: Version, toolchain: str, will_do: bool
) -> None:
    assert can_go_build(found, toolchain, (1, 25, 11)) is will_do


@pytest.mark.parametrize("module", ["cli", "language"])
def test_the_modules_of_this_checkout_can_be_read(module: str, layout: CheckoutLayout) -> None:
    text = (layout.go_modules / module / "go.mod").read_text()

    assert required_go_version(text) >= (1, 21, 0)
