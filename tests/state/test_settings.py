"""Flags override the environment, which overrides the file. An invalid value is reported with its source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from astro_tui.errors import ConfigError
from astro_tui.platform import PRODUCTION
from astro_tui.state.plain_files import LARGEST_CONFIG
from astro_tui.state.settings import Settings, load, remove_token

UTF8 = {"LANG": "C.UTF-8"}
TOKEN = "very-private-token-0123456789"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_defaults(file: Path) -> None:
    settings = load({}, UTF8, file)
    assert settings == Settings()
    assert (settings.server, settings.refresh, settings.theme) == (PRODUCTION, 60.0, "dark")


def test_the_file(file: Path) -> None:
    file.write_text(
        'server = "https://astro.example"\naccount = "acme"\nrefresh = 5\ntheme = "light"\n'
        "ascii = true\nallow_insecure = false\n"
    )
    assert load({}, UTF8, file) == Settings("https://astro.example", "acme", refresh=5, theme="light", ascii=True)


def test_what_protects_from_changes(file: Path) -> None:
    file.write_text('read_only = true\nprotected = ["acme", " Acme-EU "]\n')
    settings = load({}, UTF8, file)
    assert (settings.read_only, settings.protected, settings.write) == (True, ("acme", "acme-eu"), False)
    # No flag overrides it.
    with pytest.raises(ConfigError, match=r"--write: read_only in .* is true"):
        load({"write": True}, UTF8, file)
    for wrong in ("read_only = 1", 'protected = "acme"', "protected = [1]"):
        file.write_text(wrong)
        with pytest.raises(ConfigError, match=r"must be (true or false|a list of names)"):
            load({}, UTF8, file)
    file.write_text("")
    assert load({"write": True}, UTF8, file).write


def test_the_environment_overrides_the_file(file: Path) -> None:
    file.write_text('server = "https://file.example"\naccount = "file"')
    environment = UTF8 | {
        "ASTRO_SERVER_URL": "https://env.example",
        "ASTRO_ACCOUNT": " env ",
        "ASTRO_ACCESS_TOKEN": TOKEN,
    }
    settings = load({}, environment, file)
    assert (settings.server, settings.account, settings.token) == ("https://env.example", "env", TOKEN)


def test_flags_override_everything(file: Path) -> None:
    file.write_text('server = "https://file.example"\ntheme = "light"')
    flags = {"server": "https://flag.example", "theme": "contrast", "demo": True, "agent": "x"}
    settings = load(flags, UTF8 | {"ASTRO_SERVER_URL": "https://env.example"}, file)
    assert settings == Settings("https://flag.example", agent="x", theme="contrast", demo=True)


def test_an_empty_variable_is_ignored(file: Path) -> None:
    assert load({}, UTF8 | {"ASTRO_SERVER_URL": "", "ASTRO_ACCESS_TOKEN": "  "}, file) == Settings()


@pytest.mark.parametrize(
    ("environment", "plain"),
    [
        ({}, False),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, True),
        ({"LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, False),
    ],
)
def test_a_locale_without_unicode_means_ascii(environment: dict[str, str], plain: bool, file: Path) -> None:
    assert load({}, environment, file).ascii is plain


@pytest.mark.parametrize(
    ("flags", "environment", "content", "said"),
    [
        ({"server": "nonsense"}, {}, "", "--server: not a valid address"),
        ({"server": "ftp://x.example"}, {}, "", "--server: not a valid address"),
        ({"server": "https://x.example:99999"}, {}, "", "--server: not a valid address"),
        ({"server": "https://"}, {}, "", "--server: not a valid address"),
        ({"server": "https://me:secret@x.example"}, {}, "", "leave the user and password out"),
        ({"server": "http://x.example"}, {}, "", "plain http"),
        ({}, {"ASTRO_SERVER_URL": "nonsense"}, "", "ASTRO_SERVER_URL: not a valid address"),
        ({}, {}, 'server = "nonsense"', "config.toml: not a valid address"),
        ({}, {"ASTRO_ACCOUNT": "acme/x"}, "", "ASTRO_ACCOUNT: not an account name: 'acme/x'"),
        ({"theme": "pink"}, {}, "", "--theme: unknown theme 'pink'; choose from dark"),
        ({"refresh": 0.5}, {}, "", "--refresh: must be between 2 and 86400 seconds"),
        ({"refresh": float("nan")}, {}, "", "--refresh: must be between"),
        ({}, {}, "refresh = 1", "refresh in"),
        ({}, {}, 'refresh = "soon"', "must be a number of seconds"),
        ({}, {}, "refresh = true", "must be a number of seconds"),
        pytest.param({}, {}, f"refresh = 0x{'f' * 5000}", "must be a number of seconds", id="hexadecimal digits"),
        ({}, {}, "ascii = 1", "must be true or false"),
        ({}, {}, "server = 1", "must be text"),
        ({}, {}, 'sever = "x"', "unknown key 'sever'"),
        ({}, {}, 'notify = {method = "bel"}', "unknown method 'bel'; did you mean \"bell\"?"),
        ({}, {}, 'notify = {method = "command"}', "needs a command"),
        ({}, {}, 'notify = {command = "rm -rf /"}', "must be a list of arguments"),
        ({}, {}, 'notify = {command = ["x", 5]}', "must be a table with method"),
        ({}, {}, 'token = "x"', "unknown key 'token'"),
        ({}, {}, "server = ", "is not valid TOML"),
        ({}, {"ASTRO_ACCESS_TOKEN": f"{TOKEN}\nmore"}, "", "ASTRO_ACCESS_TOKEN contains invalid characters"),
        ({}, {"ASTRO_ACCESS_TOKEN": "tru"}, "", "ASTRO_ACCESS_TOKEN is too short to be a token"),
        ({}, {"ASTRO_ACCESS_TOKEN": "a" * 15}, "", "set it to the whole token, or unset it"),
    ],
)
def test_invalid_settings(
    flags: dict[str, object], environment: dict[str, str], content: str, said: str, file: Path
) -> None:
    file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        load(flags, UTF8 | environment, file)
    text = str(caught.value)
    assert said in text
    assert "\n" not in text
    assert TOKEN not in text
    assert "secret" not in text


def test_a_file_that_is_not_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load({}, UTF8, file)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are none here")
def test_a_pipe_in_its_place_is_not_waited_for(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(ConfigError, match="it is not a regular file"):
        load({}, UTF8, file)


def test_a_folder_or_a_device_in_its_place(tmp_path: Path, file: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read .*: it is not a regular file"):
        load({}, UTF8, tmp_path)
    file.symlink_to("/dev/zero")
    with pytest.raises(ConfigError, match=r"cannot read .*: it is not a regular file"):
        load({}, UTF8, file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = " + "[" * 5_000 + "]" * 5_000, "it is nested too deeply"),
        ("x = " + "{a=" * 5_000 + "1" + "}" * 5_000, "it is nested too deeply"),
        ("keys" + ".a" * 2_000 + ' = "x"', "it is nested too deeply; no setting needs more than 20 levels"),
        ("[keys" + ".a" * 30_000 + ']\nx = "x"', "it is nested too deeply"),
        ("x = " + "[" * 21 + "]" * 21, "it is nested too deeply"),
        ("refresh = " + "9" * 5_000, "a number in it is too long; no setting needs more than 5 digits"),
        ("x = [-" + "9" * 5_000 + "]", "a number in it is too long"),
        ("#" * LARGEST_CONFIG + "\n", "it is larger than 64 KiB"),
    ],
    ids=["lists", "tables", "keys", "a table", "21 lists", "digits", "digits in a list", "large"],
)
def test_a_file_that_is_too_much(text: str, said: str, file: Path) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=rf"cannot read .*: {said}"):
        load({}, UTF8, file)


def test_plain_http_where_it_is_safe_or_allowed(file: Path) -> None:
    for server in ("http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"):
        assert load({"server": server}, UTF8, file).server == server
    assert load({"server": "http://x.example", "allow_insecure": True}, UTF8, file).allow_insecure


def test_no_repr_contains_the_token() -> None:
    assert TOKEN not in repr(Settings(token=TOKEN))


def test_no_child_process_inherits_the_token() -> None:
    environment = {"ASTRO_ACCESS_TOKEN": TOKEN, "HOME": "/"}
    remove_token(environment)
    assert environment == {"HOME": "/"}
