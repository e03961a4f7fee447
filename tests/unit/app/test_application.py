"""Services as configuration: each has its own table, routes and settings."""

from app.registry import known_services
from tests.unit.app.fakes import FunctionWorld


def test_all_services_together_answer_as_each_does_alone() -> None:
    every = FunctionWorld(services=known_services(), settings={"hits": {"SECRET": "s" * 32}})

    assert every.json("GET", "/get/a")["status"] == 404
    assert every.json("GET", "/health")["health"] == 200


def test_a_path_of_a_service_that_is_not_configured_is_unknown() -> None:
    assert FunctionWorld().json("GET", "/kv/a")["status"] == 404
