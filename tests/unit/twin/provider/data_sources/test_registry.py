"""The declarations of data sources against pulumi_aws's own functions."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

from twin.provider.data_sources.registry import (
    DATA_SOURCES,
    find_data_source,
    unknown_arguments,
)
from twin.provider.errors import UnknownToken
from twin.provider.resources.registry import resource_types
from twin.provider.schema.resource_type import DataSource

PAGE = (Path(__file__).parents[5] / "docs/services.md").read_text()


def test_the_page_lists_all_types_and_data_sources() -> None:
    declared = {token for token in resource_types() if not token.startswith("aws:alb/")}

    assert set(re.findall(r"^aws:.*", PAGE, re.MULTILINE)) == declared | {
        source.name for source in DATA_SOURCES
    }


def test_an_unknown_data_source_is_told() -> None:
    with pytest.raises(UnknownToken, match=r"aws:ec2/getAmi:getAmi.*twin/provider/data_sources/"):
        find_data_source("aws:ec2/getAmi:getAmi")


def test_an_unknown_argument_is_told() -> None:
    source = find_data_source("aws:index/getRegion:getRegion")

    ((name, reason),) = unknown_arguments(source, {"colour": "red", "region": "us-west-2"})

    assert name == "colour"
    assert "has no argument 'colour' of aws:index/getRegion:getRegion" in reason


@pytest.mark.parametrize("source", DATA_SOURCES, ids=lambda source: source.name)
def test_data_sources_take_what_pulumi_aws_sends(source: DataSource) -> None:
    _, path, name = source.name.split(":")
    module = path.partition("/")[0]
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    function = getattr(
        importlib.import_module("pulumi_aws" if module == "index" else f"pulumi_aws.{module}"),
        snake,
    )
    sent = {
        "".join(part.title() if i else part for i, part in enumerate(parameter.split("_")))
        for parameter in inspect.signature(function).parameters
        if parameter != "opts"
    }

    assert source.arguments == sent
