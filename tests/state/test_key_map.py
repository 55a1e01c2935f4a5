"""The user's own keys: how they are written, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.keys import _character_to_key

from astro_tui.errors import ConfigError
from astro_tui.state.configuration import gather
from astro_tui.state.key_map import KeyNameError, default_keys, key_problems, textual_key, textual_keymap
from astro_tui.state.settings import load

UTF8 = {"LANG": "C.UTF-8"}


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *(("f", "f"), ("F", "F"), ("/", "slash"), ("?", "question_mark"), (",", "comma"), ("ctrl+f", "ctrl+f")),
        *(("Ctrl+F", "ctrl+f"), ("F5", "f5"), ("esc", "escape"), ("PgDn", "pagedown"), ("←", "left"), ("é", "é")),
        *(("shift+left", "shift+left"), ("ctrl+shift+up", "ctrl+shift+up"), ("alt+x", "alt+x"), ("_", "underscore")),
    ],
)
def test_how_a_key_is_written(written: str, key: str) -> None:
    assert textual_key(written) == key


@given(st.characters(exclude_categories=["C", "Z"], exclude_characters="←→↑↓"))
def test_a_character_is_named_as_textual_names_it(character: str) -> None:
    assert textual_key(character) == _character_to_key(character)


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_refused(text: str) -> None:
    try:
        key = textual_key(text)
    except KeyNameError as error:
        key = str(error)
    assert key.isprintable()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("entr", "unknown key 'entr'; did you mean \"enter\"?"),
        ("shift+a", "write \"A\" instead of 'shift+a'"),
        ("ctrl+m", "terminals cannot tell ctrl+m from enter"),
        ("za", 'write "f", "/", "ctrl+f", "F5", or "esc"'),
    ],
)
def test_what_is_not_a_key(written: str, why: str) -> None:
    with pytest.raises(KeyNameError) as refused:
        textual_key(written)
    assert why in str(refused.value)


def problems(**keys: str) -> list[str]:
    return [text for _name, text in key_problems({name.replace("__", ".", 1): key for name, key in keys.items()})]


def test_no_default_is_refused() -> None:
    written = {"enter", "tab", "space"}
    own = {name: " ".join(keys & written) for name, keys in default_keys().items() if keys & written}
    assert own
    assert list(key_problems(own)) == []


def test_a_conflict_names_both_actions_and_the_screen() -> None:
    assert problems(picker__sort="e") == ["e would be both picker.sort and picker.problems (in picker)"]
    assert problems(picker__sort="j") == ["j would be both picker.sort and list.down (in picker)"]
    assert problems(picker__sort="x", picker__filter="x /") == [
        "x would be both picker.filter and picker.sort (in picker)"
    ]
    # A key of a list is refused where only some screens have the other action.
    assert problems(list__mark="S") == ["S would be both list.mark and picker.reverse (in picker)"]
    assert problems(app__palette="?")[0].startswith("? would be both app.palette and app.help (in ")


def test_what_does_not_conflict() -> None:
    # Swapped.
    assert problems(picker__sort="r", picker__refresh="s") == []
    # Another screen.
    assert problems(picker__sort="f", catalog__search="f") == []
    # The key is free, because its action has another one.
    assert problems(picker__sort="e", picker__problems="E") == []


def test_the_first_key_of_a_pair_is_taken() -> None:
    (told,) = [text for _name, text in key_problems({"spec.more-past": "z"})]
    assert re.fullmatch(r"z would be both spec\.more-past and tree\.\S+ \(in deployment: spec\)", told)


def test_an_unknown_action() -> None:
    assert problems(picker__filtr="f") == ["unknown action 'picker.filtr'; did you mean \"picker.filter\"?"]
    assert problems(qqqqqqqq="f") == ["unknown action 'qqqqqqqq'; docs/keys.md lists them"]
    assert problems(picker__filter=" ") == ["picker.filter has no key"]


def test_the_names_for_textual() -> None:
    assert textual_keymap({"picker.filter": "f / ,"}) == {"picker.filter": "f,slash,comma"}


# ---- in the file


def test_the_table_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[keys]\n"picker.filter" = "f"\npicker.sort = "u"\n')
    assert load({}, UTF8, file).keys == {"picker.filter": "f", "picker.sort": "u"}
    file.write_text("[keys]\npicker.sort = 1\n")
    with pytest.raises(ConfigError, match="must be a table of actions and keys"):
        load({}, UTF8, file)
    file.write_text('[keys]\npicker.sort = "e"\n')
    with pytest.raises(ConfigError, match=r"config\.toml: e would be both picker\.sort and picker\.problems"):
        load({}, UTF8, file)
    file.write_text('[keys]\npicker.srt = "e"\nlist.mark = "zz"\n')
    assert len(gather({}, UTF8, file).messages) == 2
