"""Elements of HTML and SVG, escaped by default.

Decides that no text gets into a page unescaped: only what these functions made is `Markup`. The
output is also well-formed XML but for HTML's void elements. Pure.
"""

import re
from collections.abc import Iterable
from html import escape
from typing import NewType

Markup = NewType("Markup", str)
"""Text that is markup already."""

Content = str | Markup | None | Iterable["str | Markup | None"]
Attribute = str | float | bool | None

VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
_CODE_OR_STRONG = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\([^)]*\)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Made(str):
    """What tells markup from text at run time."""

    __slots__ = ()


def trusted_markup(text: str) -> Markup:
    """Markup of our own, such as a style sheet. Never call it with foreign text."""
    return Markup(_Made(text))


def element(name: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """One element.

    Attribute names lose a closing `_` (`class_`), and other `_` become `-`. None and False leave an
    attribute out, True makes an empty one. Numbers keep two decimals, which is enough for pixels.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return trusted_markup(f"<{name}{head}>")
    return trusted_markup(f"<{name}{head}>{join_markup(content)}</{name}>")


def join_markup(content: Iterable[Content]) -> Markup:
    """Contents one after the other; text is escaped, None is nothing."""
    return trusted_markup("".join(_text(one) for one in content))


def format_number(value: float) -> str:
    """At most two decimals, without trailing zeros: `12`, `12.5`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def markdown_line(text: str) -> Markup:
    """A line of Markdown: `code`, **strong**, and links by their words alone."""
    parts: list[Content] = []
    at = 0
    for match in _CODE_OR_STRONG.finditer(text):
        code, strong, link = match.groups()
        parts.append(text[at : match.start()])
        parts.append(
            element("code", code) if code else element("strong", strong) if strong else link
        )
        at = match.end()
    return join_markup([*parts, text[at:]])


def _text(content: Content) -> str:
    if content is None:
        return ""
    if isinstance(content, _Made):
        return str(content)
    if isinstance(content, str):
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", escape(content, quote=False))
    return "".join(_text(one) for one in content)


def _attribute(key: str, value: Attribute) -> str:
    name = key.removesuffix("_").replace("_", "-")
    name = "viewBox" if name == "viewbox" else name
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    shown = value if isinstance(value, str) else format_number(value)
    return f' {name}="{_CONTROL.sub("", escape(shown))}"'
