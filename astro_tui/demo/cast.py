"""All accounts, blueprints, and deployments of the demo. All of them are invented."""

from __future__ import annotations

from typing import Any

from astro_tui.demo import plots, publishers
from astro_tui.demo.entities import (
    DAY,
    HOUR,
    MINUTE,
    Account,
    Blueprint,
    Cast,
    Deployment,
    Json,
    build_id,
    deployment_id,
)
from astro_tui.demo.generated import chat, generated
from astro_tui.demo.incidents import ended, not_ready
from astro_tui.demo.incidents.incident import Incident
from astro_tui.demo.life import Condition, Timeline, always, arriving, rising

DEFAULT_ACCOUNT = "meridian-labs"
_REGISTRY = "registry.astropods.ai"
_COLORS = (("#3b82f6", "#22c55e"), ("#f97316", "#facc15"), ("#a855f7", "#ec4899"), ("#14b8a6", "#0ea5e9"))

ACCOUNTS = (
    Account("meridian-labs", "organization", "Meridian Labs", bio="Claims, mail and paper, handled by agents."),
    Account("harborline", "personal", "Harborline", bio="Notes from a small harbour."),
    Account("quiet-harbor", "organization", "Quiet Harbor"),
    Account("ferncliff-rail", "organization", "Ferncliff Rail", bio="Trains, seats, and what people forget in them."),
    Account("rival-works", "organization", "Rival Works", member=False),
    *publishers.ACCOUNTS,
)
GUARDED = (
    Account("salt-ledger", "organization", "Salt Ledger", guard="scope"),
    Account("tide-registry", "organization", "Tide Registry", guard="session"),
)
"""Accounts that require a token of their organization. They exist only if an identity provider can issue one."""


def _one(
    name: str,
    age: float,
    life: Timeline | Condition | Incident,
    display_name: str = "",
    *,
    account: str = DEFAULT_ACCOUNT,
    newer: bool = False,
    revisions: int = 3,
    shape: str = "standard",
    urls: tuple[Json, ...] | None = None,
    operable: bool = True,
) -> Deployment:
    """Return a deployment with a chat URL. Its ID and builds are derived from its names."""
    build = build_id(account, name)
    changes = life.changes if isinstance(life, Incident) else ()
    if isinstance(life, Incident):
        image = f"{_REGISTRY}/{account}/{name}:{build}"
        for change in changes:
            image = change.values.get("agent.image", image)
        life = life.life(name, image)
    return Deployment(
        account=account,
        name=name,
        id=deployment_id(account, name),
        build=build,
        age=age,
        life=always(life) if isinstance(life, Condition) else life,
        display_name=display_name,
        latest_build=build_id(account, name, "newer") if newer else build,
        revisions=revisions,
        shape=shape,
        urls=chat(name) if urls is None else urls,
        colors=_COLORS[len(name) % len(_COLORS)],
        operable=operable,
        changes=changes,
    )


def _claims_desk() -> list[Deployment]:
    """Return two deployments of one blueprint: the EU one is the newest active, the US one runs a newer build."""
    europe = Deployment(
        DEFAULT_ACCOUNT,
        "claims-desk",
        "q7k-0ab-x4d",
        "e88d3146",
        2 * DAY + 3 * HOUR,
        always(Condition("active")),
        "Claims Desk (EU)",
        latest_build="1fa07c3b",
        revisions=12,
        shape="claims",
        urls=chat("claims-desk"),
    )
    america = Deployment(
        DEFAULT_ACCOUNT,
        "claims-desk",
        "u5r-8wn-c2e",
        "1fa07c3b",
        5 * DAY + 11 * HOUR,
        always(Condition("active")),
        "Claims Desk (US)",
        latest_build="1fa07c3b",
        revisions=4,
        shape="claims",
        urls=chat("claims-desk-us"),
    )
    return [europe, america]


def _unreachable() -> Condition:
    """Return a deployment that reports only its last known state, as on older servers."""
    details = "Cluster eu-north-1 cannot be reached; this is the last known state"
    return Condition("active", plots.UNREACHABLE, reason="cluster_unreachable", details=details)


