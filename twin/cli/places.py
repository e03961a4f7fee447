"""`twin places`: from where a client can come, and which Region is nearest there."""

import json

import click

from twin import places as atlas
from twin import roles
from twin.instance import Instance


def listed(instance: Instance) -> list[dict[str, object]]:
    """Each city with its source address and the Regions, nearest first.

    The Regions are those of the running twin; all that AWS has when it has none yet.
    """
    regions = roles.started_regions(instance) or tuple(place.name for place in atlas.REGIONS)
    return [
        {
            "name": city.name,
            "address": atlas.city_address(number),
            "regions": list(atlas.nearest_first(city, regions)),
        }
        for number, city in enumerate(atlas.CITIES, start=1)
    ]


@click.command(short_help="Cities that clients can come from, with their addresses.")
@click.option("--json", "as_json", is_flag=True, help="name, address, regions nearest first.")
@click.pass_obj
def places(instance: Instance, as_json: bool) -> None:
    """Cities that clients can come from: curl --interface ADDRESS http://STATIC-IP/..."""
    found = listed(instance)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for place in found:
        nearest = place["regions"]
        shown = nearest[:3] if isinstance(nearest, list) else []
        click.echo(f"{place['name']:<15} {place['address']:<14} {', '.join(shown)}")
