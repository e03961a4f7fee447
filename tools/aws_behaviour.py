"""Writes the index of docs/aws-behaviour.md: each emulated rule of AWS, its test, its source.

A test of AWS's behaviour is named after the rule and cites AWS's page in its docstring. The index
is made from these tests: run `python -m tools.aws_behaviour` after a change of one.
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
    ("Route 53", ("/route53/",)),
    ("CloudWatch", ("cloudwatch",)),
    ("Fault isolation and fault injection", ("fault-isolation", "/fis/")),
    ("Other", ("",)),
)


@dataclass(frozen=True, slots=True)
class EmulatedRule:
    """A rule of AWS that a test checks."""

    service: str
    sentence: str
    test: str
    """Id of the test: FILE::FUNCTION."""
    source: str


def find_rules(root: Path) -> list[EmulatedRule]:
    """Every rule whose test cites a page, in the order of the test files."""
    return [
        rule
        for file in sorted((root / "tests").rglob("test_*.py"))
        for rule in _rules_of_file(file, root)
    ]


def format_index(rules: list[EmulatedRule]) -> str:
    """The index as Markdown."""
    parts = []
    for service, _ in SERVICES:
        lines = [_format_rule(rule) for rule in rules if rule.service == service]
        if lines:
            parts.append(f"### {service}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def replace_index(page: str, text: str) -> str:
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{text}\n\n{END}{after}"


def _rules_of_file(file: Path, root: Path) -> Iterator[EmulatedRule]:
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        cited = re.search(r"https://[^\s)>\]]+", ast.get_docstring(node) or "")
        if node.name.startswith("test_") and cited:
            source = cited[0].rstrip(".,;")
            yield EmulatedRule(
                service=_find_service(source),
                sentence=node.name.removeprefix("test_").replace("_", " "),
                test=f"{file.relative_to(root)}::{node.name}",
                source=source,
            )


def _find_service(source: str) -> str:
    lowered = source.lower()
    return next(name for name, marks in SERVICES if any(mark in lowered for mark in marks))


def _format_rule(rule: EmulatedRule) -> str:
    file = rule.test.split("::")[0]
    return f"* {rule.sentence} ([test](../{file}), [source]({rule.source}))"


def main() -> int:
    """Write the page; the exit code."""
    PAGE.write_text(replace_index(PAGE.read_text(), format_index(find_rules(ROOT))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