def _healthy() -> list[Deployment]:
    active = Condition("active")
    weather = Deployment(
        DEFAULT_ACCOUNT,
        "weather-forecast-agent",
        "d4f7a9b2-3c1e-4f8a-9b6d-2e7f5a1c9b0d",
        "build-20240612-1530",
        0.0,
        always(Condition("active", listed="active")),
        latest_build="build-20240612-1530",
        namespace="astro-ai-prod",
        shape="published",
        moment="2024-01-15T09:30:00Z",
        urls=chat("weather"),
    )
    return [
        weather,
        _one("invoice-sorter", 6 * DAY, active, "Invoice Sorter", revisions=7),
        _one("shift-planner", 19 * HOUR, active, "シフト調整エージェント", newer=True, revisions=5),
        _one("souq-helper", 3 * DAY, active, "مساعد خدمة العملاء"),
        _one("party-planner", 4 * HOUR, active, "🎈 Party Planner 👩‍👩‍👧‍👦", newer=True),
        _one("regulatory-watch", 41 * DAY, active, "Regulatory Watch, Insurance Supervision EU", newer=True),
        _one("markup-tester", 8 * DAY, active, "[bold]x[/] [/"),
        _one("product-catalog", 33 * HOUR, active, "Product Catalog", revisions=6, shape="large"),
        _one("legacy-bridge", 88 * DAY, active, "Legacy Bridge", newer=True, revisions=2, shape="secrets"),
        _one("policy-search", 12 * DAY, active, "Policy Search", shape="knowledge", operable=False),
        _one("mail-triage", 5 * HOUR, ended.RESTARTS_ALL_DAY, "Mail Triage", shape="knowledge"),
        _one(
            "meeting-minutes",
            7 * MINUTE,
            active,
            "Meeting Minutes",
            newer=True,
        ),
        _one(
            "translation-desk",
            90 * MINUTE,
            not_ready.PROBE_PATH,
            "Übersetzungsbüro",
        ),
        _one("route-optimizer", 27 * DAY, _unreachable(), "Route Optimizer", urls=()),
    ]


def _troubled() -> list[Deployment]:
    return [
        _one(
            "contract-reader",
            26 * MINUTE,
            not_ready.NO_ROOM,
            "Contract Reader",
            revisions=2,
            shape="knowledge",
        ),
        _one(
            "parcel-tracker",
            3 * HOUR,
            not_ready.IMAGE_GONE,
            "Parcel Tracker",
            revisions=9,
        ),
        _one(
            "report-writer",
            50 * MINUTE,
            ended.OUT_OF_MEMORY,
            "Weekly Numbers",
            revisions=8,
        ),
        _one("csv-importer", 14 * HOUR, ended.HOSTILE_ROW, "CSV Importer"),
        _one(
            "pdf-extractor",
            2 * DAY,
            Condition("failed", plots.CANCELED, listed="failed", error_message="Deployment cancelled"),
            "PDF Extractor",
            shape="knowledge",
        ),
        _one("lead-scorer", 9 * DAY, Condition("suspended", plots.STOPPED), "Lead Scorer"),
        _one("night-watch", 4 * DAY, Condition("stopped", plots.STOPPED), "Night Watch"),
        _one("archive-scout", 120 * DAY, Condition("stopped", plots.STOPPED), "סוכן הארכיון", newer=True),
        _one(
            "onboarding-buddy",
            63 * DAY,
            Condition("scaled_down", plots.STOPPED, listed="stopped"),
            "Onboarding Buddy",
        ),
        _one("old-faq", 12 * MINUTE, Condition("undeploying", plots.REMOVING), "Old FAQ", urls=()),
        _one(
            "field-notes",
            15 * DAY,
            Condition(
                "hibernating", plots.STOPPED, reason="energy_saving", details="Hibernating until the next request"
            ),
            "Field Notes",
        ),
    ]


def _living() -> list[Deployment]:
    """Return the deployments whose state changes while you watch."""
    return [
        _one(
            "harvest-planner",
            2,
            rising("harvest-planner"),
            "Harvest Planner",
        ),
        _one("quality-gate", 35, arriving("quality-gate"), "Quality Gate"),
        _one(
            "barcode-reader",
            65,
            not_ready.BLOB_GONE,
            "Barcode Reader",
        ),
    ]


