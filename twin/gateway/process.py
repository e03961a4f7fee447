"""The gateway's process: its listening socket, its HTTP client, and the processes behind it."""

import os
import socket
from collections.abc import Mapping

from common.clock import SystemClock
from twin.core.faults import Faults
from twin.errors import InstanceInUse, SettingsError, StartFailed
from twin.faults.watch import FaultWatcher
from twin.gateway.fault_expiry import FaultExpiry
from twin.gateway.gateway import Gateway, create_client_session, refuse_by_service_error
from twin.gateway.process_table import ProcessTable
from twin.internal_api.freed_memory import give_back_later
from twin.internal_api.request_memory import RequestMemory
from twin.internal_api.server import serving_socket
from twin.runtime import processes
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import Instance
from twin.runtime.own_user import admit_everybody, refuse_other_users
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import process_state

BACKLOG = 1024


async def main(context: DaemonContext) -> None:
    """Run the gateway until the context's stop event is set."""
    instance = context.instance
    listening = open_listening_socket(instance, os.environ)
    os_processes = OsProcesses(instance, os.environ)
    process_table = ProcessTable(os_processes, context.clock)
    fault_expiry = FaultExpiry(
        instance, os_processes.start, context.clock, process_table.refresh_state
    )
    async with create_client_session() as session:
        gateway = Gateway(
            instance,
            process_table,
            session,
            enforces_iam=context.settings.enforce_iam,
            memory=RequestMemory(give_back=give_back_later),
        )

        def apply_faults(faults: Faults) -> None:
            gateway.apply_faults(faults)
            fault_expiry.apply_faults(faults)

        watcher = FaultWatcher(instance, context.clock, apply_faults)
        watcher.look()
        serving = serving_socket(
            gateway.build_app(watcher),
            listening,
            find_refusal=admit_everybody if context.settings.share else refuse_other_users,
            refusing=refuse_by_service_error,
            auto_decompress=False,
        )
        async with serving:
            await context.run_until_stopped(watcher.run(), fault_expiry.run())


class OsProcesses:
    """twin.runtime.processes, for one twin."""

    def __init__(self, instance: Instance, environ: Mapping[str, str]) -> None:
        self._instance = instance
        self._environ = environ

    def state(self, role: str) -> ProcessState:
        return process_state(self._instance, role)

    def start(self, role: str) -> None:
        """Start the role's process and wait until it answers. Raises StartFailed."""
        try:
            processes.start_process(
                self._instance, role, environ=self._environ, clock=SystemClock()
            )
        except OSError as exc:  # on a full disk, for example
            raise StartFailed(f"{role} can't be started: {exc}") from exc


def open_listening_socket(instance: Instance, environ: Mapping[str, str]) -> socket.socket:
    """The listening socket inherited through TWIN_LISTEN_FD, or a new one.

    Raises InstanceInUse, SettingsError.
    """
    inherited = environ.get("TWIN_LISTEN_FD", "")
    if inherited:
        try:
            return socket.socket(fileno=int(inherited))
        except (ValueError, OSError) as exc:
            raise SettingsError(f"TWIN_LISTEN_FD '{inherited}': not an open socket") from exc
    try:
        return socket.create_server(instance.gateway_address, backlog=BACKLOG)
    except OSError as exc:
        port = instance.gateway_address[1]
        raise InstanceInUse(
            f"port {port} of instance {instance.number} can't be opened: {exc.strerror}; "
            "another twin or program has it, take another instance"
        ) from exc
