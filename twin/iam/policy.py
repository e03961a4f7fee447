"""Policy documents: their statements, and which actions, resources and principals these match.

Pure. A document is parsed once and kept, since calls repeat.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

VERSION_WITH_VARIABLES = "2012-10-17"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
_VARIABLE = re.compile(r"\$\{([^},]++)(?:,\s*+'([^']*+)'\s*+)?\}")
"""Possessive: a long text without an end takes no cubic time."""
_ANY_TEXT = ".*"
"""In a regular expression of this module it stands for nothing else: `_escape` marks both."""
_LITERAL_VARIABLES = {"*": "*", "?": "?", "$": "$"}

VariableLookup = Callable[[str], str | None]
"""Name of a policy variable -> its value; None where the request has none."""


class PolicyUnreadable(Exception):
    """The text is no policy document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement of a policy."""

    sid: str = ""
    allows: bool
    """Whether its effect is Allow; else Deny."""
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: Mapping[str, tuple[str, ...]] | None = None
    """Kind (`AWS`, `Service`, `Federated`, `*`) -> values; None in an identity-based policy."""
    not_principals: Mapping[str, tuple[str, ...]] | None = None
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Operator -> key -> values."""
    has_variables: bool = True

    def covers_action(self, action: str) -> bool:
        """Whether Action or NotAction includes the action; names are not case-sensitive."""
        if self.not_actions is not None:
            return not any(_glob(pattern, True)(action) for pattern in self.not_actions)
        return any(_glob(pattern, True)(action) for pattern in self.actions or ())

    def covers_resource(self, resource: str, lookup: VariableLookup) -> bool:
        """Whether Resource or NotResource includes the resource; a statement may have neither."""
        if self.not_resources is not None:
            return not any(self._matches(p, resource, lookup) for p in self.not_resources)
        if self.resources is None:
            return True
        return any(self._matches(pattern, resource, lookup) for pattern in self.resources)

    def _matches(self, pattern: str, resource: str, lookup: VariableLookup) -> bool:
        return matches_pattern(pattern, resource, lookup if self.has_variables else None)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    statements: tuple[Statement, ...]


@lru_cache(maxsize=1024)
def parse_policy(text: str) -> PolicyDocument:
    """Raises PolicyUnreadable."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise PolicyUnreadable(f"not JSON: {exc}") from exc
    if not isinstance(document, dict) or "Statement" not in document:
        raise PolicyUnreadable("has no Statement")
    has_variables = document.get("Version") == VERSION_WITH_VARIABLES
    found = document["Statement"]
    statements = found if isinstance(found, list) else [found]
    return PolicyDocument(tuple(_parse_statement(one, has_variables) for one in statements))


def _parse_statement(statement: Any, has_variables: bool) -> Statement:  # noqa: ANN401 - any JSON
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise PolicyUnreadable("a statement has no Effect")
    return Statement(
        sid=str(statement.get("Sid", "")),
        allows=statement["Effect"] == "Allow",
        actions=_texts(statement, "Action"),
        not_actions=_texts(statement, "NotAction"),
        resources=_texts(statement, "Resource"),
        not_resources=_texts(statement, "NotResource"),
        principals=_principals(statement.get("Principal")),
        not_principals=_principals(statement.get("NotPrincipal")),
        conditions=_conditions(statement.get("Condition") or {}),
        has_variables=has_variables,
    )


def _conditions(value: Any) -> Mapping[str, Mapping[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise PolicyUnreadable("a Condition is no operators with their keys")
    return {
        operator: {key: _as_texts(wanted) for key, wanted in operands.items()}
        for operator, operands in value.items()
    }


def _texts(statement: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return _as_texts(statement[name]) if name in statement else None


def _as_texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON
    values = value if isinstance(value, list) else [value]
    return tuple(
        ("true" if one else "false") if isinstance(one, bool) else str(one) for one in values
    )


def _principals(value: Any) -> Mapping[str, tuple[str, ...]] | None:  # noqa: ANN401 - any JSON
    if value is None:
        return None
    if isinstance(value, dict):
        return {kind: _as_texts(names) for kind, names in value.items()}
    return {"AWS": _as_texts(value)}


# -- patterns


def matches_pattern(pattern: str, value: str, lookup: VariableLookup | None) -> bool:
    """Match with wildcards; `lookup` None: variables are plain text.

    A pattern with a variable that has no value matches nothing.
    """
    if lookup is None or "${" not in pattern:
        return bool(_glob(pattern, False)(value))
    compiled = _substituted_pattern(pattern, lookup, wildcards=True)
    return compiled is not None and _compile(compiled, re.DOTALL).fullmatch(value) is not None


def substitute_variables(text: str, lookup: VariableLookup | None) -> str | None:
    """The text with the values of its variables; None when one has no value."""
    if lookup is None or "${" not in text:
        return text
    found = _substituted_pattern(text, lookup, wildcards=False)
    return None if found is None else re.sub(r"\\(.)", r"\1", found, flags=re.DOTALL)


def _substituted_pattern(pattern: str, lookup: VariableLookup, *, wildcards: bool) -> str | None:
    """A regular expression; the wildcards of a variable's value are plain characters.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    parts, end = [], 0
    for match in _VARIABLE.finditer(pattern):
        name, default = match[1].strip(), match[2]
        value = _LITERAL_VARIABLES.get(name)
        if value is None:
            value = lookup(name)
        if value is None:
            value = default
        if value is None:
            return None
        before = pattern[end : match.start()]
        parts.append(_to_regex(before) if wildcards else _escape(before))
        parts.append(_escape(value))
        end = match.end()
    parts.append(_to_regex(pattern[end:]) if wildcards else _escape(pattern[end:]))
    return "".join(parts)


def _escape(text: str) -> str:
    return "".join(f"\\{char}" if not char.isalnum() else char for char in text)


def _to_regex(pattern: str) -> str:
    wildcards = {"*": _ANY_TEXT, "?": "."}
    return "".join(wildcards.get(char) or _escape(char) for char in pattern)


@lru_cache(maxsize=4096)
def _glob(pattern: str, ignore_case: bool) -> Callable[[str], object]:
    if pattern == "*":
        return _match_all
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return _compile(_to_regex(pattern), flags).fullmatch


def _compile(expression: str, flags: int) -> re.Pattern[str]:
    """Atomic groups keep each text where it is first found: no value takes exponential time.

    What is between two wildcards is of one length, so that the first place is as good as any.
    """
    first, *others = expression.split(_ANY_TEXT)
    if not others:
        return re.compile(first, flags)
    *middle, last = others
    found = "".join(f"(?>.*?{part})" for part in middle if part)
    return re.compile(f"{first}{found}.*{last}", flags)


def _match_all(_: str) -> bool:
    return True
