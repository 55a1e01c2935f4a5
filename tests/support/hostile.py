"""Texts that a hostile server might send, and a check that the screen shows them safely."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from support.idle import drawn_strips

HOSTILE = {
    "markup": "[bold red]x[/] [/ [@click=app.quit]quit[/] [link=file:///etc]l[/link] $text-error",
    "escape": "\x1b[2J\x1b[1;1Hgone\x1b[31m\x1b[?1049l",
    "title": "\x1b]0;owned\x07 \x1b]2;owned\x1b\\ \x1b]52;c;b3duZWQ=\x07",
    "c1": "\x9b2Jgone \x9d0;owned\x9c",
    "bell": "\x07\x07\x07",
    "bidi": "\u202egpj.exe\u202c \u2066x\u2069 \u200f",
    "nul": "\x00\x00a\x7f\x08\x08",
    "lines": "one\ntwo\r\nthree\rfour\u2028five\x0bsix\x0cseven\x85eight",
    "tabs": "a\tb\tc",
    "long": "x" * 4_000,
    "wide": "漢" * 2_000,
    "combining": "a" + "\u0301" * 800,
    "emoji": "👩‍👩‍👧‍👦" * 200,
    "invisible": "\u200b\ufeff\u2060\u00ad",
    "empty": "",
}
_SHORT = {
    "controls": ("escape", "title", "c1", "bell", "nul"),
    "marks": ("bidi", "invisible", "markup"),
    "blanks": ("lines", "tabs"),
}
JOINED = {name: "".join(HOSTILE[part] for part in parts) for name, parts in _SHORT.items()} | {
    name: text for name, text in HOSTILE.items() if not any(name in parts for parts in _SHORT.values())
}
"""All of the texts above in fewer, for tests that show each one on many screens."""
KEY = "zzz-000-aaa"


def row(text: str, key: str = KEY) -> dict[str, Any]:
    return {
        "id": key,
        "name": text,
        "display_name": text,
        "build_id": text,
        "latest_build_id": f"{text}!",
        "status": text,
        "namespace": text,
        "account_name": text,
        "created_at": text,
        "deployed_by": text,
        "external_urls": [{"name": text, "url": text, "type": text, "message": text, "ready": False}],
    }


def issue(text: str) -> dict[str, Any]:
    names = ("workload", "component", "phase", "reason", "message", "title", "guidance")
    return dict.fromkeys(names, text)


def set_hostile(demo: DemoServer, text: str) -> None:
    """Put `text` into every field of every response that the screens request."""
    spec = {
        text: {text: [text, {"name": text, text: 1}]},
        "plain": {"name": text, "value": text, "list": [text] * 3, "password": text},
    }
    record = dict.fromkeys(
        ("agent_name", "build_id", "namespace", "status", "deployed_at", "undeployed_at", text), text
    )
    workload = dict.fromkeys(("name", "kind", "component", "image", "schedule", "provider"), text) | {"replicas": 2}
    details = {key: text for key in row(text) if key not in ("id", "external_urls")} | {
        "id": KEY,
        "error_message": text,
        "source_account": text,
        "components": [text, text],
        "workloads": [workload],
    }
    report = {
        "value": text,
        "reason": text,
        "details": text,
        "error_message": text,
        "failed_on": [issue(text)],
        "waiting_on": [issue(text)],
    }
    rows = [row(text), row(text, "zzz-000-bbb"), row("plain", text)]
    demo.faults.set("/deployments/", Fault.response(200, json.dumps({"deployment": details})))
    demo.faults.set(r"^/deployments/.*/status", Fault.response(200, json.dumps(report)))
    demo.faults.set("/agents/", Fault.response(200, json.dumps({"id": KEY, "spec": spec} | record)))
    demo.faults.set(r"^/deployments\?", Fault.response(200, json.dumps({"deployments": rows})))


def check(pilot: Pilot[Any], text: str) -> None:
    """Fail when the screen holds anything but drawable characters, or text that was read as markup."""
    strips = drawn_strips(pilot.app)
    shown = {char for strip in strips for segment in strip for char in segment.text}
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not shown & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
    size = pilot.app.size
    for strip in strips:
        assert strip.cell_length == size.width
        for segment in strip:
            assert not segment.control
            assert segment.style is None or segment.style.link is None
            assert "@click" not in (segment.style.meta if segment.style else {})
