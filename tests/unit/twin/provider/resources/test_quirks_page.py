"""docs/twin/provider-quirks.md has a row for each resource type that the program declares."""

import ast
import importlib
import re
from pathlib import Path

import pulumi
import pytest

from tests.source_files import find_sources
from twin.provider.resources.registry import resource_types

ROOT = Path(__file__).resolve().parents[5]
ROWS = re.findall(
    r"^\| `(\w+/\w+)` \| (.*?) \|.*\| (.*?) \|$",
    (ROOT / "docs/twin/provider-quirks.md").read_text(),
    re.MULTILINE,
)
NOT_ON_THE_TWIN = "the twin has no"
READ_FILE = re.compile(
    r"`[a-z0-9]+/\w+\.go` (?:[0-9a-f]{8}|of (?:late )?20\d\d)(?: \((?:old|2026)\))?"
)


def declared_types() -> set[str]:
    """Module and type of each resource class of pulumi_aws that infra imports."""
    found = set()
    for source in find_sources("infra"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pulumi_aws."):
                module = importlib.import_module(node.module or "")
                found |= {
                    token
                    for alias in node.names
                    if (token := resource_token(getattr(module, alias.name)))
                }
    return found


def resource_token(kind: object) -> str:
    """`lambda/function` of a resource class; empty for another object."""
    if not (isinstance(kind, type) and issubclass(kind, pulumi.CustomResource)):
        return ""
    _, path, _ = str(kind.pulumi_type).split(":")  # type: ignore[attr-defined]  # generated classes
    return path


def test_every_type_that_the_program_declares_has_one_row() -> None:
    """A new type: read its source, and add a row; `recording` if it was not read."""
    assert sorted(name for name, _, _ in ROWS) == sorted(declared_types())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_is_of_a_type_of_the_twin_s_provider_or_says_that_it_has_none(
    row: tuple[str, str, str],
) -> None:
    name, _, here = row
    known = {token.split(":")[1] for token in resource_types()}

    assert (name in known) != (NOT_ON_THE_TWIN in here and name not in known)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_row_names_the_file_and_the_version_that_was_read_or_says_that_none_was(
    row: tuple[str, str, str],
) -> None:
    _, source, here = row

    assert bool(READ_FILE.fullmatch(source)) != (source == "not read" and here == "recording")
