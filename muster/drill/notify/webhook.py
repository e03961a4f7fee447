"""A webhook: one POST of JSON a notice. It follows no redirect, which would lead elsewhere."""

import http.client
import json
import urllib.request
from collections.abc import Mapping
from urllib.error import HTTPError, URLError

from common.network.loopback import is_loopback
from muster import __version__
from muster.drill.notify.notices import Notice, NoticeKind
from muster.drill.notify.payloads import make_payload
from muster.errors import NotDelivered
from muster.webhook_address import WebhookAddress

TIMEOUT_S = 3.0
"""Of each wait for the network."""
ALL_KINDS: frozenset[NoticeKind] = frozenset({"begin", "stop", "person-needed", "end", "test"})
TOO_MANY_REQUESTS = 429


class Webhook:
    kinds = ALL_KINDS

    def __init__(
        self,
        name: str,
        address: WebhookAddress,
        environ: Mapping[str, str],
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """`environ` has the value of the address's header, if it has one."""
        self.name = name
        self._address = address
        self._environ = environ
        self._timeout_s = timeout_s
        # HTTP_PROXY holds for other machines only.
        own = [urllib.request.ProxyHandler({})] if is_loopback(address.url) else []
        self._opener = urllib.request.build_opener(_NoRedirect, *own)

    def prepare(self) -> None:
        """Nothing takes long."""

    def deliver(self, notice: Notice) -> None:
        body = json.dumps(make_payload(notice, self._address.form)).encode()
        request = urllib.request.Request(  # noqa: S310 - the setting admits http and https alone
            self._address.url, data=body, headers=self._headers(), method="POST"
        )
        try:
            with self._opener.open(request, timeout=self._timeout_s):
                return
        except HTTPError as exc:
            with exc:
                transient = exc.code >= 500 or exc.code == TOO_MANY_REQUESTS
                raise NotDelivered(_describe_status(exc.code), transient=transient) from exc
        except TimeoutError as exc:
            why = f"no answer within {self._timeout_s:g} s"
            raise NotDelivered(why, transient=True) from exc
        except URLError as exc:
            raise NotDelivered(f"not reached: {exc.reason}", transient=True) from exc
        except (OSError, http.client.HTTPException) as exc:
            why = f"no HTTP answer: {type(exc).__name__} {exc}".strip()
            raise NotDelivered(why, transient=True) from exc

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": f"muster/{__version__}"}
        if self._address.header:
            headers[self._address.header] = self._read_secret()
        return headers

    def _read_secret(self) -> str:
        variable = self._address.variable
        value = self._environ.get(variable, "")
        if not value:
            raise NotDelivered(f"variable {variable}, with the value of its header, is not set")
        if not (value.isascii() and value.isprintable()):
            raise NotDelivered(f"variable {variable} has characters that no header can have")
        return value


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Raises HTTPError for a redirect."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


def _describe_status(status: int) -> str:
    moved = ", a redirect, which is not followed" if 300 <= status < 400 else ""
    return f"HTTP {status}{moved}"
