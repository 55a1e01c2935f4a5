"""Server certificates: what they contain, trusted or not, and why one is refused."""

from __future__ import annotations

import ssl
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import Check, Do, Remedy
from astro_tui.platform.client.call import Words

if TYPE_CHECKING:
    from cryptography import x509

_MOST_NAMES = 20
_CLOCK = Check("this machine's clock; if it is right, the server needs a new certificate")
SIGNER = Do("if a company proxy intercepts TLS, set SSL_CERT_FILE to the proxy's certificate")
"""What to do about a certificate whose signer is not trusted."""
_OTHER_NAME: tuple[str, Remedy] = (
    "is for another host name",
    Check("the server's address"),
)
_UNTRUSTED: tuple[str, Remedy] = ("is signed by an authority that this program does not trust", SIGNER)
_REFUSALS: dict[int, tuple[str, Remedy]] = {
    2: _UNTRUSTED,
    9: ("is not valid yet", Check("this machine's clock")),
    10: ("has expired", _CLOCK),
    18: ("is self-signed", SIGNER),
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: _UNTRUSTED,
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}
"""OpenSSL's reasons to refuse a certificate (X509_V_ERR_…) in words."""
UNREADABLE = Words("The trusted certificates cannot be read.", (Check("SSL_CERT_FILE and SSL_CERT_DIR"),))
"""The error if no context for secure connections can be created."""
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE"})


class Certificate(Struct, frozen=True):
    """The subject, issuer, and validity of a certificate. Unreadable fields are empty. All text is untrusted."""

    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    begins: datetime | None = None
    ends: datetime | None = None


def certificate_of(der: bytes) -> Certificate:
    """Return the fields of a certificate. Never raises, and verifies no signature."""
    # The standard library only reads certificates that it trusts.
    from cryptography import x509

    try:
        certificate = x509.load_der_x509_certificate(der)
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return Certificate(_name(certificate.subject), _name(certificate.issuer), _names(certificate), begins, ends)
    except (ValueError, TypeError):
        return Certificate()


def _name(name: x509.Name) -> str:
    """Return a name for display: its common name and its organization, or either."""
    from cryptography.x509.oid import NameOID

    parts = [
        str(attributes[0].value)
        for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
        if (attributes := name.get_attributes_for_oid(oid))
    ]
    return f"{parts[0]} ({parts[1]})" if len(set(parts)) == 2 else "".join(parts[:1])


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return ()
    return tuple(
        str(name.value) for name in islice(alternatives, _MOST_NAMES) if isinstance(name, x509.DNSName | x509.IPAddress)
    )


def refused_words(error: ssl.SSLError, host: str) -> Words:
    """Return what a failed handshake with `host` means, and what to do. `host` must be safe to display."""
    if isinstance(error, ssl.SSLCertVerificationError):
        what, remedy = _REFUSALS.get(error.verify_code, ("is not trusted", SIGNER))
        return Words(f"No secure connection: the certificate of {host} {what}.", (remedy,))
    if error.reason in _NO_TLS:
        return Words(f"The server at {host} does not speak TLS.", (Check("the address and the port of the server"),))
    return Words(f"Cannot make a secure connection to {host}.", (SIGNER,))
