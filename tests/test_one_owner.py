"""Facts that several modules once stated have one owner."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import astro_tui

PACKAGE = Path(astro_tui.__file__).parent
SOURCES = {
    name: path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    # The demo platform is a server: it knows nothing of the program.
    if not (name := path.relative_to(PACKAGE).as_posix()).startswith("demo/")
}
OWNERS = {
    r"\bscaled_down\b": "platform/status_words.py",
    r'"http": 80': "platform/origin.py",
    r"/events\"": "platform/client/address.py",
    r'"\+00:00"': "text/times.py",
    r"%Y-%m-%d %H:%M}": "text/times.py",
    r"\bSSH_CLIENT\b": "runtime/ssh.py",
    r"\bO_NOFOLLOW\b": "state/plain_files.py",
    r"\bget_close_matches\(": "text/nearest.py",
    r"\b0o022\b": "state/files.py",
    r"\buser_state_path\b": "state/account_cache.py",
    r'"dark", "light"': "state/settings.py",
    r'\(b"", b"null"\)': "platform/models/values.py",
    r'b"name", b"id"': "document/paths.py",
    r"json\.dumps\(MASK": "document/render.py",
    r"timedelta\(minutes=50\)": "diagnosis/current.py",
    r"365 \* 86_400": "screens/base/staleness.py",
    r'"--server", metavar': "cli/parsing.py",
    r'"--theme", metavar': "cli/parsing.py",
    r'"astro-tui auth login"': "errors.py",
    r"ask one of its owners": "errors.py",
    r"The request was canceled": "errors.py",
    r"ErrorKind\.CANCELED, ErrorKind\.SIGNED_OUT": "errors.py",
    r"does not number revisions": "presentation/revisions.py",
    r"rows cannot be read\"": "cli/agents.py",
}
"""How source text states a fact → the module that owns it."""


@pytest.mark.parametrize("fact", OWNERS)
def test_a_fact_is_stated_by_its_owner_alone(fact: str) -> None:
    assert [name for name, text in SOURCES.items() if re.search(fact, text)] == [OWNERS[fact]]
