"""The programs in the demo's containers, with what they write to their logs."""

from __future__ import annotations

from astro_tui.demo.agent_programs import AGENTS
from astro_tui.demo.entities import Json
from astro_tui.demo.scenes import MILLISECOND, Program, Scene, lines_of

_POSTGRES = Program(
    6000 * MILLISECOND,
    (
        Scene([("info", "LOG:  checkpoint complete: wrote %(n)d buffers (0.%(few)d%%); write=%(few)d.014 s")]),
        Scene([("info", "LOG:  connection authorized: user=agent database=agent application_name=pool-%(few)d")]),
        Scene([("info", 'LOG:  automatic analyze of table "agent.public.notes": elapsed: 0.%(few)d s')]),
        Scene(
            lines_of(
                "info", "LOG:  duration: %(ms)d.201 ms  statement: SELECT id, body\n\tFROM notes\n\tWHERE owner = $1"
            ),
            0,
        ),
    ),
    (Scene([("warning", "WARNING:  there is already a transaction in progress")]),),
    (
        Scene(
            lines_of(
                "error",
                'ERROR:  duplicate key value violates unique constraint "notes_pkey"\n'
                "DETAIL:  Key (id)=(%(n)d) already exists.\n"
                "STATEMENT:  INSERT INTO notes (id, body) VALUES ($1, $2)",
            ),
            0,
        ),
    ),
)
_REDIS = Program(
    10_000 * MILLISECOND,
    (
        Scene([("notice", "%(few)d changes in 60 seconds. Saving..."), ("notice", "DB saved on disk")]),
        Scene([("verbose", "%(few)d clients connected (0 replicas), %(tokens)d000 bytes in use")]),
    ),
    (Scene([("warning", "Memory is %(few)d%% fragmented")]),),
)
_QDRANT = Program(
    5000 * MILLISECOND,
    (
        Scene([("info", 'actix_web: 10.4.2.%(few)d "POST /collections/notes/points/search HTTP/1.1" 200 %(tokens)d')]),
        Scene([("debug", "segment::optimize: %(n)d vectors of collection notes are indexed")]),
    ),
    (Scene([("warn", "search on notes took %(ms)d ms")]),),
)
_MODEL = Program(
    2000 * MILLISECOND,
    (
        Scene([("info", "[GIN] 200 | %(ms)d.4ms | 10.4.2.%(few)d | POST /api/chat")]),
        Scene([("", "llama: prompt eval %(tokens)d tokens, %(n)d tokens per second, slot %(few)d")]),
    ),
    (Scene([("warn", "truncating input prompt: limit=8192 prompt=%(tokens)d")]),),
)
_JOB = Program(
    800 * MILLISECOND,
    (
        Scene([("info", "rows %(n)d000 to %(n)d999 read, %(few)d without a title")]),
        Scene([("info", '{"level":30,"time":0,"msg":"batch stored","rows":1000,"took_ms":%(ms)d}')]),
    ),
    (Scene([("warn", "row %(tokens)d has no date, using that of the file")]),),
)
_COLLECTOR = Program(
    10_000 * MILLISECOND,
    (
        Scene([("info", 'TracesExporter\t{"kind":"exporter","name":"otlp","spans":%(n)d,"resource spans":%(few)d}')]),
        Scene([("debug", 'batch\t{"kind":"processor","sent":%(tokens)d}')]),
    ),
    (Scene([("warn", 'queue is filling\t{"kind":"exporter","name":"otlp","size":%(n)d,"capacity":1000}')]),),
)
_BRIDGE = Program(
    1500 * MILLISECOND,
    (
        Scene([("info", "bridge[%(few)d]: %(n)d records exchanged in %(ms)d ms")]),
        Scene([("notice", "bridge[%(few)d]: token renewed, next renewal in %(n)d s")]),
    ),
    (Scene([("warning", "bridge[%(few)d]: partner is slow, %(ms)d ms")]),),
    [
        Scene([(level, "bridge[%(few)d]: channel " + text)])
        for level, text in (
            ("err", "closed by the partner, opened again"),
            ("crit", "lost twice in a minute"),
            ("critical", "has another version, %(n)d records wait"),
            ("alert", "is down, %(n)d records are kept"),
            ("emerg", "is full, oldest records go to disk"),
            ("panic", "worker was replaced"),
        )
    ],
)
_STORES = {"postgres": _POSTGRES, "redis": _REDIS, "qdrant": _QDRANT}


def program_of(workload: Json, seed: int) -> Program:
    """Return the program that a workload runs; `seed` chooses among those of agents."""
    component = workload["component"]
    if component.startswith("ingestion"):
        return _JOB
    if component.startswith("model"):
        return _MODEL
    if component.startswith("knowledge"):
        return _STORES.get(workload.get("provider", ""), _POSTGRES)
    if component.startswith("integration"):
        return _BRIDGE
    return _COLLECTOR if component == "collector" else AGENTS[seed % len(AGENTS)]
