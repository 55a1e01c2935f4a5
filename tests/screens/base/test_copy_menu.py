"""Copying and saving: what the menu offers, what is copied, and that secrets are not."""

from __future__ import annotations

import json
import re
import resource
import signal
import stat
from pathlib import Path

import pytest
import yaml
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS
from support.driving import go_to, opened, spec_of
from support.on_screen import flat, running, screen_text, until, until_text
from textual.pilot import Pilot

from astro_tui.clipboard.offers import (
    SAMPLE,
    MaskedError,
    address_offer,
    deployment_offers,
    document_offers,
    document_saved,
)
from astro_tui.demo import DemoServer
from astro_tui.document import Document, Outline
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource
from astro_tui.logs.rows import LogRow
from astro_tui.screens.base import letter_menu
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.logs.pane import line_offers
from astro_tui.state.files import write_new
from astro_tui.text.redaction import MASK, redact_text
from astro_tui.text.times import amount
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.pick_list import PickList

pytestmark = pytest.mark.anyio
SECRETS = ("EXAMPLE-ONLY", "sk-EXAMPLE", "ghp_EXAMPLE", "xoxb-", "eyJhbGci", "PRIVATE KEY")
RAW = b'{"a": {"n": 1.10, "t": "l1\\nl2", "odd key": [true]}, "api_key": "hunter2-hunter2", "b": null}'


@pytest.fixture
def taken() -> Taken:
    return Taken()


# ---- offers, without a screen


def offered(outline: Outline, row: int | None) -> dict[str, str]:
    node = None if row is None else outline.node(row)
    return {offer.key: offer.make().text for offer in document_offers(outline, node) if offer.key not in "dD"}


def test_offers_of_a_value() -> None:
    outline = Outline(Document.parse(RAW), 9)
    assert offered(outline, 1) == {
        "y": "1.10",
        "k": "n",
        "p": ".a.n",
        "b": '["a"]["n"]',
        "j": "1.10\n",
        "Y": "1.10\n",
    }
    assert offered(outline, 2)["y"] == "l1\nl2"
    item = offered(outline, 4)
    assert item["p"] == '.a."odd key"[0]'
    assert "k" not in item
    assert offered(outline, None) == {}


def test_offers_of_a_container_and_the_document() -> None:
    outline = Outline(Document.parse(RAW), 9)
    below = {"n": 1.1, "t": "l1\nl2", "odd key": [True]}
    texts = offered(outline, 0)
    assert json.loads(texts["y"]) == json.loads(texts["j"]) == yaml.safe_load(texts["Y"]) == below
    whole = {offer.key: offer.make() for offer in document_offers(outline, None)}
    masked = {"a": below, "api_key": MASK, "b": None}
    assert json.loads(whole["d"].text) == yaml.safe_load(whole["D"].text) == masked
    assert whole["d"].remark == "1 secret masked"
    assert "1.10" in whole["d"].text


def test_a_masked_value_is_not_copied_until_it_is_revealed() -> None:
    outline = Outline(Document.parse(RAW))
    row = 1
    value, *_, document, _ = document_offers(outline, outline.node(row))
    assert value.sample == MASK
    with pytest.raises(MaskedError, match="The value is masked"):
        value.make()
    assert "hunter2" not in document.make().text
    node = outline.reveal(row)
    value, *_, document, as_yaml = document_offers(outline, node)
    assert value.make() == ("hunter2-hunter2", "a revealed secret in plain text")
    assert "hunter2" in document.make().text
    assert document.make().remark == as_yaml.make().remark == "1 revealed secret in plain text"
    make, suffix = document_saved(outline, "yaml")
    assert suffix == ".yaml"
    outline.conceal(node)
    assert "hunter2" in make().text  # the function saves what was on screen when it was made
    assert "hunter2" not in document_saved(outline, "json")[0]().text


def test_offers_of_a_deployment_are_shell_safe() -> None:
    texts = {offer.key: offer.make().text for offer in deployment_offers("a b$(x)", name="n", endpoint="e")}
    assert texts["i"] == "a b$(x)"
    assert texts["c"] == "ast agent get --id 'a b$(x)' --json"
    assert address_offer("acme/x#spec:.env[0]").make().text == "astro-tui 'acme/x#spec:.env[0]'"
    assert "u" not in texts


@pytest.mark.parametrize("url", ["https://ops:hunter2@web.test/", "https://web.test/?token=hunter2-hunter2"])
def test_texts_from_the_platform_are_masked(url: str) -> None:
    offers = deployment_offers("x", name=url, endpoint=url)
    every = "".join(f"{offer.sample}{offer.make().encoded.decode()}" for offer in offers)
    assert every.count("web.test") == 4
    assert "hunter2" not in every


