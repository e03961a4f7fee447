"""Write the index of docs/aws-behaviour.md: each emulated rule, its test, its source.

A test of AWS's behaviour is named as the rule and cites its page in its docstring; so the tests are
the index, and this only puts them in order. `python -m tools.aws_behaviour` after a change.
"""

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "aws-behaviour.md"
START, END = "<!-- index: start -->", "<!-- index: end -->"
SERVICES = (
    ("Global Accelerator", ("global-accelerator", "globalaccelerator")),
    ("Elastic Load Balancing", ("elasticloadbalancing",)),
    ("Lambda", ("/lambda/",)),
    ("DynamoDB", ("dynamodb",)),
    ("CloudWatch", ("cloudwatch",)),
    ("Fault isolation and fault injection", ("fault-isolation", "/fis/")),
    ("Other", ("",)),
)


@dataclass(frozen=True, slots=True)
class EmulatedRule:
    """One rule of AWS that a test holds."""

    service: str
    sentence: str
    test: str
    """File and function, as pytest names them."""
    source: str


def find_rules(root: Path) -> list[EmulatedRule]:
    """Every rule that a test cites a source for, in the order of the files."""
    return [
        rule for file in sorted((root / "tests").rglob("test_*.py")) for rule in _of(file, root)
    ]


def format_index(found: list[EmulatedRule]) -> str:
    """The index as Markdown."""
    parts = []
    for service, _ in SERVICES:
        lines = [_line(rule) for rule in found if rule.service == service]
        if lines:
            parts.append(f"### {service}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def replace_index(page: str, text: str) -> str:
    """The page with its index replaced."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{text}\n\n{END}{after}"


def _of(file: Path, root: Path) -> Iterator[EmulatedRule]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        cited = re.search(r"https://[^\s)>\]]+", ast.get_docstring(node) or "")
        if node.name.startswith("test_") and cited:
            source = cited[0].rstrip(".,;")
            yield EmulatedRule(
                service=_service(source),
                sentence=node.name.removeprefix("test_").replace("_", " "),
                test=f"{file.relative_to(root)}::{node.name}",
                source=source,
            )


def _service(source: str) -> str:
    lowered = source.lower()
    return next(name for name, marks in SERVICES if any(mark in lowered for mark in marks))


def _line(rule: EmulatedRule) -> str:
    file = rule.test.split("::")[0]
    return f"* {rule.sentence} ([test](../{file}), [source]({rule.source}))"


def main() -> int:
    """Write the page; 0 when it is up to date afterwards."""
    PAGE.write_text(replace_index(PAGE.read_text(), format_index(find_rules(ROOT))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
