"""`twin curl`: curl as if it ran in a city."""

import os
import shutil
from collections.abc import Mapping, Sequence

import click

from twin import geography
from twin.cli.completion import complete_city
from twin.errors import NotRunning, UsageError
from twin.runtime.instance import Instance
from twin.runtime.own_user import require_own_listener
from twin.runtime.socket_owner import Address


@click.command(
    context_settings={
        "ignore_unknown_options": True,
        "help_option_names": ["-h", "--help"],
    }
)
@click.option(
    "--from",
    "city",
    required=True,
    metavar="CITY",
    help="One of `twin places`.",
    shell_complete=complete_city,
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def curl(instance: Instance, city: str, arguments: tuple[str, ...]) -> None:
    """Run curl with ARGUMENTS as a client in CITY: its resolver, its nearest Region.

    \b
    twin curl --from Portland https://api.muster.test/get/foobar

    \b
    curl's error 97 ends with the city's answer:
    (2)  the address is not a public one of this twin
    (4)  the city's resolver has no address for the name, or Route 53 is down
    (5)  refused: nothing listens at the port, or its Region is dead
    (6)  no answer: the network is cut
    Its error 7: no city answers (see twin status).
    """
    program = shutil.which("curl")
    if program is None:
        raise UsageError("`curl` is not installed (Debian: apt-get install curl)")
    if not arguments:
        raise UsageError("the URL is missing: twin curl --from CITY URL")
    command = build_command(instance, city, arguments)
    require_own_entrance(find_entrance(instance, city))
    os.execve(program, command, without_proxies(os.environ))  # noqa: S606 - no shell is needed


def build_command(instance: Instance, city: str, arguments: Sequence[str]) -> list[str]:
    """The command line: through the city's SOCKS entrance, which resolves names there.

    Raises SettingsError for an unknown city.
    """
    host, port = find_entrance(instance, city)
    trusted = ["--cacert", str(instance.ca_path)] if instance.ca_path.exists() else []
    return ["curl", "--proxy", f"socks5h://{host}:{port}", *trusted, *arguments]


def find_entrance(instance: Instance, city: str) -> Address:
    """Where the city's SOCKS entrance is. Raises SettingsError for an unknown city."""
    return instance.socks_address(geography.city_number(geography.find_city(city)))


def require_own_entrance(address: Address) -> None:
    """Raise NotRunning if a program of another user has the address of the dead cities."""
    try:
        require_own_listener(address)
    except ConnectionRefusedError as exc:
        host, port = address
        raise NotRunning(f"no city is at {host}:{port}: {exc.strerror}; see twin status") from exc


def without_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without variables that would lead curl past the entrance."""
    return {name: value for name, value in environ.items() if name.lower() != "no_proxy"}
