"""The connection to a server, step by step: proxy, name, connection, certificate. Sends no request."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator
from datetime import timedelta

from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing
from astro_tui.platform.client.certificate import SIGNER, UNREADABLE, Certificate, refused_words
from astro_tui.platform.client.probe import (
    ProxyRefusedError,
    Secured,
    ServerRoute,
    connect,
    resolve,
    secure,
    trust_store,
    way_to,
)
from astro_tui.platform.client.wire import secure_context
from astro_tui.platform.servers import Origin
from astro_tui.presentation.remedies import in_shell
from astro_tui.runtime import system_clock
from astro_tui.text.foreign import visible
from astro_tui.text.times import joined, span

CONNECT_SECONDS, SECURE_SECONDS = 3.0, 3.0
SOON = timedelta(days=14)
"""How long before its expiry a certificate gets a note."""
_SHOWN = 2
_NETWORK = "Check the network and any firewall."
Found = Generator[CheckResult, None, bool]


def reach(group: CheckGroup, origin: Origin, doing: Doing, *, fatal: bool) -> Found:
    """Yield a check for each step. Returns whether a request can work."""
    try:
        way = way_to(origin)
    except ValueError:
        do = "Set HTTPS_PROXY (or ALL_PROXY) to an address such as http://proxy.example:3128"
        yield group.problem("proxy", "The proxy in the environment is not a valid address.", do, fatal=fatal)
        return False
    if way.proxy:
        yield group.ok("proxy", f"Through {visible(way.proxy, 80)}, from {way.variable}.")
    if not way.plain:
        # The HTTP library handles other proxies: the request itself shows whether they work.
        return True
    doing(f"looking up the name {visible(way.host, 100)}")
    if not (yield from _name(group, way, fatal=fatal)):
        return False
    doing(f"connecting to {visible(way.host, 100)}")
    if not (yield from _connection(group, way, fatal=fatal)):
        return False
    if origin.scheme != "https":
        yield group.ok("TLS", _without_tls(origin)) if origin.loopback else group.note("TLS", _without_tls(origin))
        return True
    doing("doing the TLS handshake")
    return (yield from _tls(group, way, fatal=fatal))


def _whose(way: ServerRoute) -> str:
    return "The proxy" if way.proxy else visible(way.origin.netloc, 100)


def _name(group: CheckGroup, way: ServerRoute, *, fatal: bool) -> Found:
    try:
        addresses = resolve(way)
    except (OSError, UnicodeError):
        message = f"The name {visible(way.host, 100)} cannot be resolved."
        what = f"the address in {way.variable}" if way.proxy else "the spelling of the address"
        yield group.problem("name", message, f"Check the network, and {what}.", fatal=fatal)
        return False
    if addresses != (way.host,):
        more = f" and {len(addresses) - _SHOWN} more" if len(addresses) > _SHOWN else ""
        yield group.ok("name", f"{visible(way.host, 100)} resolves to {joined(list(addresses[:_SHOWN]))}{more}.")
    return True


def _connection(group: CheckGroup, way: ServerRoute, *, fatal: bool) -> Found:
    where = f"{visible(way.host, 100)}, port {way.port}"
    try:
        peer, seconds = connect(way, CONNECT_SECONDS)
    except TimeoutError:
        message = f"No response from {where} within {CONNECT_SECONDS:g} s."
        yield group.problem("connection", message, _NETWORK, fatal=fatal)
    except ConnectionRefusedError:
        message = f"{where} does not accept connections."
        what = f"the address in {way.variable}" if way.proxy else "the port in its address"
        yield group.problem("connection", message, f"Check that the server is running, and check {what}.", fatal=fatal)
    except OSError as error:
        message = f"No connection to {where}: {error.strerror or type(error).__name__}."
        yield group.problem("connection", message, _NETWORK, fatal=fatal)
    else:
        yield group.ok("connection", f"{peer}, port {way.port}, in {_milliseconds(seconds)}.")
        return True
    return False


def _without_tls(origin: Origin) -> str:
    if origin.loopback:
        return "None: plain http to this machine."
    return "None: plain http sends your login unencrypted (--allow-insecure)."


def _tls(group: CheckGroup, way: ServerRoute, *, fatal: bool) -> Found:
    variable, path = trust_store()
    try:
        context = secure_context()
    except OSError:
        do = (
            f"{variable} is {visible(path, 200)}. Correct it or unset it."
            if variable
            else in_shell(UNREADABLE.remedies)
        )
        yield group.problem("TLS", UNREADABLE.message, do, fatal=fatal)
        return False
    try:
        secured = secure(way, context, SECURE_SECONDS)
    except ssl.SSLError as error:
        words = refused_words(error, _whose(way))
        yield group.problem("TLS", words.message, in_shell(words.remedies), fatal=fatal)
    except TimeoutError:
        message = f"{_whose(way)} did not respond to the TLS handshake within {SECURE_SECONDS:g} s."
        yield group.problem("TLS", message, _NETWORK, fatal=fatal)
    except OSError as error:
        yield group.problem("TLS", *_cut_off(way, error), fatal=fatal)
    else:
        yield _secured(group, way, secured, variable, fatal=fatal)
        return secured.refused is None
    return False


def _cut_off(way: ServerRoute, error: OSError) -> tuple[str, str]:
    """Return why there was no handshake and what to do. Quotes nothing from a proxy but its status."""
    if not way.proxy or isinstance(error, socket.gaierror):
        return f"{_whose(way)} closed the connection during the TLS handshake.", _NETWORK
    if not isinstance(error, ProxyRefusedError) or not error.status:
        return "The proxy closed the connection.", f"Check {way.variable}."
    if error.status == 407:
        fix = f"Add your user name and password to {way.variable}: http://<user>:<password>@<host>:<port>"
        return "The proxy requires a login (407).", fix
    return f"The proxy did not connect to {way.origin.netloc} ({error.status}).", "Ask the administrator of the proxy."


def _secured(group: CheckGroup, way: ServerRoute, secured: Secured, variable: str, *, fatal: bool) -> CheckResult:
    whose = _described(secured.certificate)
    if secured.refused is not None:
        words = refused_words(secured.refused, visible(way.origin.netloc, 100))
        do = in_shell(words.remedies)
        if variable and SIGNER in words.remedies:
            do = f"{variable} is set but does not include the issuer's certificate. Correct it or unset it."
        return group.problem("TLS", f"{words.message} {whose}", do, fatal=fatal)
    ends, now = secured.certificate.ends, system_clock()
    if ends is not None and ends - now < SOON:
        left = span((ends - now).total_seconds())
        fix = "Contact the server's administrator."
        return group.note("TLS", f"{secured.version}. {whose} It expires in {left}.", fix)
    return group.ok("TLS", f"{secured.version}. {whose}")


def _described(certificate: Certificate) -> str:
    """Return a certificate's subject, other names, issuer, and expiry in words."""
    names = [name for name in certificate.names if name != certificate.subject] or [certificate.subject]
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    parts = [
        f"for {visible(certificate.subject or names[0], 60)}",
        f"also {visible(names[0], 60)}{more}" if certificate.subject and names[0] != certificate.subject else "",
        f"by {visible(certificate.issuer, 60)}",
        f"until {certificate.ends:%Y-%m-%d}" if certificate.ends else "",
    ]
    if not certificate.issuer:
        return "The server's certificate cannot be read."
    return f"Certificate {', '.join(part for part in parts if part)}."


def _milliseconds(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000)):,} ms"