@pytest.mark.parametrize(
    ("server", "demo", "program", "command"),
    [
        ("https://astropods.com", False, "ast", "astro-tui acme/x"),
        ("https://astropod.ai", False, "ast-preview", "astro-tui --server https://astropod.ai acme/x"),
        ("http://localhost:8080", False, "ast-dev", "astro-tui --server http://localhost:8080 acme/x"),
        ("http://127.0.0.1:50000", True, "ast", "astro-tui --demo acme/x"),
    ],
)
def test_commands_lead_to_the_same_server(server: str, demo: bool, program: str, command: str) -> None:
    texts = {offer.key: offer.make().text for offer in deployment_offers("x", server=server)}
    assert texts["c"] == f"{program} agent get --id x --json"
    assert address_offer("acme/x", server=server, demo=demo).make().text == command


def test_a_long_log_line_is_masked_when_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    masked: list[int] = []

    def noted(text: str) -> str:
        masked.append(len(text))
        return redact_text(text)

    monkeypatch.setattr("astro_tui.text.redaction.masking.redact_text", noted)
    message = f"password=hunter2 {'words ' * 10_000}token=hunter2-hunter2"
    offers = {offer.key: offer for offer in line_offers(LogRow(1, 0, Level.INFO, "info", LogSource("x", "w"), message))}
    assert max(masked) <= 2_000
    assert all(len(offer.sample) < 2 * SAMPLE and "hunter2" not in offer.sample for offer in offers.values())
    for key in "lm":
        text = offers[key].make().encoded.decode()
        assert len(text) > 60_000
        assert "hunter2" not in text


# ---- on the screens


async def test_the_second_key_chooses_and_no_form_contains_a_secret(
    make_app: AppFactory, demo: DemoServer, taken: Taken
) -> None:
    async with running(taken.on(make_app()), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        side = spec_of(screen)
        assert side.outline is not None
        said = await chosen(pilot, "y", "p")
        assert taken.texts[-1] == ".spec"
        assert said == "copied 5 bytes with wl-copy"
        await chosen(pilot, "y", "y")
        assert taken.texts[-1] == "deployment/v1"
        await chosen(pilot, "y", "i")
        assert taken.texts[-1] == CLAIMS
        await chosen(pilot, "y", "c")
        assert taken.texts[-1] == f"ast agent get --id {CLAIMS} --json"
        await chosen(pilot, "y", "L")
        # The cursor is on this value.
        assert taken.texts[-1] == f"astro-tui --server {demo.url} 'meridian-labs/{CLAIMS}#spec:.spec'"
        await chosen(pilot, "y", "u")
        assert taken.texts[-1].endswith(f"/api/v1/deployments/{CLAIMS}")
        await chosen(pilot, "y", "e")
        assert taken.texts[-1].startswith("https://")
        taken.texts.clear()
        await pilot.press("equals_sign")
        for letter in "jYdD":
            assert "secrets masked" in await chosen(pilot, "y", letter) or letter in "jY"
        assert len(taken.texts) == 4
        assert json.loads(taken.texts[2]) == yaml.safe_load(taken.texts[3])
        for text in taken.texts:
            assert not any(secret in text for secret in SECRETS)


async def test_a_masked_value_says_how_to_reveal_it(make_app: AppFactory, taken: Taken) -> None:
    async with running(taken.on(make_app()), 120, 60) as pilot:
        screen = await opened(pilot, CLAIMS)
        await pilot.press("equals_sign")
        outline = spec_of(screen).outline
        assert outline is not None
        masked = next(row for row in range(outline.row_count) if outline.row(row).masked)
        spec_of(screen).spec_tree.move_to(masked)
        assert "Press x to reveal it" in await chosen(pilot, "y", "y")
        assert not taken.texts
        await pilot.press("x")
        assert "revealed secret in plain text" in await chosen(pilot, "y", "y")
        assert taken.texts[0] not in ("", MASK)


async def test_the_box_lists_the_choices_and_closes(
    make_app: AppFactory, taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    # An unknown key shows the box; the delay is too long to show it in this test.
    monkeypatch.setattr(letter_menu, "APPEARS_AFTER", 60)
    async with running(taken.on(make_app()), 100, 40) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("y")
        assert isinstance(pilot.app.screen, LetterMenu)
        assert "jq path" not in screen_text(pilot.app)
        await pilot.press("m")
        await until_text(pilot, "copy · .spec", "jq path", f"ast agent get --id {CLAIMS} --json", "m does nothing here")
        assert isinstance(pilot.app.screen, LetterMenu)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        # Letters that are typed in a search belong to it.
        await pilot.press("slash", "y", "y")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        await until_text(pilot, "/yy")
        assert not taken.texts


async def test_arrows_and_mouse_choose_too(make_app: AppFactory, taken: Taken) -> None:
    async with running(taken.on(make_app()), 100, 40) as pilot:
        await opened(pilot, CLAIMS)
        await chosen(pilot, "y", "down", "enter")
        assert taken.texts == ["spec"]
        await pilot.press("y")
        await until_text(pilot, "jq path")
        await pilot.click(PickList, offset=(4, 2))
        await until(pilot, lambda: len(taken.texts) == 2, "copied by a click")
        assert taken.texts[-1] == ".spec"
        await pilot.press("y")
        await until_text(pilot, "jq path")
        await pilot.click(offset=(1, 1))
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))


