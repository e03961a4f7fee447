"""Corrections of moto's listener attributes: those of an Application Load Balancer, validated.

moto gives every listener the attribute of a Network Load Balancer.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from moto.elbv2 import models
from moto.elbv2.exceptions import InvalidConfigurationRequest

from twin.core.alb.response import INSERTED_HEADERS, SERVER_ATTRIBUTE
from twin.moto.patches.patching import replace_method

_RESPONSE_ATTRIBUTES = {SERVER_ATTRIBUTE: "true"} | dict.fromkeys(INSERTED_HEADERS, "")
_CLIENT_CERTIFICATE = "routing.http.request.x_amzn_mtls_clientcert"
_TLS = "routing.http.request.x_amzn_tls"
_REQUEST_ATTRIBUTES = {
    f"{_CLIENT_CERTIFICATE}_serial_number.header_name": "X-Amzn-Mtls-Clientcert-Serial-Number",
    f"{_CLIENT_CERTIFICATE}_issuer.header_name": "X-Amzn-Mtls-Clientcert-Issuer",
    f"{_CLIENT_CERTIFICATE}_subject.header_name": "X-Amzn-Mtls-Clientcert-Subject",
    f"{_CLIENT_CERTIFICATE}_validity.header_name": "X-Amzn-Mtls-Clientcert-Validity",
    f"{_CLIENT_CERTIFICATE}_leaf.header_name": "X-Amzn-Mtls-Clientcert-Leaf",
    f"{_CLIENT_CERTIFICATE}.header_name": "X-Amzn-Mtls-Clientcert",
    f"{_TLS}_version.header_name": "X-Amzn-Tls-Version",
    f"{_TLS}_cipher_suite.header_name": "X-Amzn-Tls-Cipher-Suite",
}
_DEFAULTS = {
    "HTTP": _RESPONSE_ATTRIBUTES,
    "HTTPS": _RESPONSE_ATTRIBUTES | _REQUEST_ATTRIBUTES,
}
"""By the listener's protocol; the other protocols keep moto's."""
_CHOICES = {
    SERVER_ATTRIBUTE: ("true", "false"),
    "routing.http.response.access_control_allow_credentials.header_value": ("true", ""),
    "routing.http.response.x_content_type_options.header_value": ("nosniff", ""),
}
_VALUE = re.compile(r"[\x20-\x7e]{0,1024}")


def patch_listener_attributes() -> None:
    replace_method(models.FakeListener, "__init__", _listener_init)
    replace_method(models.ELBv2Backend, "modify_listener_attributes", _modify_listener_attributes)


def _listener_init(original: Any) -> Any:
    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.protocol in _DEFAULTS:
            self.attributes = dict(_DEFAULTS[self.protocol])

    return init


def _modify_listener_attributes(original: Any) -> Any:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ModifyListenerAttributes.html"""

    def modify(self: Any, listener_arn: str, attrs: list[dict[str, str]]) -> Any:
        attributes = self.describe_listener_attributes(listener_arn)
        given = {attribute["Key"]: attribute.get("Value", "") for attribute in attrs}
        check_listener_attributes(given, attributes)
        return original(self, listener_arn, attrs)

    return modify


def check_listener_attributes(given: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise InvalidConfigurationRequest for the first attribute that AWS does not allow."""
    for key, value in given.items():
        if key not in known:
            raise InvalidConfigurationRequest(f"Listener attribute key '{key}' is not recognized")
        choices = _CHOICES.get(key)
        if choices is not None and value not in choices:
            allowed = " or ".join(repr(choice) for choice in choices)
            raise InvalidConfigurationRequest(
                f"Listener attribute '{key}': '{value}' is not {allowed}"
            )
        if not _VALUE.fullmatch(value):
            raise InvalidConfigurationRequest(
                f"Listener attribute '{key}': the value must be at most 1024 printable characters"
            )
