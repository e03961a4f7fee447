"""The gateway's fast path: DynamoDB's calls.

The same router as for all other calls decides (twin.gateway.call_router), and a call is forwarded
byte for byte by twin.gateway.forwarder.
"""

import uuid
from collections.abc import Callable
from functools import partial

from aiohttp.helpers import rfc822_formatted_time

from twin.core.http.error_response import write_error_response
from twin.gateway.call_router import CallRouter
from twin.gateway.forwarder import Forwarder
from twin.gateway.routing import (
    ApiCall,
    Forward,
    MissingScope,
    Rejection,
    read_credential_scope,
)
from twin.internal_api.fast_path import Answer
from twin.internal_api.plain_requests import PlainHead, PlainRequest, encode_response
from twin.internal_api.schemas import SOURCE_IP_HEADER
from twin.runtime import roles
from twin.runtime.instance import Instance

SERVICE = "dynamodb"


class DataPlaneCalls:
    def __init__(
        self,
        instance: Instance,
        router: CallRouter,
        forwarder: Forwarder,
        *,
        enforces_iam: bool,
    ) -> None:
        self._instance = instance
        self._router = router
        self._forwarder = forwarder
        self._enforces_iam = enforces_iam

    def handle(self, request: PlainRequest) -> Answer:
        """Forward the call; None for one of another service, and for the twin's own header."""
        headers = request.head.headers
        scope = read_credential_scope(headers, "")
        if isinstance(scope, MissingScope) or scope.service != SERVICE:
            return None
        if SOURCE_IP_HEADER in headers:
            return None
        route = self._router.route(ApiCall(method="POST", path="/", scope=scope))
        if isinstance(route, Forward) and self._router.is_ready(route):
            address = roles.internal_address(self._instance, route.role)
            connection = self._forwarder.find_idle(address)
            if connection is not None:
                return connection.exchange(
                    self._text_for_region(request), self._on_disconnect(request.head, route.role)
                )
        return self._handle_waiting(request, route)

    async def _handle_waiting(
        self, request: PlainRequest, route: Forward | Rejection
    ) -> bytes | None:
        """The same for a call that has to wait: for a Region, a connection, or its rejection."""
        if isinstance(route, Forward):
            route = await self._router.make_ready(route)
        if isinstance(route, Rejection):
            await self._router.delay(route)
            return _encode_rejection(request.head, route)
        address = roles.internal_address(self._instance, route.role)
        try:
            connection = await self._forwarder.connect(address)
        except (OSError, TimeoutError) as exc:
            rejection = self._router.reject_unreachable(route.role, str(exc))
            return _encode_rejection(request.head, rejection)
        return await connection.exchange(
            self._text_for_region(request), self._on_disconnect(request.head, route.role)
        )

    def _text_for_region(self, request: PlainRequest) -> bytes:
        head = request.head.without_connection()
        if self._enforces_iam:
            # What a process needs to know of the caller when it enforces IAM.
            head = head[:-2] + f"{SOURCE_IP_HEADER}: {request.remote}\r\n\r\n".encode()
        return head + request.body

    def _on_disconnect(self, head: PlainHead, role: str) -> Callable[[str], bytes]:
        return partial(self._encode_disconnected, head, role)

    def _encode_disconnected(self, head: PlainHead, role: str, reason: str) -> bytes:
        return _encode_rejection(head, self._router.reject_disconnected(role, reason))


def _encode_rejection(head: PlainHead, rejection: Rejection) -> bytes:
    response = write_error_response(rejection, head.headers, SERVICE, str(uuid.uuid4()))
    return encode_response(
        response.status, response.headers, response.body, rfc822_formatted_time()
    )
