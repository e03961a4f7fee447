"""Whether the certificates that a call gives to a listener are there, and usable.

moto keeps the listeners and has no certificates; so control checks the calls before it hands them
over. The other rules of listeners are corrections of moto (twin.moto.patches).
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/https-listener-certificates.html
"""

from collections.abc import Mapping
from typing import Any

from twin.control.acm.model import AcmState

CHECKED_OPERATIONS = frozenset({"AddListenerCertificates", "CreateListener", "ModifyListener"})


def check_listener_certificates(
    state: AcmState, region: str, parameters: Mapping[str, Any]
) -> tuple[str, str] | None:
    """AWS's code and message for the first certificate that a listener can't have."""
    for given in parameters.get("Certificates") or ():
        arn = given.get("CertificateArn") or ""
        record = state.find(arn)
        if record is None or record.region != region or record.status == "EXPIRED":
            return "CertificateNotFound", f"Certificate '{arn}' not found"
        if record.status != "ISSUED":
            return (
                "UnsupportedCertificate",
                f"The certificate '{arn}' must have a fully-qualified domain name, a supported "
                "signature, and a supported key size.",
            )
    return None
