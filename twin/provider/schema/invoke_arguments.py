"""Arguments that are lists of objects, which an invoke sends as the program wrote them."""

from collections.abc import Collection

from twin.provider.errors import ProviderError
from twin.provider.values import Properties, Value


def given_filters(args: Properties) -> list[Properties]:
    """EC2's form of the argument `filters`. Raises ProviderError."""
    return [
        {"Name": given["name"], "Values": given["values"]}
        for given in read_objects(
            args.get("filters"), "filters", texts=("name",), lists=("values",)
        )
    ]


def read_objects(
    value: Value, path: str, *, texts: Collection[str] = (), lists: Collection[str] = ()
) -> list[Properties]:
    """The objects of a list, each with these texts and lists of texts. Raises ProviderError."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise ProviderError(f"{path}: expected a list of objects, got {value!r}")
    for i, given in enumerate(value):
        at = f"{path}[{i}]"
        if not isinstance(given, dict):
            raise ProviderError(f"{at}: expected an object, got {given!r}")
        for name in texts:
            if not isinstance(given.get(name), str):
                raise ProviderError(f"{at}.{name}: expected text, got {given.get(name)!r}")
        for name in lists:
            read_texts(given.get(name), f"{at}.{name}")
    return value


def read_texts(value: Value, path: str) -> list[str]:
    """A list of texts. Raises ProviderError."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ProviderError(f"{path}: expected a list of texts, got {value!r}")
    return value
