"""Pages of functions, versions and aliases over boto3."""

import pytest

from tests.functional.twin.aws_errors import Client, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import create_function
from tests.lambda_function import make_zip
from twin.moto.patches.lambda_.pages import LISTS

NAMES = ["paged1", "paged2", "paged3"]


@pytest.fixture(scope="module")
def role(shared: ControlProcess) -> str:
    """A role for functions of the module."""
    return create_function(shared, FRANKFURT, "pages")[0]


def test_a_caller_that_deletes_what_a_page_of_functions_shows_sees_every_one(
    functions: Client, role: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    for name in NAMES:
        functions.create_function(
            FunctionName=name,
            Role=role,
            Handler="a.b",
            Runtime="python3.13",
            Code={"ZipFile": make_zip()},
        )

    seen = list[str]()
    pages = functions.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    for page in pages:
        assert len(page["Functions"]) == 1
        (name,) = (function["FunctionName"] for function in page["Functions"])
        seen.append(name)
        if name in NAMES:
            functions.delete_function(FunctionName=name)

    assert sorted(name for name in seen if name in NAMES) == NAMES


def test_versions_and_aliases_come_in_pages(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
    https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html
    """
    functions.create_function(
        FunctionName="paged-versions",
        Role=role,
        Handler="a.b",
        Runtime="python3.13",
        Code={"ZipFile": make_zip()},
    )
    functions.publish_version(FunctionName="paged-versions")
    for name in ("blue", "green"):
        functions.create_alias(FunctionName="paged-versions", Name=name, FunctionVersion="1")

    def list_by_one(operation: str, items: str, name: str) -> list[str]:
        pages = functions.get_paginator(operation).paginate(
            FunctionName="paged-versions", PaginationConfig={"PageSize": 1}
        )
        return [str(item[name]) for page in pages for item in page[items]]

    versions = list_by_one("list_versions_by_function", "Versions", "Version")
    aliases = list_by_one("list_aliases", "Aliases", "Name")

    assert (sorted(versions), aliases) == (["$LATEST", "1"], ["blue", "green"])
    first = functions.list_aliases(FunctionName="paged-versions", MaxItems=1)
    assert [alias["Name"] for alias in first["Aliases"]] == ["blue"]


def test_a_page_of_functions_has_fifty_at_most() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    assert LISTS[0].at_most == 50


def test_a_marker_that_no_page_has_given_is_refused(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html"""
    assert role
    expect_aws_error("InvalidParameterValueException", functions.list_functions, Marker="x")
