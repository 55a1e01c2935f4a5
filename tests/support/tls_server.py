"""A TLS server on the loopback address, and the authority that signs its certificate."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from support.raw_server import RawServer, answer

DAY = timedelta(days=1)
USAGE = ("digital_signature", "key_cert_sign", "crl_sign")


class Signer:
    """A certificate authority; clients that trust `file` accept its certificates."""

    def __init__(self, folder: Path, name: str = "Test Authority") -> None:
        self.folder, self.name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._signed(_named(name), self._key.public_key(), authority=True)
        self.file = folder / f"{name}.pem".replace(" ", "-")
        self.file.write_bytes(_pem(self._certificate))

    def issue(
        self,
        *names: str,
        begins: timedelta = -DAY,
        ends: timedelta = 90 * DAY,
        common_name: str = "",
        itself: bool = False,
    ) -> Path:
        """Return a file with a new certificate for some hosts and its key, signed by `itself` or by this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _named(common_name or names[0])
        certificate = self._signed(
            subject, key.public_key(), names, (begins, ends), signed_with=key if itself else None
        )
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self.folder / f"{certificate.serial_number:x}.pem"
        file.write_bytes(secret + _pem(certificate))
        return file

    def _signed(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        names: Sequence[str] = (),
        good: tuple[timedelta, timedelta] = (-DAY, 365 * DAY),
        *,
        authority: bool = False,
        signed_with: ec.EllipticCurvePrivateKey | None = None,
    ) -> x509.Certificate:
        now, key = datetime.now(UTC), signed_with or self._key
        usage = dict.fromkeys(
            (*USAGE, "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        usage |= dict.fromkeys(USAGE if authority else USAGE[:1], True)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if signed_with else _named(self.name))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + good[0])
            .not_valid_after(now + good[1])
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage, encipher_only=False, decipher_only=False), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        if names:
            built = built.add_extension(
                x509.SubjectAlternativeName([_other_name(name) for name in names]), critical=False
            )
        return built.sign(key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _other_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


class TlsServer(RawServer):
    """A `RawServer` behind TLS, with the certificate and key of a file.

    With `proxied` it first takes a CONNECT, as a proxy in front of it would; `connects` has the heads of those.
    """

    def __init__(
        self, file: Path, reply: Callable[[str], bytes] = lambda _head: answer(), *, proxied: bool = False
    ) -> None:
        super().__init__(reply)
        self.connects: list[str] = []
        self._proxied = proxied
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(file)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _serve(self, connection: socket.socket) -> None:
        try:
            if self._proxied:
                self._take_connect(connection)
            secured = self._context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
        self._connections.append(secured)
        super()._serve(secured)

    def _take_connect(self, connection: socket.socket) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            data = connection.recv(1)
            if not data:
                raise ConnectionError
            head += data
        self.connects.append(head.decode("latin-1"))
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
