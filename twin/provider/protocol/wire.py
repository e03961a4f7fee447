"""Encodes and decodes property values in the protobuf Structs of the Pulumi protocol. Pure.

Special values are objects whose signature key names their kind; an unknown value is one of a few
fixed strings:
https://github.com/pulumi/pulumi/blob/master/developer-docs/providers/implementers-guide.md
"""

from collections.abc import Callable

from google.protobuf import struct_pb2

from twin.provider.errors import MalformedValue
from twin.provider.values import (
    UNKNOWN,
    Archive,
    Asset,
    Output,
    Properties,
    ResourceReference,
    Secret,
    Value,
)

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the protocol's name for a kind of value
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """Decode properties. Raises MalformedValue."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """Encode properties; None becomes null."""
    return struct_pb2.Struct(
        fields={key: _to_value(value) for key, value in properties.items()},
    )


# -- decoding


def _from_value(value: struct_pb2.Value) -> Value:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "number_value":
            return _number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "struct_value":
            return _from_object(value.struct_value)
        case _:
            return None


def _number(number: float) -> int | float:
    """Protobuf has doubles only; whole ones become integers."""
    return int(number) if number.is_integer() else number


def _from_object(struct: struct_pb2.Struct) -> Value:
    values = from_struct(struct)
    if SIGNATURE not in values:
        return values
    decode = _DECODERS.get(values[SIGNATURE])
    if decode is None:
        raise MalformedValue(f"a value of unknown kind: signature {values[SIGNATURE]!r}")
    return decode(values)


def _secret(values: Properties) -> Secret:
    return Secret(values.get("value"))


def _output(values: Properties) -> Output:
    return Output(
        value=values.get("value", UNKNOWN),
        secret=bool(values.get("secret")),
        dependencies=tuple(values.get("dependencies", ())),
    )


def _asset(values: Properties) -> Asset:
    return Asset(hash=_hash(values), **_sources(values, ("text", "path", "uri")))


def _archive(values: Properties) -> Archive:
    return Archive(hash=_hash(values), **_sources(values, ("assets", "path", "uri")))


def _reference(values: Properties) -> ResourceReference:
    return ResourceReference(
        urn=values.get("urn", ""),
        id=values.get("id", ""),
        package_version=values.get("packageVersion", ""),
    )


_DECODERS: dict[Value, Callable[[Properties], Value]] = {
    SECRET: _secret,
    OUTPUT: _output,
    ASSET: _asset,
    ARCHIVE: _archive,
    RESOURCE: _reference,
}


def _hash(values: Properties) -> str:
    return values.get("hash") or ""


def _sources(values: Properties, names: tuple[str, ...]) -> Properties:
    return {name: values[name] for name in names if values.get(name) is not None}


# -- encoding


def _to_value(value: Value) -> struct_pb2.Value:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case list() | tuple():
            items = struct_pb2.ListValue(values=[_to_value(item) for item in value])
            return struct_pb2.Value(list_value=items)
        case dict():
            return struct_pb2.Value(struct_value=to_struct(value))
        case _:
            return _to_special(value)


def _to_special(value: Value) -> struct_pb2.Value:
    match value:
        case Secret():
            return _signed(SECRET, {"value": value.value})
        case Output():
            known = {} if value.value is UNKNOWN else {"value": value.value}
            history = {"secret": value.secret, "dependencies": list(value.dependencies)}
            return _signed(OUTPUT, {**known, **history})
        case Asset():
            text: Properties = {"text": value.text, "path": value.path, "uri": value.uri}
            return _signed(ASSET, {"hash": value.hash, **_present(text)})
        case Archive():
            sources: Properties = {"assets": value.assets, "path": value.path, "uri": value.uri}
            return _signed(ARCHIVE, {"hash": value.hash, **_present(sources)})
        case ResourceReference():
            fields = {"urn": value.urn, "id": value.id, "packageVersion": value.package_version}
            return _signed(RESOURCE, fields)
        case _ if value is UNKNOWN:
            return struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case _:
            raise MalformedValue(f"{type(value).__name__} has no encoding on the wire")


def _signed(signature: str, fields: Properties) -> struct_pb2.Value:
    return struct_pb2.Value(struct_value=to_struct({SIGNATURE: signature, **fields}))


def _present(fields: Properties) -> Properties:
    return {name: field for name, field in fields.items() if field is not None}
