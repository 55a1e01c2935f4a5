"""The system's keyring: which one it is, and whether it responds."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from astro_tui.auth.keyring_access import Keyring, KeyringError, SystemKeyring
from astro_tui.cli.doctor.check import CheckGroup, CheckResult, Doing

GROUP = CheckGroup("keyring")
SECONDS = 4.0
"""Less than the limit for all checks, so that a keyring that hangs is reported by name."""
_WITHOUT = "export PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring"
_SERVICE, _NOBODY = "astro-tui", "doctor"


def checks(doing: Doing, keyring: Keyring | None = None) -> Iterator[CheckResult]:
    """Read an item that does not exist, to see whether the keyring responds."""
    doing("reading from the keyring")
    keyring = keyring or SystemKeyring(SECONDS)
    started = monotonic()
    try:
        keyring.get(_SERVICE, _NOBODY)
    except KeyringError as error:
        if error.absent:
            yield GROUP.ok("backend", "No keyring. The login is stored in a file that only you can access.")
            return
        do = f"Unlock the keyring (its prompt may be on another screen), or turn it off: {_WITHOUT}"
        yield GROUP.problem("backend", str(error), do)
        return
    took = round((monotonic() - started) * 1000)
    yield GROUP.ok("backend", f"{_capital(keyring.name)} responded in {max(1, took):,} ms.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
