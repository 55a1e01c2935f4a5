"""What is kept between runs is still found by the next version."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from astro_tui.state.account_cache import AccountCache, KnownAccount
from astro_tui.state.agent_names import agent_names
from astro_tui.state.last_seen import LastSeen
from astro_tui.state.memory import AccountPlace, Memory

SERVER = "https://astropods.com"
FILES = {
    "accounts-https_astropods.com": '"account":"acme","previous":"x","user":"u","seen":"2026-07-02T00:00:00+00:00",'
    '"accounts":[{"name":"acme","type":"organization","display_name":"Acmé","role":"admin","id":"i"}]',
    "agents-https_astropods.com": '"accounts": {"acme": ["claims"]}',
    "place-https_astropods.com-acme-804563bf": '"account":"acme","query":"is:error","order":"age","reverse":true,'
    '"agent":"q7k","section":"history","preview":false,"theme":"light"',
    "folds-https_astropods.com-q7k-04fc9ac3": '"deployment":"q7k","folds":{"base":1,"changes":[["open",["d",0,"e"]]]}',
    "recent-https_astropods.com-palette-ed571bac": '"list":"palette","names":["section logs"]',
    "seen-https_astropods.com-q7k-04fc9ac3": '"deployment": "q7k", "at": "2026-07-02T00:00:00+00:00", '
    '"status": "ACTIVE", "build": "b1", "regenerated": true, '
    '"salt": "8946", "digest": "387c", "spec": "{\\"a\\": \\"\\u00e9\\"}"',
}
"""Files as version 1 writes them, without what all of them begin with."""


def test_files_of_version_1_are_read(tmp_path: Path) -> None:
    for name, members in FILES.items():
        (tmp_path / f"{name}.json").write_text(f'{{"version":1,"server":"{SERVER}",{members}}}', "utf-8")
    problems: list[str] = []
    cache = AccountCache(SERVER, tmp_path).load()
    assert (cache.account, cache.previous, cache.user) == ("acme", "x", "u")
    assert cache.accounts == (KnownAccount("acme", "organization", "Acmé", "admin", "i"),)
    assert cache.seen == datetime(2026, 7, 2, tzinfo=UTC)
    assert agent_names(SERVER, tmp_path) == {"acme": ["claims"]}
    memory = Memory(SERVER, tmp_path, problems=problems)
    assert memory.place("acme") == AccountPlace("is:error", "age", True, "q7k", "history", False, "light")
    assert memory.recent() == ("section logs",)
    folds = memory.folds("q7k")
    assert folds is not None
    assert [step.key or step.position for step in folds.changes[0][1]] == ["d", 0, "e"]
    seen = LastSeen(SERVER, tmp_path, problems.append).before("q7k")
    assert seen is not None
    assert (seen.status, seen.build, seen.spec) == ("ACTIVE", "b1", '{"a": "é"}')
    assert cache.problems == problems == []


def test_a_file_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "recent-https_astropods.com-palette-ed571bac.json"
    path.write_text(f'{{"version":2,"server":"{SERVER}","list":"palette","names":7}}')
    memory = Memory(SERVER, tmp_path)
    assert memory.recent() == ()
    assert memory.problems == []
    assert path.exists()
