"""A new story of the demo platform needs one file and no code, and a malformed one says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.contract import validator
from support.demo_caller import START, Clock, calling

from astro_tui.demo import DemoServer
from astro_tui.demo.contents import agent

STORY = {
    "name": "lighthouse-keeper",
    "display_name": "Lighthouse Keeper",
    "age": "40m",
    "revisions": 3,
    "steady": True,
    "history": [
        {"revision": 1, "values": {"agent.environment.LAMP_URL": "https://lamp.example"}},
        {"revision": 3, "message": "Remove the lamp", "age": "40m", "values": {"agent.environment.LAMP_URL": None}},
    ],
    "schedule": [
        {"state": "active"},
        {
            "at": 30,
            "state": "failed",
            "error_message": "Container app of {name}-agent keeps crashing",
            "failed_on": [{"workload": "{name}-agent", "component": "agent", "phase": "failed", "message": "exit 1"}],
            "pods": {
                "agent": {
                    "state": "Waiting",
                    "ready": False,
                    "message": "CrashLoopBackOff",
                    "run": 5,
                    "warnings": [{"reason": "Unhealthy", "message": "Readiness probe failed", "every": 10}],
                    "lines": [["error", "KeyError: 'LAMP_URL'"]],
                }
            },
        },
    ],
}


def test_a_story_from_outside(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "lighthouse-keeper.json").write_text(json.dumps(STORY))
    with DemoServer(clock=clock, stories=[tmp_path]) as demo, calling(demo) as caller:
        rows = caller.get("/deployments?account=meridian-labs")["deployments"]
        row = next(each for each in rows if each["name"] == "lighthouse-keeper")
        where = f"/deployments/{row['id']}"
        assert (row["status"], row["display_name"]) == ("Running", "Lighthouse Keeper")
        clock.advance(60)
        status = caller.get(f"{where}/status")
        assert status["failed_on"][0]["workload"] == "lighthouse-keeper-agent"
        pods = caller.get(f"{where}/runtime")["runtime"]["workloads"]
        assert pods[0]["containers"][0]["restart_count"] > 0
        events = {each["reason"] for each in caller.get(f"{where}/events")["events"]}
        assert {"Unhealthy", "BackOff"} <= events
        since = f"{START:%Y-%m-%dT%H:%M:%SZ}"
        lines = caller.get(f"{where}/logs?workload=lighthouse-keeper-agent&since={since}")
        assert "KeyError: 'LAMP_URL'" in [each["message"] for each in lines]
        template = "/agents/{account}/{name}/deployment-template"
        path = template.format(account="meridian-labs", name="lighthouse-keeper")
        specs = [caller.send(path, "POST", {"deployment_id": row["id"], "revision": each})[1] for each in (2, 3)]
        assert not list(validator(template, "post", 200).iter_errors(specs[0]))
        old, new = (each["template"]["agent"]["environment"] for each in specs)
        assert old.keys() - new.keys() == {"LAMP_URL"}
        history = caller.get(f"/agents/meridian-labs/lighthouse-keeper/deployment/history?deployment_id={row['id']}")
        assert history["deployments"][0]["commit_message"] == "Remove the lamp"


@pytest.mark.parametrize("wrong", [{"nmae": "x"}, {"schedule": [{"state": "active", "pods": "lost"}]}], ids=str)
def test_a_malformed_story_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        agent({**STORY, **wrong})