async def test_the_list_offers_the_deployment(make_app: AppFactory, taken: Taken) -> None:
    async with running(taken.on(make_app()), 100, 40) as pilot:
        await go_to(pilot, CLAIMS)
        await chosen(pilot, "y", "y")
        await chosen(pilot, "y", "n")
        assert taken.texts == [CLAIMS, "Claims Desk (EU)"]
        await pilot.press("slash", "y", "y")
        assert "/yy" in screen_text(pilot.app)


def saved(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current and home folder of the app."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def save_prompt(pilot: Pilot[None]) -> Prompt:
    """Press W and wait for the size."""
    await pilot.press("W")
    await until_text(pilot, "as a new file", "save to:")
    return pilot.app.screen.query_one(Prompt)


async def message_of(pilot: Pilot[None]) -> str:
    """Wait for a message in the last row and return it."""
    hints = detail_hints(pilot)
    await until(pilot, lambda: hints.message, "a message")
    return hints.message


def detail_hints(pilot: Pilot[None]) -> KeyHints:
    return pilot.app.screen_stack[-1].query_one(KeyHints)


async def test_enter_writes_a_new_masked_file_and_says_where(make_app: AppFactory, folder: Path) -> None:
    async with running(make_app(), 200, 40) as pilot:
        await opened(pilot, CLAIMS)
        await save_prompt(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        said = await message_of(pilot)
        # The second time, the next free name is suggested.
        assert (await save_prompt(pilot)).text == "Claims-Desk-EU-e88d3146-2.json"
        await pilot.press("enter")
        await until(pilot, lambda: len(saved(folder)) == 2)
    second, first = saved(folder)
    assert f"to {first}" in said
    assert amount(first.stat().st_size) in said
    assert first.read_bytes() == second.read_bytes()
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert json.loads(first.read_text())["spec"] == "deployment/v1"
    assert not any(secret in first.read_text() for secret in SECRETS)


async def test_nothing_is_written_before_enter_and_no_file_is_overwritten(make_app: AppFactory, folder: Path) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        prompt = await save_prompt(pilot)
        assert prompt.text == "Claims-Desk-EU-e88d3146.json"
        assert re.search(r"[\d.]+ kB of JSON, \d+ secrets? masked, as a new file", flat(pilot.app))
        assert not saved(folder)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert not saved(folder)
        (folder / "mine.json").write_text("mine")
        prompt = await save_prompt(pilot)
        await pilot.press("ctrl+u", *"~/mine.json", "enter")
        await until_text(pilot, "~/mine.json already exists", "Suggested: ~/mine-2.json")
        assert prompt.text == "~/mine.json"
        await pilot.press("tab")
        assert prompt.text == "~/mine-2.json"
        await pilot.press("enter")
        await until(pilot, (folder / "mine-2.json").exists)
    assert (folder / "mine.json").read_text() == "mine"


async def test_a_failed_save_is_reported_and_the_prompt_stays(make_app: AppFactory, folder: Path) -> None:
    async with running(make_app(), 40, 15) as pilot:
        await opened(pilot, CLAIMS)
        prompt = await save_prompt(pilot)
        for typed, said in (
            ("gone/a.json", "Not saved: no such file or directory."),
            (".", ". is a folder. Suggested: ./Claims-Desk-EU-e88d3146.json"),
            ("", "Type a file name."),
            ("~nobody/a.json", "Not saved: no such file or directory."),
        ):
            prompt.open(typed)
            await pilot.press("enter")
            await until_text(pilot, *said.split(" Suggested: "))
            assert prompt.text == typed
    assert not saved(folder)


def test_a_failed_write_leaves_no_partial_file(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            write_new(tmp_path / "a.json", b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert not saved(tmp_path)
