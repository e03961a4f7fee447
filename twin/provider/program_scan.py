"""Which of pulumi_aws's types a Python program names, from its text.

So one message can name all types that the stand-in lacks: the program itself would end at the first
one. The text of __main__.py is read, and that of the modules beside it that it imports; nothing is
executed. A type that is named in a branch which does not run is found as well.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_SDK = "pulumi_aws"
_MAIN = "__main__.py"
_TOKEN = re.compile(r"['\"](aws:[\w-]+/\w+:\w+)['\"]")
MOST_MODULES = 200


def find_program_tokens(root: Path) -> frozenset[str]:
    """Tokens of the resource types and data sources that the program in `root` names."""
    return frozenset(
        token
        for tree in _parse_modules(root)
        for path in _sdk_paths(tree)
        if (token := _find_token(path)) is not None
    )


def _parse_modules(root: Path) -> Iterator[ast.Module]:
    """The program's own modules, each once."""
    waiting, seen = [root / _MAIN], set[Path]()
    while waiting and len(seen) < MOST_MODULES:
        path = waiting.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # the program's own error, which Python reports
        yield tree
        waiting += _imported_files(root, path, tree)


def _imported_files(root: Path, path: Path, tree: ast.Module) -> list[Path]:
    """Files that imports may mean, whether they exist or not."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [root / name.name.replace(".", "/") for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = path.parents[node.level - 1] if node.level else root
            module = start / (node.module or "").replace(".", "/")
            found += [module, *(module / name.name for name in node.names)]
    return [file for each in found for file in (each.with_suffix(".py"), each / "__init__.py")]


SdkPath = tuple[str, ...]
"""Names below pulumi_aws: ("lb", "LoadBalancer")."""


def _sdk_paths(tree: ast.Module) -> Iterator[SdkPath]:
    """All paths into pulumi_aws that the module's expressions name."""
    aliases = dict(_sdk_aliases(tree))
    yield from aliases.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            names = _attribute_names(node)
            if names and names[0] in aliases:
                yield (*aliases[names[0]], *names[1:])


def _sdk_aliases(tree: ast.Module) -> Iterator[tuple[str, SdkPath]]:
    """Local names of pulumi_aws and of what is in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                first, *rest = name.name.split(".")
                if first == _SDK:
                    yield (name.asname, tuple(rest)) if name.asname else (_SDK, ())
        elif isinstance(node, ast.ImportFrom) and not node.level:
            first, *rest = (node.module or "").split(".")
            if first == _SDK:
                yield from ((n.asname or n.name, (*rest, n.name)) for n in node.names)


def _attribute_names(node: ast.expr) -> list[str]:
    """["aws", "lb", "LoadBalancer"]; empty for an attribute of something that is no name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


@cache
def _find_token(path: SdkPath) -> str | None:
    """The token in pulumi_aws's module of a class or function; None for anything else."""
    spec = importlib.util.find_spec(_SDK)
    if not path or spec is None or not spec.submodule_search_locations:
        return None
    *folders, name = path
    name = name.removesuffix("_output")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    file = Path(spec.submodule_search_locations[0], *folders, f"{snake}.py")
    if not file.is_file():
        return None
    wanted = name.replace("_", "").lower()
    tokens = _TOKEN.findall(file.read_text())
    return next((t for t in tokens if t.rpartition(":")[2].lower() == wanted), None)
