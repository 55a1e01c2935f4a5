"""Expressions of `find`: what they match, what they refuse, and that they say nothing about a secret."""

from __future__ import annotations

import json

import pytest

from astro_tui.document import Document, Expression, SearchError, expressions, jq_path, masked, path_of

SECRET = "hunter2-Correct-Horse"
SPEC = {
    "agent": {
        "image": "registry/claims-desk:1f",
        "replicas": 3,
        "resources": {"memory": "512Mi", "cpu": "500m", "memory_limit": "1024Mi"},
        "environment": {"DB_PASSWORD": SECRET, "API_TOKEN": 8675309112, "LOG.LEVEL": "info", "EMPTY": "", "*": "star"},
    },
    "models": {"a": {"image": "ollama:1"}, "b": {"image": "vllm:2"}},
    "adapters": ["web", "slack", None],
    "on": True,
}
FOUND = {
    "claims": [".agent.image"],
    "CLAIMS": [],
    "k:IMAGE": [],
    "k:image": [".agent.image", ".models.a.image", ".models.b.image"],
    "v:re:^(web|vllm)": [".models.b.image", ".adapters[0]"],
    ".agent.image": [".agent.image"],
    ".agent.image ~ claims": [".agent.image"],
    ".agent.image ~ re:^ollama": [],
    ".models.*.image ~ ollama": [".models.a.image"],
    ".models ~ image": [".models.a.image", ".models.b.image"],
    ".agent.image ~ k:image": [],
    ".adapters.*": [".adapters[0]", ".adapters[1]", ".adapters[2]"],
    ".adapters[1] = slack": [".adapters[1]"],
    ".adapters.* = null": [".adapters[2]"],
    ".on == true": [".on"],
    ".agent.replicas > 2": [".agent.replicas"],
    ".agent.replicas>=4": [],
    ".agent.resources.memory < 1Gi": [".agent.resources.memory"],
    ".agent.resources.* >= 1Gi": [".agent.resources.memory_limit"],
    ".agent.resources.cpu < 1": [".agent.resources.cpu"],
    ".agent.image != registry/claims-desk:2a": [".agent.image"],
    ".agent.environment.EMPTY": [".agent.environment.EMPTY"],
    '.agent.environment."LOG.LEVEL" = info': ['.agent.environment."LOG.LEVEL"'],
    ".agent.environment.DB_PASSWORD": [".agent.environment.DB_PASSWORD"],
    "k:password": [".agent.environment.DB_PASSWORD"],
    ".nowhere": [],
    ".agent.image.below": [],
    ".agent[0]": [],
    ".adapters.web": [],
}


def found(text: str, spec: object = SPEC) -> list[str]:
    document = masked(Document.parse(json.dumps(spec).encode()))
    return [jq_path(path_of(document, node)) for node in Expression.parse(text).nodes(document)]


@pytest.mark.parametrize("text", FOUND)
def test_what_is_found(text: str) -> None:
    assert found(text) == FOUND[text]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Say what to find"),
        ("k:", "Say what to find"),
        (".agent <", "Not a path or a condition"),
        (".agent image", "Not a path or a condition"),
        (".agent.replicas > many", "> compares numbers"),
        ("re:(", "Not a valid regular expression"),
    ],
)
def test_what_is_refused(text: str, words: str) -> None:
    with pytest.raises(SearchError, match=words):
        Expression.parse(text)


def test_many_nodes_at_a_path_are_searched_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    searches, search = list[object](), expressions.search
    monkeypatch.setattr(expressions, "search", lambda *given: searches.append(given) or search(*given))
    spec = {"models": {f"m{number}": {"image": f"ollama:{number % 2}"} for number in range(50)}}
    assert len(found(".models.* ~ ollama:1", spec)) == 25
    assert len(searches) == 1


def test_two_members_with_the_same_key_are_both_found() -> None:
    document = masked(Document.parse(b'{"a": {"x": "one", "x": "two"}}'))
    assert len(list(Expression.parse(".a.x").nodes(document))) == 2


def test_a_guess_finds_the_same_whether_it_is_right_or_wrong() -> None:
    """The specs have secrets that differ in value, length, and type, and nothing that is found differs with them."""
    path = ".agent.environment.DB_PASSWORD"
    guesses = [SECRET[:length] for length in range(1, len(SECRET) + 1)] + ["8675309112"[:length] for length in (3, 10)]
    forms = ("{}", "v:{}", "v:re:^{}", "re:{}.", "re:^.{{21}}$", "v:•", path + " ~ {}", path + " ~ re:^{}")
    forms += (path + " = {}", path + " != {}", ".agent.environment.* ~ {}", ".agent ~ v:{}")
    forms += tuple(f".agent.environment.API_TOKEN {sign} 8675309112" for sign in ("=", "!=", "<", ">", ">=", "<="))
    other = json.loads(json.dumps(SPEC).replace(SECRET, "another0SECRET9").replace("8675309112", "12345678"))
    tried = {form.format(guess) for form in forms for guess in guesses}
    assert len(tried) > 200
    for text in tried:
        assert found(text) == found(text, other), text
