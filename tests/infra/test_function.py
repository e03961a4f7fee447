"""One Region's function, as the stacks declare it."""

import json
from pathlib import Path

import pulumi
import pytest

from app.environment import read_environment
from app.web.files import CONTENT_TYPES
from infra.configuration.regions import REGION_NUMBERS, WITHOUT_ACCELERATOR
from infra.function import SOURCE_SUFFIXES
from tests.infra.graph import (
    BOTH_DOORS,
    FOUR_SERVICES,
    TWO_REGIONS,
    build_graph,
    https_settings,
)


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


def test_prod_logs_a_sample_and_nothing_of_lambda_s_own() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
    for function in build_graph("prod").of(":Function"):
        assert function.inputs["environment"]["variables"]["LOG_SAMPLE_PERCENT"] == "10"
        assert function.inputs["loggingConfig"] == {
            "logFormat": "JSON",
            "applicationLogLevel": "INFO",
            "systemLogLevel": "WARN",
        }


def test_without_a_sample_every_line_is_written() -> None:
    for function in build_graph("local").of(":Function"):
        assert "LOG_SAMPLE_PERCENT" not in function.inputs["environment"]["variables"]
        assert function.inputs["loggingConfig"] == {"logFormat": "Text"}


@pytest.mark.parametrize(("stack", "budget"), [("prod", "3.5"), ("local", "1.5")])
def test_the_function_answers_before_the_check_ends(stack: str, budget: str) -> None:
    for function in build_graph(stack).of(":Function"):
        assert function.inputs["environment"]["variables"]["TABLE_BUDGET_S"] == budget


def test_the_function_knows_its_services_tables_and_endpoints() -> None:
    graph = build_graph(
        "prod",
        **{**BOTH_DOORS, "services": ["hits", "items"], "health_tables": ["hits"]},
        **https_settings(*TWO_REGIONS),
        hits_secret="0123456789abcdef",
        cors_origins=["https://a.test", "https://b.test"],
    )

    for function in graph.of(":Function"):
        variables = function.inputs["environment"]["variables"]
        assert json.loads(variables.pop("ENDPOINTS")) == {
            "regional": "https://{region}.api.example.com",
            "regions": list(TWO_REGIONS),
            "shared": [
                {"door": "dns", "url": "https://api.example.com"},
                {"door": "accelerator", "url": "https://muster.example.com"},
            ],
        }
        assert variables == {
            "SERVICES": "items,hits",
            "TABLE_ITEMS": "muster-prod-items",
            "TABLE_HITS": "muster-prod-hits",
            "CONTROL_TABLE": "muster-prod-control",
            "TABLE_BUDGET_S": "3.5",
            "HEALTH_TABLES": "hits",
            "CORS_ORIGINS": "https://a.test,https://b.test",
            "HSTS_MAX_AGE_S": "2592000",
            "HITS_SECRET": "0123456789abcdef",
            "LOG_SAMPLE_PERCENT": "10",
        }
        assert read_environment({**variables, "AWS_REGION": "us-west-2"}).services == (
            "items",
            "hits",
        )


def test_the_function_shows_all_bookmarks_only_where_that_is_configured() -> None:
    for stack, variables in (("local", {"BOOKMARKS_SCAN": "on"}), ("prod", {})):
        for function in build_graph(stack, **FOUR_SERVICES).of(":Function"):
            found = function.inputs["environment"]["variables"]
            assert {k: v for k, v in found.items() if k.startswith("BOOKMARKS")} == variables


def test_the_key_of_the_hits_is_encrypted_in_the_stacks_state() -> None:
    with_hits = build_graph("prod", **FOUR_SERVICES)

    assert all("environment" in function.secrets for function in with_hits.of(":Function"))
    assert all(not function.secrets for function in build_graph("prod").of(":Function"))


def test_a_function_without_the_dns_door_knows_no_regional_endpoints() -> None:
    function = build_graph("prod").of(":Function")[0]

    variables = function.inputs["environment"]["variables"]
    assert json.loads(variables["ENDPOINTS"]) == {"shared": []}


def test_many_regions_fit_into_the_variables_of_a_function() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    regions = sorted(REGION_NUMBERS.keys() - WITHOUT_ACCELERATOR)
    graph = build_graph("prod", **BOTH_DOORS, **FOUR_SERVICES)
    variables = graph.of(":Function")[0].inputs["environment"]["variables"]
    endpoints = json.loads(variables.pop("ENDPOINTS"))
    others = json.dumps(variables)
    assert "us-west-2" in endpoints["regions"]
    assert "us-west-2" not in others, "only ENDPOINTS names all Regions"

    many = json.dumps({"ENDPOINTS": json.dumps({**endpoints, "regions": regions})})

    assert len(regions) > 20
    assert len(others) + len(many) < 4096


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
