"""The system's keyring: which one it is, and whether it answers."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from astro_tui.auth.keyring_access import Keyring, KeyringError, SystemKeyring
from astro_tui.cli.doctor.check import Check, Group
from astro_tui.cli.doctor.running import Doing

GROUP = Group("keyring")
SECONDS = 4.0
"""Less than the time of a whole run, so that a keyring that hangs is named."""
_WITHOUT = "export PYTHON_KEYRING_BACKEND=keyring.backends.fail.Keyring"
_SERVICE, _NOBODY = "astro-tui", "doctor"


def checks(doing: Doing, keyring: Keyring | None = None) -> Iterator[Check]:
    """Read an item that is not there: the keyring answers, or says why it cannot."""
    doing("asking the keyring")
    keyring = keyring or SystemKeyring(SECONDS)
    started = monotonic()
    try:
        keyring.get(_SERVICE, _NOBODY)
    except KeyringError as error:
        if error.absent:
            yield GROUP.ok("backend", "There is none: a login is kept in a file that is yours alone.")
            return
        do = f"Unlock it (it may ask on another screen), or do without: {_WITHOUT}"
        yield GROUP.problem("backend", str(error), do)
        return
    took = round((monotonic() - started) * 1000)
    yield GROUP.ok("backend", f"{_capital(keyring.name)} answers in {max(1, took):,} ms.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
