"""One Region's function, as the stacks declare it."""

from pathlib import Path

import pulumi
import pytest

from app.web.files import CONTENT_TYPES
from infra.function import SOURCE_SUFFIXES
from tests.infra.graph import TWO_REGIONS, build_graph


@pytest.mark.parametrize("region", TWO_REGIONS)
def test_the_function_runs_a_published_version_behind_its_alias(region: str) -> None:
    graph = build_graph("prod")
    function, alias = graph.one(":Function", region), graph.one("alias:Alias", region)

    assert function.inputs["runtime"] == "python3.13"
    assert function.inputs["architectures"] == ["arm64"]
    assert function.inputs["publish"] is True
    assert function.inputs["handler"] == "app.handler.handle"
    assert (alias.inputs["name"], alias.inputs["functionVersion"]) == ("live", "1")
    assert alias.inputs["functionName"] == function.inputs["name"]


def test_the_function_depends_on_its_role_and_log_group() -> None:
    graph = build_graph("prod")

    needed = graph.dependencies(graph.one(":Function", "us-west-2"))

    assert {"Role", "RolePolicy", "LogGroup", "Table"} <= needed


def test_the_log_group_is_lambdas_default_with_a_retention() -> None:
    graph = build_graph("prod", log_retention_days=90)

    for region in TWO_REGIONS:
        group, function = graph.one(":LogGroup", region), graph.one(":Function", region)
        assert group.inputs["name"] == f"/aws/lambda/{function.inputs['name']}"
        assert group.inputs["retentionInDays"] == 90


@pytest.mark.parametrize(("stack", "budget"), [("prod", "3.5"), ("local", "1.5")])
def test_the_function_knows_its_tables_and_answers_before_the_check_ends(
    stack: str, budget: str
) -> None:
    graph = build_graph(stack)

    for function in graph.of(":Function"):
        variables = function.inputs["environment"]["variables"]
        assert variables == {
            "SERVICES": "items",
            "TABLE_ITEMS": f"muster-{stack}-items",
            "CONTROL_TABLE": f"muster-{stack}-control",
            "TABLE_BUDGET_S": budget,
        }


def test_the_archive_has_sources_and_the_files_of_the_pages_and_nothing_else() -> None:
    code = build_graph("prod").of(":Function")[0].inputs["code"]

    assert isinstance(code, pulumi.AssetArchive)
    assert {"app/handler.py", "app/web/shared/style.css"} <= code.assets.keys()
    assert {name.partition("/")[0] for name in code.assets} == {"app"}
    assert {Path(name).suffix for name in code.assets} <= set(SOURCE_SUFFIXES)
    assert set(CONTENT_TYPES) < set(SOURCE_SUFFIXES), "every file that is served is deployed"
    assert all(
        isinstance(asset, pulumi.FileAsset) and asset.path == name
        for name, asset in code.assets.items()
    )
