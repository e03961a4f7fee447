"""The supported data sources, by Pulumi token. Each file of the folder lists its DATA_SOURCES."""

from twin.provider.data_sources import account, certificate, network, policy_document, zone
from twin.provider.errors import UnknownToken
from twin.provider.operations.check import describe_unknown_argument
from twin.provider.schema.resource_type import DataSource
from twin.provider.values import UNKNOWN, Properties

FOLDER = "twin/provider/data_sources/"
DATA_SOURCES = (
    *account.DATA_SOURCES,
    *certificate.DATA_SOURCES,
    *network.DATA_SOURCES,
    *policy_document.DATA_SOURCES,
    *zone.DATA_SOURCES,
)


def find_data_source(token: str) -> DataSource:
    """Find a data source. Raises UnknownToken."""
    found = next((source for source in DATA_SOURCES if source.name == token), None)
    if found is None:
        raise UnknownToken(f"the twin has no data source {token}: declare it in {FOLDER}")
    return found


def unknown_arguments(source: DataSource, args: Properties) -> list[tuple[str, str]]:
    """Failures for arguments that the data source does not have."""
    return [
        (
            name,
            describe_unknown_argument(name, source.name, source.arguments, FOLDER),
        )
        for name, value in args.items()
        if name not in source.arguments and value is not None and value is not UNKNOWN
    ]
