"""Incidents of containers and jobs that end, in the words of the cluster and the server (platform.md §8.4, §16.8)."""

from __future__ import annotations

from astro_tui.demo.entities import HOUR, Change
from astro_tui.demo.incidents.incident import CRASHED, RECREATE, REGISTRY, Incident
from astro_tui.demo.plots import HEALTHY, Fate, Plot, Warned

OUT_OF_MEMORY = Incident(
    {
        "agent": Fate(
            "Running",
            "Waiting",
            ready=False,
            message="CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit code 137)",
            run=75,
            words=(("info", "loading the numbers of 52 weeks"), ("warn", "cache is large: 3.9 GiB")),
        )
    },
    "CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit 137)",
    "Ran out of memory",
    "Raise agent.resources.memory_limit (now 4Gi) or hold less in memory.",
    "Container app of {name}-agent was OOMKilled",
    changes=(
        Change(1, "", {"agent.resources.memory_limit": "8Gi"}),
        Change(8, "Half the memory is enough", {"agent.resources.memory_limit": "4Gi"}),
    ),
)
_EVERY_ORDER = {
    "agent": Fate(
        "Running",
        "Waiting",
        ready=False,
        message="CrashLoopBackOff: back-off 20s restarting failed container (OOMKilled, exit code 137)",
        run=15,
        words=(("info", "reading the menu with all its pictures"),),
    )
}
MEMORY_DEVELOPS = Incident(
    _EVERY_ORDER,
    OUT_OF_MEMORY.message,
    OUT_OF_MEMORY.title,
    "Raise agent.resources.memory_limit (now 128Mi) or hold less in memory.",
    OUT_OF_MEMORY.error,
    changes=(Change(4, "A smaller machine will do", {"agent.resources.memory_limit": "128Mi"}),),
    after=100,
    early=((0, HEALTHY), (40, Plot(_EVERY_ORDER))),
)
RESTARTS_ALL_DAY = Incident(
    {
        "agent": Fate(
            message="OOMKilled {ago} ago",
            run=1300,
            words=(("info", "sorting a batch of 2000 mails"), ("warn", "cache is large: 3.9 GiB")),
        )
    },
    *("", "", ""),
    word="active",
    changes=(
        Change(1, "", {"agent.environment.MAIL_BATCH_SIZE": "50"}),
        Change(3, "Sort more mails at once", {"agent.environment.MAIL_BATCH_SIZE": "2000"}),
    ),
)
_MISSING = (
    ("info", "starting seat map service"),
    ("", "Traceback (most recent call last):"),
    ("", '  File "/app/seats/settings.py", line 31, in load'),
    ("", '    self.layout_url = os.environ["COACH_LAYOUT_URL"]'),
    ("error", "KeyError: 'COACH_LAYOUT_URL'"),
)
VARIABLE_GONE = Incident(
    {"agent": Fate(*CRASHED, run=4, words=_MISSING)},
    "CrashLoopBackOff: back-off 5m0s restarting failed container (exit code 1)",
    "Crashes again and again",
    "Read the log of the agent.",
    "Container app of {name}-agent keeps crashing",
    changes=(
        Change(1, "", {"agent.environment.COACH_LAYOUT_URL": "https://coaches.ferncliff.example/v2", **RECREATE}),
        Change(9, "Remove settings that nobody uses", {"agent.environment.COACH_LAYOUT_URL": None}),
    ),
)
HARMLESS_AFTER = Incident(
    {
        "agent": Fate(
            *CRASHED,
            run=20,
            since=3 * HOUR,
            words=(
                ("info", "reading the roster of this week"),
                ("fatal", "ValueError: time data '2026-07-06' does not match format '%d.%m.%Y' (ROSTER_DATE_FORMAT)"),
            ),
        )
    },
    "CrashLoopBackOff: back-off 5m0s restarting failed container (exit code 1)",
    "Crashes again and again",
    "Read the log of the agent.",
    "Container app of {name}-agent keeps crashing",
    changes=(
        Change(
            1,
            "",
            {
                "agent.environment.ROSTER_DATE_FORMAT": "%Y-%m-%d",
                "target.display_name": "Crew Roster",
                **RECREATE,
            },
        ),
        Change(5, "Dates as people write them", {"agent.environment.ROSTER_DATE_FORMAT": "%d.%m.%Y"}, 3 * HOUR),
        Change(
            6,
            "A clearer name",
            {"target.display_name": "Crew Roster (Depot)", "agent.environment.OWNER_NOTE": "depot team"},
        ),
    ),
)
STORE_FIRST = Incident(
    {
        "knowledge-cases": Fate(
            "Running",
            "Waiting",
            ready=False,
            message="CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit code 137)",
            run=45,
            words=(("info", "LOG:  database system is ready to accept connections"),),
        ),
        "agent": Fate(
            *CRASHED,
            run=70,
            words=(
                ("warn", "store does not answer, trying again"),
                ("fatal", "ConnectionRefusedError: connect to {name}-knowledge-cases:5432: connection refused"),
            ),
        ),
    },
    "CrashLoopBackOff: back-off 5m0s restarting failed container (exit code 1)",
    "Crashes again and again",
    "Read the log of the agent.",
    "Container app of {name}-agent keeps crashing",
    also=(
        {
            "workload": "{name}-knowledge-cases",
            "component": "knowledge",
            "phase": "failed",
            "message": "CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit code 137)",
            "title": "Ran out of memory",
            "guidance": "Raise knowledge.cases.resources.memory or store less.",
        },
    ),
    changes=(Change(4, "Smaller store", {"knowledge.cases.resources.memory": "96Mi"}),),
)

