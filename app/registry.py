"""Finds the services by their modules' names, and imports only what is configured."""

import importlib
import pkgutil
from typing import cast

import app.services
from app.errors import EnvironmentInvalid
from app.service import MakeService


def known_services() -> tuple[str, ...]:
    """Names of the services that the function's code has."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(app.services.__path__)))


def load_service(name: str) -> MakeService:
    """`make_service` of this service. Raises EnvironmentInvalid for a name that is none."""
    if name not in known_services():
        known = ", ".join(known_services())
        raise EnvironmentInvalid(f"SERVICES names '{name}'; this function has {known}")
    module = importlib.import_module(f"app.services.{name}.service")
    return cast("MakeService", module.make_service)
