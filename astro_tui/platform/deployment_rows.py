"""The rows of the deployment list (platform.md §8.1). Thousands of them are decoded in milliseconds.

They are not pydantic models, because importing pydantic would take most of the time from the response to the first
rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from astro_tui.platform.lenient import Moment, flag_of, items_of, text_of
from astro_tui.text.foreign import first_shown


class Endpoint(msgspec.Struct, frozen=True, gc=False):
    """One external address of a deployment. The server may omit `ready` if it is false."""

    name: str = ""
    url: str = ""
    type: str = ""
    ready: bool = False
    message: str = ""


class Deployment(msgspec.Struct, frozen=True, gc=False):
    """One row of `GET /deployments`. `name` is the blueprint's, `created_at` the time of the latest deploy as sent.

    `account_name` is the account whose list has the row, also if the server omits it.
    """

    id: str = ""
    name: str = ""
    display_name: str = ""
    build_id: str = ""
    latest_build_id: str = ""
    status: str = ""
    namespace: str = ""
    account_name: str = ""
    deployed_by: str = ""
    created_at: str = ""
    updated_at: str = ""
    external_urls: tuple[Endpoint, ...] = ()
    messaging_web_configured: bool | None = None

    @property
    def known(self) -> bool:
        """Whether it has an id or a name. An entry without either does not describe a deployment."""
        return bool(self.id or self.name or self.display_name)

    @property
    def label(self) -> str:
        """The display name, else the blueprint's name."""
        return first_shown(self.display_name, self.name)

    @property
    def update_available(self) -> bool:
        """Whether a newer build than the deployed one exists."""
        return bool(self.latest_build_id) and self.latest_build_id != self.build_id

    @property
    def created(self) -> Moment:
        """The time of the latest deploy."""
        return Moment.of(self.created_at)


class DeploymentList(msgspec.Struct, frozen=True):
    """`GET /deployments` in the server's order. `odd` counts entries that do not describe a deployment."""

    rows: tuple[Deployment, ...] = ()
    odd: int = 0


RowAtHand = Callable[[str], Deployment | None]
"""Returns the row in memory with an id, or None."""


class _Response(msgspec.Struct, frozen=True):
    deployments: tuple[msgspec.Raw, ...]


# Made here and not at the first use: two threads that make the first decoder of a struct at once crash msgspec.
_RESPONSE = msgspec.json.Decoder(_Response)
_ROW = msgspec.json.Decoder(Deployment)
_OTHER = ("external_urls", "messaging_web_configured")
"""The fields that are no texts."""
_REPEATED = (
    "build_id",
    "latest_build_id",
    "status",
    "namespace",
    "account_name",
    "deployed_by",
    "created_at",
    "updated_at",
)


def read_exactly(body: bytes, cached: RowAtHand | None = None, account: str = "") -> DeploymentList | None:
    """Return an account's list if each row is a deployment and each field has its type (platform.md §8.1), else None.

    If a row equals the `cached` one with its id, that one is reused, so refreshing a long list takes little memory.
    """
    try:
        # Row by row, so that other threads can run. Decoding ten thousand rows at once would delay a key press.
        rows = tuple(_shared(_RESPONSE.decode(body).deployments, cached, account))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return DeploymentList(rows) if all(row.known for row in rows) else None


def _shared(rows: Iterable[msgspec.Raw], cached: RowAtHand | None, account: str) -> Iterator[Deployment]:
    """Yield the decoded rows, which share equal texts: otherwise half of their memory would be copies."""
    texts: dict[str, str] = {}
    for raw in rows:
        row = _ROW.decode(raw)
        if account:
            msgspec.structs.force_setattr(row, "account_name", account)
        same = cached(row.id) if cached else None
        if same is not None and same == row:
            yield same
            continue
        for name in _REPEATED:
            text = getattr(row, name)
            shared = texts.setdefault(text, text)
            if shared is not text:
                msgspec.structs.force_setattr(row, name, shared)
        yield row


def read_tolerantly(rows: object, account: str = "") -> DeploymentList:
    """Return the deployments of an account's decoded list. A field of the wrong type never drops its row."""
    entries = list(items_of(rows))
    named = {"account_name": account} if account else {}
    records = (_row({**entry, **named}) for entry in entries if isinstance(entry, Mapping))
    complete = tuple(record for record in records if record.known)
    return DeploymentList(complete, len(entries) - len(complete))


def _row(entry: Mapping[str, Any]) -> Deployment:
    texts = {
        name: text_of(entry[name]) for name in Deployment.__struct_fields__ if name not in _OTHER and name in entry
    }
    urls = tuple(_endpoint(url) for url in items_of(entry.get("external_urls")) if isinstance(url, Mapping))
    web = entry.get("messaging_web_configured")
    return Deployment(**texts, external_urls=urls, messaging_web_configured=web if isinstance(web, bool) else None)


def _endpoint(entry: Mapping[str, Any]) -> Endpoint:
    texts = {name: text_of(entry[name]) for name in ("name", "url", "type", "message") if name in entry}
    return Endpoint(**texts, ready=flag_of(entry.get("ready")))
