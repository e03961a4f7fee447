"""SVG elements as markup: every text and every attribute is escaped."""

from collections.abc import Iterable

from markupsafe import Markup, escape

Attribute = str | float | None


def element(name: str, /, *content: str | None, **attributes: Attribute) -> Markup:
    """One element; None leaves a child or an attribute out.

    Attribute names lose a closing `_` (`class_`), and other `_` become `-`. Numbers keep two
    decimals, which is enough for pixels.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{head}>{join_markup(content)}</{name}>")  # noqa: S704 - escaped above


def join_markup(content: Iterable[str | None]) -> Markup:
    """The contents one after the other; plain text is escaped."""
    return Markup("").join(part for part in content if part is not None)


def format_number(value: float) -> str:
    """At most two decimals, without trailing zeros: `12`, `12.5`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(key: str, value: Attribute) -> str:
    name = key.removesuffix("_").replace("_", "-")
    name = "viewBox" if name == "viewbox" else name
    if value is None:
        return ""
    return f' {name}="{escape(value if isinstance(value, str) else format_number(value))}"'
