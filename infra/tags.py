"""Tags of a resource that AWS's console shows by its Name tag."""

from collections.abc import Mapping


def with_name_tag(tags: Mapping[str, str], name: str) -> dict[str, str]:
    """The tags, with the Name tag."""
    return {**tags, "Name": name}
