"""Structs that threads decode: msgspec crashes if two threads prepare the same one at the same time."""

from __future__ import annotations

import subprocess
import sys

_SCRIPT = """
import gc
from astro_tui.auth.renewal import RenewalOutcome
from astro_tui.diagnosis.tables import KindRow, Row, _File
from astro_tui.platform.client.log_entries import LogEntry
from astro_tui.platform.deployment_rows import Deployment, _Response
from astro_tui.platform.observations import Observation
from astro_tui.state import account_cache, last_seen, listed_agents, memory
from astro_tui.state.journal import JournalEntry

stored = [RenewalOutcome, account_cache._Stored, last_seen.Seen, listed_agents._Agents]
stored += [memory.AccountPlace, memory._Recent, memory._StoredFolds]
for struct in (Deployment, JournalEntry, KindRow, LogEntry, Observation, Row, _File, _Response, *stored):
    if "StructInfo" not in (type(each).__name__ for each in gc.get_referents(struct)):
        print(struct.__name__)
"""


def test_what_threads_decode_is_prepared_by_the_import() -> None:
    run = [sys.executable, "-c", _SCRIPT]
    assert subprocess.run(run, capture_output=True, text=True, check=True, timeout=60).stdout == ""
