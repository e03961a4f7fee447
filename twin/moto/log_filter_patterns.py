"""Filter patterns of CloudWatch Logs for unstructured events: terms and phrases.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable

MakeError = Callable[[str], Exception]

_TERM = re.compile(r'([?-]?)("(?:[^"\\]|\\.)*"|[^\s"]+)')
_OTHER_KINDS = {"{": "JSON", "[": "space-delimited", "%": "regular-expression"}


def check_filter_pattern(pattern: str, error: MakeError) -> None:
    """Refuse the kinds of patterns that the twin does not evaluate. Raises `error(message)`."""
    text = pattern.strip()
    kind = _OTHER_KINDS.get(text[:1])
    if kind is not None:
        raise error(
            f"The twin evaluates no {kind} filter patterns: {text}. Use terms, phrases in double "
            f"quotes, ?TERM and -TERM."
        )


class FilterPattern:
    """Which messages a pattern of terms matches."""

    def __init__(self, pattern: str) -> None:
        terms = [(found[1], _unquote(found[2])) for found in _TERM.finditer(pattern)]
        self._required = [term for prefix, term in terms if not prefix]
        self._excluded = [term for prefix, term in terms if prefix == "-"]
        # "If you combine "?" with other filter patterns, all terms with "?" are ignored".
        alone = not self._required and not self._excluded
        self._any = [term for prefix, term in terms if prefix == "?"] if alone else []

    def matches(self, message: str) -> bool:
        """Whether an event's message matches, case-sensitively."""
        return (
            all(term in message for term in self._required)
            and not any(term in message for term in self._excluded)
            and (not self._any or any(term in message for term in self._any))
        )


def _unquote(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term[1:-1]) if term.startswith('"') else term