# ---- a job fails

HOSTILE_ROW = Incident(
    {
        "ingestion-rows": Fate(
            "Failed",
            run=35,
            words=(
                ("info", "reading rows 40001 to 50000"),
                ("error", 'UnicodeDecodeError: row 40112, column "note": [/red] closes nothing in "[bold]naïve café"'),
            ),
            warnings=(Warned("BackoffLimitExceeded", "Job has reached the specified backoff limit"),),
        )
    },
    'BackoffLimitExceeded: row 40112, column "note": [/red] closes nothing in "[bold]naïve café"',
    "The job failed too often",
    "Correct the row, or skip it [y/n], and run the job again.",
    # These look like markup and terminal commands. They must be displayed as they are.
    "[bold]x[/] [/ bad row: \x1b[31m'naïve\x07 café'\x1b]0;owned\x07 \u202eexe.csv",
    component="ingestion-rows",
    changes=(
        Change(
            1,
            "",
            {
                "ingestion.rows": {
                    "image": f"{REGISTRY}/platform/csv-reader:2.4.0",
                    "resources": {"cpu": "500m", "memory": "1Gi"},
                    "trigger": {"type": "startup"},
                    "environment": {"BAD_ROWS": "skip"},
                }
            },
        ),
        Change(3, "Do not lose rows silently", {"ingestion.rows.environment.BAD_ROWS": "stop"}),
    ),
)
JOB_FAILED = Incident(
    {
        "ingestion-backfill": Fate(
            "Failed",
            run=12,
            words=(
                ("info", "reading fares from s3://ferncliff-fares/2026-07/"),
                ("error", "FileNotFoundError: s3://ferncliff-fares/2026-07/zones.csv: no such key"),
            ),
            warnings=(Warned("BackoffLimitExceeded", "Job has reached the specified backoff limit"),),
        )
    },
    "BackoffLimitExceeded: Job has reached the specified backoff limit",
    "The job failed too often",
    "Read the log of the job.",
    "Job {name}-ingestion-backfill failed: BackoffLimitExceeded",
    component="ingestion-backfill",
    changes=(
        Change(
            1,
            "",
            {
                "ingestion.backfill.environment": {"FARES": "s3://ferncliff-fares/2026-06/"},
                "ingestion.backfill.trigger.type": "startup",
            },
        ),
        Change(4, "Fares of July", {"ingestion.backfill.environment.FARES": "s3://ferncliff-fares/2026-07/"}),
    ),
)
