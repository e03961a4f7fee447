"""Each source module has a test module of its own name, in the folder that mirrors its own.

`twin/core/alb/event.py` is tested by `tests/unit/twin/core/alb/test_event.py`, or by a module of
that name in `tests/functional` (real sockets and processes) or `tests/infra` (the resource graph).
So a reader finds the tests of a module without a search. The exceptions name the tests that cover
the module, and why it has none of its own.
"""

from pathlib import Path

import pytest

from tests.source_files import find_sources

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    "app",
    "common",
    "infra",
    "muster",
    "tools",
    "twin",
)
ENTRY_POINTS = ("__init__.py", "__main__.py")

VALUES = "declares values only; their users' tests build and compare them"
ERRORS = "declares errors only; a test of each error's cause checks its message"
WIRING = "connects parts in a process of its own; tested as that process"

APP_INFRA_TOOLS: dict[str, tuple[str, str]] = {
    "app/errors.py": ("tests/unit/app/http/test_router.py", ERRORS),
    "app/http/messages.py": ("tests/unit/app/events/test_alb.py", VALUES),
    "app/service.py": ("tests/unit/app/http/test_router.py", VALUES),
    "infra/configuration/errors.py": ("tests/unit/infra/configuration/test_settings.py", ERRORS),
    "tools/setup/layout.py": ("tests/unit/tools/setup/test_pulumi_cli.py", VALUES),
}

MUSTER: dict[str, tuple[str, str]] = {
    "muster/cli/drills/requests.py": ("tests/unit/muster/cli/drills/test_drill.py", VALUES),
    "muster/doctor/model.py": ("tests/unit/muster/doctor/test_checks.py", VALUES),
    "muster/drill/run/ports.py": ("tests/unit/muster/drill/run/test_runner.py", VALUES),
    "muster/errors.py": ("tests/unit/muster/cli/test_main.py", ERRORS),
    "muster/report/model.py": ("tests/unit/muster/report/test_build.py", VALUES),
}

TWIN: dict[str, tuple[str, str]] = {
    "twin/control/surroundings.py": ("tests/unit/twin/control/test_own_services.py", VALUES),
    "twin/core/dns/answers.py": ("tests/unit/twin/core/dns/test_queries.py", VALUES),
    "twin/control/apigateway/errors.py": (
        "tests/unit/twin/control/apigateway/http/test_routes.py",
        ERRORS,
    ),
    "twin/control/apigateway/entries.py": (
        "tests/unit/twin/control/apigateway/rest/test_patches.py",
        "copies mappings; the patches of every resource go through it",
    ),
    "twin/control/apigateway/rest/model.py": (
        "tests/unit/twin/control/apigateway/rest/test_resources.py",
        VALUES,
    ),
    "twin/control/apigateway/model.py": (
        "tests/unit/twin/control/apigateway/http/test_apis.py",
        VALUES,
    ),
    "twin/control/acm/model.py": ("tests/unit/twin/control/acm/test_operations.py", VALUES),
    "twin/dynamodb/requests/item_shapes.py": (
        "tests/unit/twin/dynamodb/requests/test_shapes.py",
        VALUES,
    ),
    "twin/dynamodb/requests/table_shapes.py": (
        "tests/unit/twin/dynamodb/requests/test_shapes.py",
        VALUES,
    ),
    "twin/dynamodb/errors.py": ("tests/unit/twin/dynamodb/test_attribute_values.py", ERRORS),
    "twin/dynamodb/expressions/syntax.py": (
        "tests/unit/twin/dynamodb/expressions/test_parser.py",
        VALUES,
    ),
    "twin/dynamodb/partiql/syntax.py": (
        "tests/unit/twin/dynamodb/partiql/test_statement_parser.py",
        VALUES,
    ),
    "twin/errors.py": ("tests/unit/twin/runtime/test_instance.py", ERRORS),
    "twin/gateway/call_router.py": (
        "tests/functional/twin/gateway/test_data_plane_calls.py",
        "is tested by both ways through the gateway, of which this is one",
    ),
    "twin/internal_api/schemas.py": ("tests/unit/twin/cli/test_status_report.py", VALUES),
    "twin/region/http1/handler.py": ("tests/functional/twin/region/http1", VALUES),
    "twin/region/lambdas/invocation.py": ("tests/functional/twin/region/lambdas", VALUES),
    "twin/topology/apigateway.py": ("tests/unit/twin/topology/test_store.py", VALUES),
    "twin/topology/route53.py": ("tests/unit/twin/topology/test_store.py", VALUES),
    "twin/topology/model.py": ("tests/unit/twin/topology/test_store.py", VALUES),
}

EXCEPTIONS = {**APP_INFRA_TOOLS, **MUSTER, **TWIN}
"""Source module -> (the tests that cover it, the reason)."""

MODULES = [
    path.relative_to(ROOT).as_posix()
    for part in PARTS
    for path in find_sources(part)
    if path.name not in ENTRY_POINTS
]


def own_tests(module: str) -> list[str]:
    """Where the module's own tests may be."""
    source = Path(module)
    name = f"test_{source.stem.strip('_')}.py"
    folders = [Path("tests/unit") / source.parent, Path("tests/functional") / source.parent]
    if source.parts[0] == "infra":
        folders += [Path("tests/infra"), Path("tests") / source.parent]
    return [(folder / name).as_posix() for folder in folders]


def has_own_tests(module: str) -> bool:
    return any((ROOT / tests).is_file() for tests in own_tests(module))


@pytest.mark.parametrize("module", MODULES)
def test_a_module_has_its_tests_under_its_own_name(module: str) -> None:
    assert has_own_tests(module) or module in EXCEPTIONS, f"none of {own_tests(module)}"


@pytest.mark.parametrize("module", EXCEPTIONS)
def test_an_exception_is_one_and_names_tests_that_exist(module: str) -> None:
    tests, reason = EXCEPTIONS[module]

    assert module in MODULES
    assert not has_own_tests(module), "it has tests of its own now: remove the exception"
    assert (ROOT / tests).exists(), tests
    assert reason
