"""Certificate Manager as control runs it: its calls, its loop, its files."""

from collections.abc import Callable
from functools import partial

from common.clock import Clock
from twin.control.acm.documents import read_operations
from twin.control.acm.lifecycle import CertificateLifecycle
from twin.control.acm.model import AcmState
from twin.control.acm.operations import CertificateOperations
from twin.control.acm.usage import find_users
from twin.control.document_service import CallContext, DocumentService
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.tls.certificate_files import save_certificate
from twin.topology.model import Topology


class CertificateManager:
    """The service, and what happens without calls."""

    def __init__(
        self,
        *,
        instance: Instance,
        settings: TwinSettings,
        clock: Clock,
        topology: Callable[[], Topology],
        make_context: Callable[[AwsCall], CallContext],
        on_change: Callable[[], None],
    ) -> None:
        """`topology` is the one that is published; `on_change` publishes it anew."""

        def users_of(arn: str) -> tuple[str, ...]:
            return find_users(topology(), arn)

        operations = CertificateOperations(
            save=partial(save_certificate, instance), find_users=users_of
        )
        self.service = DocumentService(
            instance.state_dir / "control" / "acm.json",
            AcmState(),
            operations={**operations.by_name(), **read_operations(users_of)},
            queries={},
            make_context=make_context,
            on_change=lambda _before, _after: on_change(),
        )
        self.lifecycle = CertificateLifecycle(
            self.service, instance=instance, topology=topology, clock=clock, settings=settings
        )

    @property
    def state(self) -> AcmState:
        return self.service.state