def _elsewhere() -> list[Deployment]:
    tide = Deployment(
        "harborline",
        "tide-notes",
        "t1d-3n0-t3s",
        "7d20aa51",
        22 * HOUR,
        always(Condition("active")),
        "Tide Notes",
        latest_build="7d20aa51",
        revisions=4,
        shape="tide",
        urls=chat("tide-notes"),
    )
    return [
        tide,
        _one("seal-counter", 3 * HOUR, Condition("active"), "Seal Counter 🦭", account="harborline", newer=True),
        _one("moor-log", 30 * DAY, Condition("stopped", plots.STOPPED), "Moor Log", account="harborline"),
        _one("secret-sauce", 3 * DAY, Condition("active"), "Secret Sauce", account="rival-works"),
    ]


def _incidents() -> list[Deployment]:
    """Return the deployments of an account that had a bad day."""

    def one(name: str, age: float, life: Condition | Incident, display_name: str, **more: Any) -> Deployment:
        return _one(name, age, life, display_name, account="ferncliff-rail", **{"shape": "steady", **more})

    store = {"shape": "steady-knowledge"}
    return [
        one("buffet-orders", 4 * MINUTE, ended.MEMORY_DEVELOPS, "Buffet Orders", revisions=4),
        one("platform-voice", 9 * MINUTE, not_ready.PROBE_PORT, "Platform Voice", revisions=5),
        one("crew-roster", 20 * MINUTE, ended.HARMLESS_AFTER, "Crew Roster (Depot)", revisions=6),
        one("fare-rules", 40 * MINUTE, ended.JOB_FAILED, "Fare Rules", revisions=4, **store),
        one("seat-finder", 50 * MINUTE, ended.VARIABLE_GONE, "Seat Finder", revisions=9),
        one("signal-lamp", 70 * MINUTE, not_ready.TAG_TYPO, "Signal Lamp", revisions=6),
        one("ticket-refunds", 2 * HOUR, not_ready.STUCK_ROLLOUT, "Ticket Refunds", revisions=7),
        one("track-inspector", 2 * HOUR + 5 * MINUTE, ended.STORE_FIRST, "Track Inspector", revisions=4, **store),
        one("journey-planner", 9 * HOUR, Condition("active"), "Journey Planner", **store),
        one("timetable-sync", 6 * DAY, not_ready.REGISTRY_DOWN, "Timetable Sync", revisions=4),
        one("lost-property", 12 * DAY, not_ready.VOLUME_LOST, "Lost Property", **store),
        one("station-clock", 30 * DAY, Condition("stopped", plots.STOPPED), "Station Clock"),
    ]


def _blueprints(deployments: list[Deployment]) -> list[Blueprint]:
    """Return the blueprints of the deployments: every third is public, one is archived, and one was never pushed."""
    made: dict[tuple[str, str], Blueprint] = {}
    for number, deployment in enumerate(deployments):
        account, name = deployment.account, deployment.name
        builds = dict.fromkeys((deployment.latest_build, deployment.build, build_id(account, name, "first")))
        known = made.get((account, name))
        made[account, name] = Blueprint(
            account,
            name,
            "public" if number % 3 == 0 and account != "ferncliff-rail" else "private",
            f"{name.replace('-', ' ').capitalize()}, the agent.",
            ("internal",),
            tuple(dict.fromkeys((*builds, *known.builds))) if known else tuple(builds),
            deployment.age + 2 * HOUR,
            archived=name == "old-faq",
        )
    return [*made.values(), Blueprint(DEFAULT_ACCOUNT, "blank-page", "private", "Nothing pushed yet.")]


def _guarded() -> list[Deployment]:
    """Return the deployments of the accounts that require a token of their organization."""
    return [
        _one("ledger-clerk", 5 * HOUR, Condition("active"), "Ledger Clerk", account="salt-ledger"),
        _one("salt-audit", 11 * DAY, Condition("stopped", plots.STOPPED), "Salt Audit", account="salt-ledger"),
        _one("registry-desk", 2 * DAY, Condition("active"), "Registry Desk", account="tide-registry", newer=True),
    ]


def write(count: int = 0, *, guarded: bool = False) -> Cast:
    """Return all accounts, blueprints, and deployments, plus `count` generated deployments in the default account.

    `guarded` adds the accounts that require a token of their organization.
    """
    accounts = [*ACCOUNTS, *GUARDED] if guarded else list(ACCOUNTS)
    named = [
        *_claims_desk(),
        *_healthy(),
        *_troubled(),
        *_living(),
        *_elsewhere(),
        *_incidents(),
        *(_guarded() if guarded else ()),
    ]
    blueprints = [*_blueprints(named), *publishers.catalog()]
    return Cast(accounts, [*named, *generated(count)], blueprints)
