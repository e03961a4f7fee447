"""The function's environment."""

import json

import pytest

from app.environment import read_environment
from app.errors import EnvironmentInvalid

GOOD = {
    "AWS_REGION": "us-west-2",
    "SERVICES": "items,hits",
    "TABLE_ITEMS": "muster-items",
    "TABLE_HITS": "muster-hits",
    "CONTROL_TABLE": "control",
    "TABLE_BUDGET_S": "1.5",
}


def test_a_complete_environment_is_read() -> None:
    settings = read_environment(GOOD)

    assert settings.region == "us-west-2"
    assert settings.services == ("items", "hits")
    assert settings.tables == {"items": "muster-items", "hits": "muster-hits"}
    assert settings.table_budget_s == 1.5
    assert (settings.health_tables, settings.cors_origins) == (("items",), ("*",))
    assert settings.endpoints == {"regions": [], "shared": []}


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{name} is not set"):
        read_environment({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "901"])
def test_an_invalid_budget_is_refused(text: str) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"TABLE_BUDGET_S is '{text}'"):
        read_environment({**GOOD, "TABLE_BUDGET_S": text})


@pytest.mark.parametrize("text", [",", "items,items", "items,../hits", "Items", "items hits"])
def test_an_invalid_list_of_services_is_refused(text: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="SERVICES is"):
        read_environment({**GOOD, "SERVICES": text})


def test_a_service_gets_its_own_settings_and_no_others() -> None:
    settings = read_environment({**GOOD, "HITS_SECRET": "s", "PATH": "/bin"}).settings

    assert settings == {"items": {}, "hits": {"SECRET": "s"}}


def test_health_depends_on_configured_tables_only() -> None:
    assert read_environment({**GOOD, "HEALTH_TABLES": "hits, items"}).health_tables == (
        "hits",
        "items",
    )
    assert read_environment({**GOOD, "HEALTH_TABLES": ""}).health_tables == ()
    with pytest.raises(EnvironmentInvalid, match="HEALTH_TABLES is 'hitz'; hitz is not among"):
        read_environment({**GOOD, "HEALTH_TABLES": "hitz"})


def test_origins_are_configuration() -> None:
    settings = read_environment({**GOOD, "CORS_ORIGINS": "https://a.test,https://b.test"})

    assert settings.cors_origins == ("https://a.test", "https://b.test")
    assert read_environment({**GOOD, "CORS_ORIGINS": ""}).cors_origins == ()


def test_each_region_has_its_url() -> None:
    shared = [{"door": "dns", "url": "https://api.test:8443"}]
    given = {"regional": "https://{region}.api.test:8443", "regions": ["a", "b"], "shared": shared}

    assert read_environment({**GOOD, "ENDPOINTS": json.dumps(given)}).endpoints == {
        "regions": [
            {"region": "a", "url": "https://a.api.test:8443"},
            {"region": "b", "url": "https://b.api.test:8443"},
        ],
        "shared": shared,
    }


def test_without_names_of_regions_there_are_only_shared_endpoints() -> None:
    endpoints = read_environment({**GOOD, "ENDPOINTS": '{"shared": []}'}).endpoints

    assert endpoints == {"regions": [], "shared": []}


@pytest.mark.parametrize("text", ["[]", "{", "7"])
def test_invalid_endpoints_are_refused(text: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="ENDPOINTS is"):
        read_environment({**GOOD, "ENDPOINTS": text})


@pytest.mark.parametrize("text", ["", "-1", "1.5", "soon", "٣"])
def test_a_wrong_time_of_https_alone_stops_the_start(text: str) -> None:
    assert read_environment({**GOOD, "HSTS_MAX_AGE_S": "60"}).hsts_max_age_s == 60
    assert read_environment(GOOD).hsts_max_age_s == 0

    with pytest.raises(EnvironmentInvalid, match="HSTS_MAX_AGE_S"):
        read_environment({**GOOD, "HSTS_MAX_AGE_S": text})


def test_the_sample_of_the_log_is_a_percentage() -> None:
    assert read_environment(GOOD).log_sample_percent == 100
    assert read_environment({**GOOD, "LOG_SAMPLE_PERCENT": "0"}).log_sample_percent == 0
    for text in ("101", "-1", "1.5", ""):
        with pytest.raises(EnvironmentInvalid, match=f"LOG_SAMPLE_PERCENT is '{text}'"):
            read_environment({**GOOD, "LOG_SAMPLE_PERCENT": text})
