"""Corrections of moto's listeners: ports, certificates, security policies, changed actions.

Two listeners of a load balancer can't share a port. A listener's `certificates` are the default one
and then those of its certificate list. Whether a certificate exists is checked by control, which
has Certificate Manager.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from moto.elbv2 import models, responses
from moto.elbv2.exceptions import (
    DuplicateListenerError,
    ELBClientError,
    InvalidConfigurationRequest,
    TooManyCertificatesError,
    ValidationError,
)
from moto.elbv2.ssl_policies import SSL_POLICIES

from twin.moto.patches.elbv2.quotas import check_quota
from twin.moto.patches.patching import replace_method, set_attribute

MAX_CERTIFICATES = 25
"""Beside the default one:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
DEFAULT_POLICY = "ELBSecurityPolicy-2016-08"
"""Of listeners that an API call makes:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""
_SECURE = ("HTTPS", "TLS")
_LISTENER_ANSWERS = ("CreateListener", "DescribeListeners", "ModifyListener")


def patch_listeners() -> None:
    backend, response = models.ELBv2Backend, responses.ELBV2Response
    replace_method(backend, "create_listener", _create_listener)
    replace_method(backend, "modify_listener", _modify_listener)
    replace_method(backend, "add_listener_certificates", _add_certificates)
    replace_method(backend, "remove_listener_certificates", _remove_certificates)
    replace_method(backend, "_certificate_exists", _certificate_exists)
    replace_method(response, "create_listener", _checked_response)
    replace_method(response, "modify_listener", _checked_response)
    replace_method(response, "add_listener_certificates", _checked_response)
    set_attribute(models, "register_certificate", lambda **_: None)
    for operation in _LISTENER_ANSWERS:
        path = f"{operation}Output.Listeners.Listener.Certificates"
        response.RESPONSE_KEY_PATH_TO_TRANSFORMER[path] = _default_certificate


def _default_certificate(certificates: Sequence[str]) -> list[dict[str, str]] | None:
    """Of a listener only the default certificate is shown.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Listener.html
    """
    return [{"CertificateArn": arn} for arn in certificates[:1]] or None


def _certificate_exists(_original: Any) -> Any:
    return lambda *_args, **_kwargs: True


def _checked_response(original: Any) -> Any:
    """Check what the backend does not see: the number of certificates and their flags."""

    def respond(self: Any) -> Any:
        params = self._get_params()
        certificates = params.get("Certificates") or []
        check_given(certificates, params.get("SslPolicy"), one=original.__name__ in _ONE)
        return original(self)

    return respond


_ONE = ("create_listener", "modify_listener")


def check_given(
    certificates: Sequence[Mapping[str, Any]], policy: str | None, *, one: bool
) -> None:
    """Raise for parameters that no listener takes; `one`: at most one certificate is allowed.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """
    if any(certificate.get("IsDefault") is not None for certificate in certificates):
        raise ValidationError(
            "You cannot set the isDefault parameter for a certificate in the input"
        )
    if one and len(certificates) > 1:
        raise InvalidConfigurationRequest(
            "You must provide a list containing exactly one certificate if the listener protocol "
            "is HTTPS."
        )
    if policy is not None and policy not in SSL_POLICIES:
        raise ELBClientError("SSLPolicyNotFound", f"SSL policy '{policy}' not found")


def _create_listener(original: Any) -> Any:
    """A repeated creation returns the listener, unless it has been modified meanwhile.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    """

    def create_listener(self: Any, load_balancer_arn: str, *args: Any, **kwargs: Any) -> Any:
        names = ("protocol", "port", "ssl_policy", "certificate", "actions")
        given = copy.deepcopy({**dict(zip(names, args, strict=False)), **kwargs, "tags": None})
        balancer = self.load_balancers.get(load_balancer_arn)
        for present in balancer.listeners.values() if balancer else ():
            if present.created_with == given:
                return present
            if str(present.port) == str(given.get("port")):
                raise DuplicateListenerError()
        if balancer:
            check_quota(balancer, listeners=1)
        check_protocol(given.get("protocol"), has_certificate=bool(given.get("certificate")))
        listener = original(self, load_balancer_arn, *args, **kwargs)
        if listener.protocol not in _SECURE:
            listener.ssl_policy = None  # moto gives each listener one
        listener.created_with = given
        return listener

    return create_listener


def check_protocol(protocol: str | None, *, has_certificate: bool) -> None:
    """Raise ValidationError where protocol and certificate don't fit."""
    if protocol == "HTTPS" and not has_certificate:
        raise ValidationError("A certificate must be specified for HTTPS listeners")
    if protocol == "HTTP" and has_certificate:
        raise ValidationError("A certificate cannot be specified for HTTP listeners")


def _modify_listener(original: Any) -> Any:
    """Replace the default certificate alone; a listener that becomes HTTP loses its TLS.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListener.html
    """

    def modify_listener(self: Any, arn: str, *args: Any, **kwargs: Any) -> Any:
        names = ("port", "protocol", "ssl_policy", "certificates", "actions")
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        before = self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]
        _check_port_free(self, before, given.get("port"))
        kept = list(before.certificates)
        wanted = given.get("protocol") or before.protocol
        named = [certificate["CertificateArn"] for certificate in given.get("certificates") or ()]
        check_protocol(wanted, has_certificate=bool(named or (kept and wanted != "HTTP")))
        self._validate_actions([models.FakeAction(action) for action in given["actions"] or ()])
        listener = original(self, arn, *args, **kwargs)
        listener.created_with = None
        if wanted not in _SECURE:
            listener.certificate, listener.certificates, listener.ssl_policy = None, [], None
        elif named:
            listener.certificates = [*named, *kept[1:]]
        if wanted in _SECURE and listener.ssl_policy is None:
            listener.ssl_policy = DEFAULT_POLICY
        return listener

    return modify_listener


def _check_port_free(backend: Any, listener: Any, port: object) -> None:
    """Raise DuplicateListenerError if another listener of the load balancer has the port."""
    others = backend.load_balancers[listener.load_balancer_arn].listeners.values()
    if any(other is not listener and str(other.port) == str(port) for other in others):
        raise DuplicateListenerError()


def _add_certificates(_original: Any) -> Any:
    """A certificate that is in the list already is not added again.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddListenerCertificates.html
    """

    def add_certificates(
        self: Any, arn: str, certificates: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        listener = self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]
        named = [certificate["CertificateArn"] for certificate in certificates]
        check_protocol(listener.protocol, has_certificate=True)
        default, listed = listener.certificates[:1], listener.certificates[1:]
        extended = list(dict.fromkeys((*listed, *named)))
        if len(extended) > MAX_CERTIFICATES:
            raise TooManyCertificatesError()
        listener.certificates = [*default, *extended]
        return named

    return add_certificates


def _remove_certificates(_original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RemoveListenerCertificates.html"""

    def remove_certificates(self: Any, arn: str, certificates: Sequence[Mapping[str, Any]]) -> None:
        listener = self.describe_listeners(load_balancer_arn=None, listener_arns=[arn])[0]
        named = [certificate["CertificateArn"] for certificate in certificates]
        default, listed = listener.certificates[:1], listener.certificates[1:]
        if any(one in default and one not in listed for one in named):
            raise ELBClientError(
                "OperationNotPermitted", "The default certificate of a listener cannot be removed"
            )
        listener.certificates = [*default, *(one for one in listed if one not in named)]

    return remove_certificates
