"""Rules about the tree itself: who imports whom, what no file may name."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.source_files import find_sources

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("app", "infra", "muster", "twin")
COMMON_NEEDS = {
    "build_version": {"click"},
    "codec": {"msgspec"},
    "command_shell": {"click"},
    "completion": {"click"},
    "confirmation": {"click"},
}
"""What a module of `common` may import beside the standard library."""
IMPURE = ("asyncio", "socket", "aiohttp", "boto3", "botocore", "moto", "time", "datetime", "random")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from find_sources(folder)


def imports(source: Path) -> Iterator[str]:
    """Every module that the file names in an import, wherever in the file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def offenders(files: Iterator[Path], forbidden: tuple[str, ...]) -> list[str]:
    return [
        f"{source.relative_to(ROOT)} imports {name}"
        for source in files
        for name in imports(source)
        if name.split(".")[0] in forbidden
    ]


@pytest.mark.parametrize("part", PARTS)
def test_the_parts_do_not_import_each_other(part: str) -> None:
    others = tuple(other for other in PARTS if other != part)

    assert offenders(sources(part), others) == []


@pytest.mark.parametrize("source", list(sources("common")), ids=lambda source: source.stem)
def test_a_shared_module_stands_alone(source: Path) -> None:
    allowed = COMMON_NEEDS.get(source.stem, set()) | sys.stdlib_module_names

    assert [name for name in imports(source) if name.split(".")[0] not in allowed] == []


def test_the_function_imports_nothing_that_is_shared() -> None:
    assert offenders(sources("app"), ("common",)) == []


def test_the_function_imports_only_what_lambda_has() -> None:
    files = list(sources("app"))
    allowed = {"app", "boto3", "botocore", *sys.stdlib_module_names}

    foreign = [
        f"{source.name} imports {name}"
        for source in files
        for name in imports(source)
        if name.split(".")[0] not in allowed
    ]

    assert files
    assert foreign == []


def test_the_core_decides_without_sockets_clocks_or_randomness() -> None:
    files = list(sources("twin/core"))

    assert files
    assert offenders(iter(files), IMPURE) == []


def test_only_its_own_room_knows_moto() -> None:
    room = ROOT / "twin" / "moto"
    files = (source for source in sources("common", *PARTS) if room not in source.parents)

    assert offenders(files, ("moto",)) == []


def test_the_item_engine_decides_without_sockets_clocks_or_randomness() -> None:
    files = list(sources("twin/dynamodb"))
    clocks = {"datetime"}  # labels of streams are times in words
    impure = tuple(name for name in IMPURE if name not in clocks)

    assert files
    assert offenders(iter(files), impure) == []


def test_a_region_runs_without_moto_and_without_aws_s_sdk() -> None:
    """They take half a second and tens of megabytes in each Region's process."""
    heavy = ("moto", "boto3", "botocore")
    code = (
        "import sys, twin.region.process\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )

    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert shown.stdout.strip() == "[]"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(source.relative_to(ROOT))
        for source in sources("common", *PARTS, "tests", "bench", "tools")
        if not ast.get_docstring(ast.parse(source.read_text()))
    ]

    assert silent == []


def test_the_project_speaks_of_itself_alone() -> None:
    """No absolute path of a machine, no download host of a registry, in any tracked file."""
    hosts = ("files.pythonhosted" + ".org", "proxy.golang" + ".org", "registry.npmjs" + ".org")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    texts = {name: (ROOT / name).read_text(errors="replace") for name in listed if _is_file(name)}
    words = (*hosts, "/home/" + "user", "/root" + "/", "pypi" + ".org")
    here = re.compile(rf"(?<![\w./-]){re.escape(str(ROOT))}/")

    found = [f"{name}: {word}" for name, text in texts.items() for word in words if word in text]
    found += [f"{name}: {ROOT}" for name, text in texts.items() if here.search(text)]

    assert texts
    assert found == []


def _is_file(name: str) -> bool:
    return bool(name) and (ROOT / name).is_file()
