"""When the newest revision of a deployment was deployed, and its number."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from astro_tui.diagnosis.cluster import revisions_of
from astro_tui.diagnosis.facts import Fact
from astro_tui.logs.templates import Deploy
from astro_tui.presentation.agent_list import Entry
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.client import Call


def newest_deploy(session: Session, account: str, entry: Entry) -> Deploy:
    """Return what is already known about the newest deploy, without sending a request."""
    revisions = revisions_of(session.facts.facts(account, entry.deployment, session.clock()))
    if revisions and revisions[0].deployed is not None:
        return Deploy(_ns(revisions[0].deployed), revisions[0].title)
    created = entry.deployment.created.at
    return Deploy(_ns(created)) if created is not None else Deploy()


def read_newest_deploy(session: Session, account: str, entry: Entry, call: Call) -> Deploy:
    """Request the history, and return the newest deploy (worker thread). Raises PlatformError."""
    now, deployment = session.clock(), entry.deployment
    history = session.platform.history(account, deployment.name, entry.key, call=call)
    session.facts.add(account, deployment, now, history=Fact(history, read_at=now))
    return newest_deploy(session, account, entry)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 10**6) * 1000
