"""The code's references to `docs/platform.md` exist, and the page's references to the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

from astro_tui.platform.client import address, changes
from astro_tui.platform.observations import TraceQuery

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").is_file())
PAGE = (ROOT / "docs" / "platform.md").read_text(encoding="utf-8")

NO_ENDPOINTS = {"below", "only_reads", "path_of", "is_chat", "account_of", "deployment_of"}
"""Functions of `address` that do not return one endpoint."""


def numbers() -> set[str]:
    """Return the numbers of the sections; the traps are numbered like sections: 13.7."""
    traps = PAGE.split("\n## 13. ", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"(?m)^#{2,3} (\d+(?:\.\d+)?)", PAGE)) | {
        f"13.{number}" for number in re.findall(r"(?m)^(\d+)\. ", traps)
    }


def references() -> list[tuple[str, str]]:
    """Return each reference of the code to a section, with its file."""
    found = []
    for path in sorted((ROOT / "astro_tui").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        # A line may end between the name of the page and the number.
        for list_of in re.findall(r"platform\.md`?\s+((?:§[\d.]+(?:,| and| to)?\s*)+)", text):
            found += [(path.name, number) for number in re.findall(r"§(\d+(?:\.\d+)?)", list_of)]
    return found


def test_every_section_that_the_code_names_exists() -> None:
    known = numbers()
    assert references()
    assert [(name, number) for name, number in references() if number not in known] == []


def test_every_section_that_the_page_names_exists() -> None:
    assert sorted(set(re.findall(r"§(\d+(?:\.\d+)?)", PAGE)) - numbers()) == []


def test_every_file_that_the_page_names_exists() -> None:
    names = re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.py)?)`", PAGE)
    assert names
    assert [name for name in names if not ((ROOT / "astro_tui" / name).exists() or (ROOT / name).exists())] == []


def endpoints() -> list[str]:
    """Return the path of each endpoint that `address` makes, with names in the place of values."""
    named: dict[str, Any] = {
        "deployment_id": "{id}",
        "direction": "inbound",
        "account": "{account}",
        "name": "{name}",
        "workload": "",
        "component": "",
        "pod": "{pod}",
        "trace_id": "{trace}",
        "observation_id": "{observation}",
        "build": "{build}",
        "conversation_id": "{conversation}",
        "question_id": "{question}",
        "query": TraceQuery(),
    }
    found = []
    for name, function in inspect.getmembers(address, inspect.isfunction):
        if function.__module__ == address.__name__ and not name.startswith("_") and name not in NO_ENDPOINTS:
            needed = (each for each in inspect.signature(function).parameters.values() if each.default is each.empty)
            found.append(function(*(named[each.name] for each in needed)).partition("?")[0])
    return found


def test_every_endpoint_that_the_client_requests_is_marked_as_used() -> None:
    used = "\n".join(line for line in PAGE.splitlines() if line.startswith("| ") and line.endswith("| yes |"))
    requested = [
        *endpoints(),
        changes.restart_pod("{id}", "{pod}").endpoint,
        changes.rename("{id}", "x").endpoint,
        changes.undeploy("{id}").endpoint,
        changes.deploy(b"", "").endpoint,
        changes.rebuild("{account}", "{name}").endpoint,
    ]
    for endpoint in requested:
        path = endpoint.replace("%7B", "{").replace("%7D", "}")
        assert any(f"{before}{path}{after}" in used for before in " `" for after in "`?"), path
