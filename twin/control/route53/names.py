r"""Domain names as Route 53's API takes and shows them.

Letters are stored in lower case; characters other than a-z, 0-9, - and _ are shown in octal, such
as `\052` for `*`. A label has at most 63 bytes, a name 255.
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

import re

from twin.core.dns.names import DomainName, parse_domain_name
from twin.errors import TwinError

MAX_LABEL = 63
MAX_NAME = 255
_TOKEN = re.compile(r"\\[0-3][0-7]{2}|[!-\[\]-~ ]", re.DOTALL)
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


class InvalidName(TwinError):
    """A text is no domain name; the message is Route 53's."""

    def __init__(self, code: str, problem: str, text: str) -> None:
        super().__init__(describe_value_problem(code, problem, text))
        self.code = code
        self.problem = problem


def describe_value_problem(code: str, problem: str, value: str) -> str:
    """The API's message about one value of a record."""
    return f"FATAL problem: {code} ({problem}) encountered with '{value}'"


def normalize_name(text: str) -> str:
    """The absolute name as responses show it. Raises InvalidName."""
    labels = read_labels(text)
    return "".join(f"{_show_label(label)}." for label in labels) or "."


def read_labels(text: str) -> DomainName:
    """The labels of a name, absolute or not. Raises InvalidName."""
    if _TOKEN.sub("", text):
        raise InvalidName("UnsupportedCharacter", "Value contains unsupported characters", text)
    parts = text.removesuffix(".").split(".") if text != "." else []
    if not all(parts):
        raise InvalidName("DomainLabelEmpty", "Domain label is empty", text)
    labels = parse_domain_name(text)
    if any(len(label) > MAX_LABEL for label in labels):
        raise InvalidName("DomainLabelTooLong", "Domain label is too long", text)
    if sum(len(label) + 1 for label in labels) + 1 > MAX_NAME:
        raise InvalidName("DomainTooLong", "Domain name is too long", text)
    return labels


def order_of_name(name: str) -> str:
    r"""Sort key of a name: its labels in reverse order, with the final dot.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html
    """
    return ".".join(label.decode("latin-1") for label in reversed(parse_domain_name(name))) + "."


def is_within(name: str, zone: str) -> bool:
    """Whether the name is the zone's or lies below it; both as `normalize_name` writes them."""
    return zone in (name, ".") or name.endswith(f".{zone}")


def _show_label(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03o}" for byte in label)
