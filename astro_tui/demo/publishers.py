"""What others publish on the demo platform: a few handwritten blueprints and many small generated ones."""

from __future__ import annotations

from astro_tui.demo.entities import DAY, HOUR, Account, Blueprint, build_id

ACCOUNTS = (
    Account("open-orchard", "organization", "Open Orchard", member=False, bio="Agents for everybody."),
    Account("tinker-street", "personal", "Tinker Street", member=False),
    Account("nordlys", "organization", "Nordlys Værksted", member=False, bio="Vejr, lys og lange nætter."),
    Account("kyoto-workshop", "organization", "京都工房", member=False),
    Account("casa-abierta", "personal", "Casa Abierta", member=False),
)
"""The accounts that only publish."""

_TRADES = (
    *("recipe", "garden", "museum", "ferry", "choir", "bakery", "library", "chess", "weather", "bicycle"),
    *("orchard", "harbour", "theatre", "clinic", "school", "market", "railway", "vineyard", "archive", "kitchen"),
    *("festival", "workshop", "stadium", "hostel"),
)
_TASKS = {
    "guide": "Shows newcomers around {a} {trade} and answers the questions they are too shy to ask.",
    "planner": "Plans the week of {a} {trade}: who, when, and what happens when it rains.",
    "translator": "Translates the papers of {a} {trade} between eleven languages and keeps its special words.",
    "archivist": "Files what {a} {trade} writes down, and finds it again years later.",
    "tutor": "Teaches the trade of {a} {trade} in lessons of ten minutes.",
    "reporter": "Writes up every evening what happened in {a} {trade}.",
    "concierge": "Takes bookings for {a} {trade} by mail and chat and reminds guests the day before.",
    "buyer": "Compares what {a} {trade} buys with last year's prices and says what to ask for.",
    "inspector": "Goes through the checklist of {a} {trade} and names what nobody ticked off.",
    "treasurer": "Sorts the receipts of {a} {trade} and asks for the ones that are missing.",
    "herald": "Announces what goes on in {a} {trade} in three lengths, for poster, mail and chat.",
}
_PUBLISHERS = ("open-orchard", "tinker-street", "rival-works", "nordlys", "kyoto-workshop", "casa-abierta")


def _by_hand() -> list[Blueprint]:
    def one(account: str, name: str, hours: int, count: int, summary: str, *tags: str, shape: str) -> Blueprint:
        builds = tuple(build_id(account, name, str(count - number)) for number in range(count))
        return Blueprint(account, name, "public", summary, tags, builds, hours * HOUR, readme=name, shape=shape)

    return [
        one(
            "open-orchard", "pollinator-watch", 5, 9,
            "Counts bees, hoverflies and butterflies on garden pictures.", "garden", "vision", shape="ingestion",
        ),
        one(
            "kyoto-workshop", "tea-sommelier", 11, 4,
            "日本茶を選ぶお手伝い。 Chooses Japanese tea and says how to brew it.", "tea", "日本語", shape="standard",
        ),
        one(
            "nordlys", "aurora-forecaster", 19, 6,
            "Nordlysvarsel: says when to put your boots on.", "weather", "space", shape="ingestion",
        ),
        one(
            "casa-abierta", "barrio-guide", 30, 3,
            "Responde preguntas sobre trámites, reciclaje, fiestas y obras.", "community", "español", shape="knowledge",
        ),
        one(
            "rival-works", "contract-lens", 44, 12,
            "Reads contracts and answers with the sentence it found.", "legal", "documents", shape="knowledge",
        ),
        one(
            "tinker-street", "kettle-whisperer", 60, 2,
            "Says whether the kettle is on. Eighty lines to start from.", "example", "starter", shape="small",
        ),
        one(
            "open-orchard", "incident-scribe", 70, 7,
            "Writes the timeline of an incident while it happens.", "operations", "slack", shape="standard",
        ),
    ]  # fmt: skip


def catalog() -> list[Blueprint]:
    """Return the public blueprints of others: three pages of the catalog."""
    crowd = [
        Blueprint(
            _PUBLISHERS[(row + column) % len(_PUBLISHERS)],
            f"{trade}-{task}",
            summary=summary.format(a="an" if trade[0] in "aeiou" else "a", trade=trade),
            tags=(trade, task),
            builds=tuple(build_id(trade, task, str(number)) for number in range(1 + (row * 3 + column) % 4)),
            age=(3 + 5 * row + 11 * column) * DAY,
            shape=("standard", "knowledge", "ingestion", "small")[(row + column) % 4],
        )
        for row, trade in enumerate(_TRADES)
        for column, (task, summary) in enumerate(_TASKS.items())
    ]
    return [*_by_hand(), *crowd]
