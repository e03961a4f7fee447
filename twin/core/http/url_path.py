"""Paths of URLs. Pure."""


def resolve_dots(path: str) -> list[str]:
    """The path's segments without empty ones and dots; none leads above the root.

    https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4
    """
    resolved: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del resolved[-1:]
        elif segment not in ("", "."):
            resolved.append(segment)
    return resolved
