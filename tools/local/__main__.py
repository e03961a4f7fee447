"""`python -m tools.local up|down`: the rest of `make up` and `make down`, once all is installed."""

import os
import shutil
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from tools.local import deploy, first_request, repair, shell, stack_config
from tools.local import pulumi as wrapper
from tools.setup.progress import Step
from twin import instance as instances
from twin.cli.bring_down import bring_down
from twin.cli.bring_up import Wanted, alone, bring_up
from twin.cli.progress import Progress
from twin.clock import SystemClock
from twin.errors import TwinError
from twin.instance import Instance
from twin.provider import install

_TRY_NEXT = """
  Try next:
    curl {other}/health   # the other static IP
    curl --interface 127.210.7.1 {base}/get/foobar   # a client in Portland
    source {env}   # pulumi, aws, twin and muster in this shell
    muster status
"""


@click.group()
def cli() -> None:
    """Bring the local system up, or take it down."""


@cli.command()
@click.option("--instance", "number", default="", help="0 to 19, or auto.")
@click.option("--speed", default="", help="Divides the intervals, delays and lags of AWS.")
def up(number: str, speed: str) -> None:
    """Bring the running system to what the checkout says."""
    clock = SystemClock()
    instance = instances.from_environment(os.environ, wrapper.ROOT)
    wanted = Wanted(number=number, settings={"speed": _speed(speed)} if speed else {})
    with alone(instance, Progress(clock), "make"):
        _bring_up(instance, wanted, clock)


def _bring_up(instance: Instance, wanted: Wanted, clock: SystemClock) -> None:
    config = stack_config.read((wrapper.ROOT / stack_config.FILE).read_text())
    if repair.interrupted(instance) and repair.was_never_complete(instance):
        Step("first deployment").note("was interrupted: starting afresh")
        _take_down(instance)
    instance = bring_up(instance, wanted, os.environ, Progress(clock))
    shell.write(instance, wrapper.ROOT, config.home_region)
    _say_port(instance, config)
    outputs = _deploy(instance, config)
    base = first_request.base_url(outputs)
    first_request.until_healthy(instance, clock)
    first_request.ensure_item(instance, base, outputs, clock)
    _show(instance, base, outputs)


def _speed(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise click.BadParameter(f"SPEED={text}: not a number") from None


def _say_port(instance: Instance, config: stack_config.StackConfig) -> None:
    port = wrapper.listener_port(instance, config)
    if port != config.listener_port:
        Step("listener port").note(
            f"{port}, since this user may not bind port {config.listener_port}"
        )


def _deploy(instance: Instance, config: stack_config.StackConfig) -> dict[str, Any]:
    """Run Pulumi with the stand-in provider; the outputs, also written to outputs.json."""
    variables = shell.variables(instance, config.home_region)
    environ = deploy.environment(variables, shell.folders(instance, wrapper.ROOT))
    install.install(Path(variables["PULUMI_HOME"]), Path(sys.executable), wrapper.ROOT)
    outputs = deploy.bring_to_program(instance, wrapper.config_file(instance), environ)
    shell.replace(instance.home / "outputs.json", deploy.as_json(outputs), 0o644)
    return outputs


def _show(instance: Instance, base: str, outputs: dict[str, Any]) -> None:
    answer = first_request.request(base, "GET", f"/get/{first_request.ITEM}")
    click.echo(f"\n  {base}/get/{first_request.ITEM}\n    {answer.body}")
    other = base.replace(outputs["static_ips"][0], outputs["static_ips"][1])
    env = os.path.relpath(instance.home / "env")
    shown = env if not env.startswith("..") else instance.home / "env"
    click.echo(_TRY_NEXT.format(other=other, base=base, env=shown), nl=False)


@cli.command()
def down() -> None:
    """Remove the twin's processes and state, and the local stack; the tools stay."""
    instance = instances.from_environment(os.environ, wrapper.ROOT)
    progress = Progress(SystemClock())
    with alone(instance, progress, "make") if instance.home.exists() else nullcontext():
        _take_down(instance)


def _take_down(instance: Instance) -> None:
    bring_down(instance, Progress(SystemClock()), keep_state=False)
    for name in ("backend", "pulumi"):
        shutil.rmtree(instance.home / name, ignore_errors=True)
    for name in ("outputs.json", stack_config.FILE):
        (instance.home / name).unlink(missing_ok=True)


def main() -> int:
    """Run it; the exit code."""
    try:
        cli.main(standalone_mode=False, prog_name="make")
    except click.ClickException as exc:
        exc.show()
        return exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except TwinError as exc:
        click.echo(f"error: {exc}", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
