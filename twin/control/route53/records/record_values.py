"""Rules for the values of records of each type.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html

The API reports the first problem of a value, as `FATAL problem: CODE (text) encountered with
'value'`. Codes that no public text shows follow the same pattern.
"""

import re
from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from twin.control.route53.names import InvalidName, describe_value_problem, read_labels
from twin.route53.rdata import parse_value

MAX_STRING = 255
"""Characters of one string of a TXT record."""
_STRING = re.compile(r'"((?:[^"\\]|\\[0-3][0-7]{2}|\\.)*+)"', re.DOTALL)
"""Possessive: an escape of digits could be read in two ways, and n of them in 2ⁿ."""
_ESCAPE = re.compile(r"\\(?:[0-3][0-7]{2}|.)", re.DOTALL)


def find_value_problem(kind: str, value: str) -> str | None:
    """The API's message about a value that is none of the type."""
    rule = _RULES.get(kind)
    found = rule(value) if rule else None
    if found is None and parse_value(kind, value) is None:
        found = (f"{kind}RRDATAInvalid", f"Value is not a valid {kind} record")
    if found is None:
        return None
    code, text = found
    return describe_value_problem(code, text, value)


_Problem = tuple[str, str] | None


def _single_field(kind: str, value: str) -> _Problem:
    if len(value.split()) != 1 or value != value.strip():
        return f"{kind}RRDATANotSingleField", "Value contains spaces"
    return None


def _ipv4(value: str) -> _Problem:
    if found := _single_field("A", value):
        return found
    try:
        IPv4Address(value)
    except AddressValueError:
        return "ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address"
    return None


def _ipv6(value: str) -> _Problem:
    if found := _single_field("AAAA", value):
        return found
    try:
        if IPv6Address(value).scope_id is None:
            return None
    except AddressValueError:
        pass
    return "AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address"


def _host(kind: str) -> Callable[[str], _Problem]:
    def check(value: str) -> _Problem:
        if found := _single_field(kind, value):
            return found
        return _name_problem(value)

    return check


def _name_problem(value: str) -> _Problem:
    try:
        read_labels(value)
    except InvalidName as invalid:
        return invalid.code, invalid.problem
    return None


def _fields(kind: str, words: str, count: int) -> Callable[[str], _Problem]:
    """A value with `count` fields, of which the last is a name."""

    def check(value: str) -> _Problem:
        fields = value.split()
        if len(fields) != count:
            return f"{kind}RRDATANot{words.title()}Fields", f"Value does not have {words} fields"
        for number in fields[:-1]:
            if not (number.isascii() and number.isdecimal() and int(number) <= 65535):
                return f"{kind}RRDATAIllegalNumber", f"{number} is not a number from 0 to 65535"
        return _name_problem(fields[-1])

    return check


def _text(value: str) -> _Problem:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat"""
    if not value.isascii() or any(character < " " for character in value if character != "\t"):
        return "UnsupportedCharacter", "Value contains unsupported characters"
    if not re.fullmatch(rf"\s*{_STRING.pattern}(?:\s*{_STRING.pattern})*\s*", value, re.DOTALL):
        return "InvalidCharacterString", "Value should be enclosed in quotation marks"
    if any(len(_ESCAPE.sub("x", text)) > MAX_STRING for text in _STRING.findall(value)):
        return "CharacterStringTooLong", "Value is too long"
    return None


_RULES: dict[str, Callable[[str], _Problem]] = {
    "A": _ipv4,
    "AAAA": _ipv6,
    "CNAME": _host("CNAME"),
    "MX": _fields("MX", "two", 2),
    "NS": _host("NS"),
    "PTR": _host("PTR"),
    "SPF": _text,
    "SRV": _fields("SRV", "four", 4),
    "TXT": _text,
}
