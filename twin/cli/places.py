"""`twin places`: from where a client can come, and which Region is nearest there."""

import json
from typing import TypedDict

import click

from twin import places as atlas
from twin import roles
from twin.instance import Instance

SHOWN = 3
"""As many Regions stand beside a city in the list for a person."""


class Listed(TypedDict):
    """A city, as `--json` has it."""

    name: str
    address: str
    regions: list[str]
    distances_km: dict[str, int]


def listed(instance: Instance) -> list[Listed]:
    """Each city with its source address, and the Regions, nearest first, with their distances.

    The Regions are those of the running twin; all that AWS has when it has none yet.
    """
    regions = roles.started_regions(instance) or tuple(place.name for place in atlas.REGIONS)
    return [
        {
            "name": city.name,
            "address": atlas.city_address(number),
            "regions": list(atlas.nearest_first(city, regions)),
            "distances_km": {
                region: round(atlas.region_km(city, region)) for region in sorted(regions)
            },
        }
        for number, city in enumerate(atlas.CITIES, start=1)
    ]


@click.command(short_help="Cities that clients can come from, with their addresses.")
@click.option(
    "--json", "as_json", is_flag=True, help="name, address, regions nearest first, distances_km."
)
@click.pass_obj
def places(instance: Instance, as_json: bool) -> None:
    """Cities that clients can come from: curl --interface ADDRESS http://STATIC-IP/..."""
    found = listed(instance)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for place in found:
        shown = (f"{r} ({place['distances_km'][r]} km)" for r in place["regions"][:SHOWN])
        click.echo(f"{place['name']:<15} {place['address']:<14} {', '.join(shown)}")
