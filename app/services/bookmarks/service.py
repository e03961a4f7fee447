"""The routes of bookmarks. Setting: SCAN, `on` or `off` (default)."""

from collections.abc import Mapping

from app.errors import EnvironmentInvalid
from app.service import Route, Service, ServiceContext
from app.services.bookmarks.keys import table_key
from app.services.bookmarks.player import PlayerRoutes
from app.services.bookmarks.workshop import WorkshopRoutes

BOOKMARK = "/bookmarks/viewers/{viewer}/{film}"
UPDATE = "/bookmarks/update/{pk}/{sk}/{val}"


def make_service(context: ServiceContext) -> Service:
    """The service `bookmarks`. Raises EnvironmentInvalid."""
    workshop = WorkshopRoutes(context, scan=read_scan(context.settings))
    player = PlayerRoutes(context)
    return Service(
        name="bookmarks",
        routes=(
            Route(method="GET", template="/bookmarks", answer=workshop.ping),
            Route(method="GET", template="/bookmarks/", answer=workshop.ping),
            Route(method="GET", template="/bookmarks/scan", answer=workshop.scan),
            Route(method="GET", template="/bookmarks/query/{pk}", answer=workshop.query),
            Route(method="GET", template="/bookmarks/get/{pk}/{sk}", answer=workshop.get),
            Route(method="POST", template="/bookmarks/add/{pk}/{sk}", answer=workshop.add),
            Route(method="GET", template=UPDATE, answer=workshop.add_by_get),
            Route(method="GET", template=UPDATE + "/{thumb}", answer=workshop.set_by_get),
            Route(method="GET", template="/bookmarks/films", answer=player.list_films),
            Route(
                method="GET", template="/bookmarks/viewers/{viewer}", answer=player.list_watching
            ),
            Route(method="GET", template=BOOKMARK, answer=player.read_bookmark),
            Route(method="PUT", template=BOOKMARK, answer=player.write_bookmark),
        ),
        probe_key=table_key("health", "health"),
    )


def read_scan(settings: Mapping[str, str]) -> bool:
    """Whether everybody may read the whole table. Raises EnvironmentInvalid."""
    text = settings.get("SCAN", "off")
    if text not in ("on", "off"):
        raise EnvironmentInvalid(f"BOOKMARKS_SCAN is '{text}'; on or off")
    return text == "on"
