"""What the platform advises, apart from what it only describes."""

from __future__ import annotations

import re

_SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'`])")
_VERBS = (
    "add adjust allow ask assign attach check choose clean clear compare configure confirm connect consider contact"
    " correct create decrease define delete deploy disable edit enable ensure expand fix free give grant grow"
    " increase inspect install investigate keep let limit look lower make mount move open pass pick point prune provide"
    " publish push raise rebuild reconnect recreate redeploy reduce refer release remove rename renew repair replace"
    " request resize restart restore resume retry review revert roll rotate run scale see select set settle shorten"
    " shrink specify split start stop store switch top trim try turn update upgrade upload use validate verify view"
    " visit wait"
)
_INSTRUCTION = re.compile(
    r"(?:(?:please|then|also|next|first|finally|otherwise|either),? |(?:to|if|when|once|unless) [^,.]{3,120}, "
    r"|you (?:can|could|should|may|might|need to|must|have to) |(?:do not|don't|never|always) )*"
    rf"(?:{'|'.join(_VERBS.split())})\b"
    # `Check the build`, but not `Check failed` or `Restart limit reached`.
    r"(?!(?: \w+)? (?:is|was|are|were|has|have|had|will|can|could|cannot|did|does|failed|fails|timed|denied|detected"
    r"|reached|exceeded|in progress)\b| of\b)",
    re.IGNORECASE,
)
_NOT_TO = re.compile(r"(?:please,? )?(?:do not|don't|never) \w+ ", re.IGNORECASE)


def instructions(guidance: str) -> tuple[str, str]:
    """Return the sentences of the guidance that say what to do, and those that only describe; either may be empty."""
    todo: list[str] = []
    described: list[str] = []
    for sentence in _SENTENCES.split(" ".join(guidance.split())):
        instructs = _INSTRUCTION.match(sentence) is not None or _NOT_TO.match(sentence) is not None
        (todo if instructs else described).append(sentence)
    return " ".join(todo), " ".join(described)
