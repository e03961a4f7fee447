"""Taking a twin down so that nothing of it is left, whatever state its processes are in."""

import shutil

from twin import processes, roles
from twin.cli.bring_up import alone, each, recorded_number
from twin.cli.progress import Progress
from twin.errors import TwinError
from twin.instance import Instance


def bring_down(
    instance: Instance, progress: Progress, *, keep_state: bool, package: str = roles.PACKAGE
) -> None:
    """End every process of this home's twin; remove its state unless told to keep it."""
    if not instance.home.exists():
        if not _end_strays(instance, progress, package):  # it may have been deleted under them
            progress.say("twin", f"nothing in {instance.home}")
        return
    with alone(instance, progress):
        number = recorded_number(instance)
        mine = instance if number is None else Instance(instance.home, number)
        _end(mine, roles.GATEWAY, progress)  # first, since it starts Regions
        each(roles.every(mine), lambda role: _end(mine, role, progress))
        _end_strays(mine, progress, package)
        _check_all_gone(mine)
        shutil.rmtree(mine.run, ignore_errors=True)
        if not keep_state:
            _remove_state(mine, progress)


def _end_strays(instance: Instance, progress: Progress, package: str) -> int:
    strays = processes.end_strays(instance, clock=progress.clock, package=package)
    if strays:
        progress.say("strays", f"ended {strays} that ran without a run file")
    return strays


def _end(instance: Instance, role: str, progress: Progress) -> None:
    if processes.stop(instance, role, clock=progress.clock):
        progress.say(role, "stopped")


def _check_all_gone(instance: Instance) -> None:
    left = [p.pid for role in roles.every(instance) for p in roles.session(instance, role)]
    if left:
        raise TwinError(f"these processes can't be ended: {', '.join(map(str, left))}")


def _remove_state(instance: Instance, progress: Progress) -> None:
    if instance.state.exists():
        shutil.rmtree(instance.state)
        progress.say("state", "removed")
    (instance.home / "instance").unlink(missing_ok=True)
