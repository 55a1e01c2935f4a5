"""The rows and records that the demo's endpoints send (platform.md §7 and §8)."""

from __future__ import annotations

from astro_tui.demo.builds import newest
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoAccount, DemoDeployment, Json, digest
from astro_tui.demo.pods import JOBS
from astro_tui.demo.schedule import DAY
from astro_tui.demo.specs import REGISTRY, spec_of, workloads_of
from astro_tui.demo.world import World, timestamp

USER = "user_01EXAMPLE"
"""The ID of the demo's user."""
PEOPLE = (USER, "user_01HV6ZK3T9QX4M8R2E7W5N0PJD", "user_01J2C8D5YRB7K6G4S1F9H3XVTA")
"""The IDs of the people who deploy: usually the user, sometimes two others; the last one has left the account."""
_TURNS = (0, 1, 0, 2, 0, 0, 1)


def deployed_by(deployment: DemoDeployment, revision: int = 0) -> str:
    """Return the ID of the user who deployed `revision`; 0 is the newest revision."""
    revision = revision or deployment.revisions
    users = [change.by for change in deployment.history if change.revision == revision and change.by]
    if users:
        return users[0]
    return PEOPLE[_TURNS[(digest(deployment.id) + revision) % len(_TURNS)]]


def message(deployment: DemoDeployment, revision: int) -> str:
    """Return the commit message of `revision`. It differs from those of the dozen revisions around it."""
    own = [change.message for change in deployment.history if change.revision == revision and change.message]
    if own or revision == 1:
        return own[0] if own else "First version"
    messages: list[str] = read("commits.json")
    return messages[(digest(deployment.id) + 5 * revision) % len(messages)]


def namespace(deployment: DemoDeployment) -> str:
    """Return the Kubernetes namespace in its current form (platform.md §3)."""
    return deployment.namespace or f"astro-{deployment.id.replace('-', '')}-0"


def row(world: World, deployment: DemoDeployment) -> Json:
    """Return one row of `GET /deployments` (platform.md §8.1)."""
    account = world.accounts[deployment.account]
    body: Json = {"id": deployment.id, "name": deployment.name}
    if deployment.display_name:
        body["display_name"] = deployment.display_name
    body |= {
        "avatar_colors": list(deployment.colors),
        "build_id": deployment.build,
        "latest_build_id": newest(world, deployment.account, deployment.name, deployment.latest_build),
        "status": world.condition(deployment).list_word,
        "namespace": namespace(deployment),
        "account_id": account.id,
        "account_name": account.name,
    }
    if deployment.urls:
        body["external_urls"] = list(deployment.urls)
    deployed = world.deployed_at(deployment)
    return body | {
        "messaging_web_configured": bool(deployment.urls),
        "created_at": deployed,
        "updated_at": deployed,
        "deployed_by": deployed_by(deployment),
    }


def record(world: World, deployment: DemoDeployment) -> Json:
    """Return the body of `GET /deployments/{id}` (platform.md §8.3)."""
    condition, workloads = world.condition(deployment), workloads_of(deployment, deployment.revisions)
    body = row(world, deployment)
    for key in ("account_id", "account_name", "messaging_web_configured"):
        del body[key]
    if condition.error_message:
        body["error_message"] = condition.error_message
    body |= {
        "source_account": deployment.account,
        "created_at": world.deployed_at(deployment, 1),
        "updated_by": deployed_by(deployment),
        "replicas": sum(each["replicas"] for each in workloads if each["kind"] not in JOBS),
        "components": [workload["component"] for workload in workloads] if condition.word != "pending" else None,
        "messaging_configured": bool(deployment.urls),
        "workloads": workloads,
    }
    return {"deployment": body}


def status(world: World, deployment: DemoDeployment) -> Json:
    """Return the body of `GET /deployments/{id}/status` (platform.md §8.4)."""
    return world.condition(deployment).status(len(workloads_of(deployment)))


def active_record(world: World, deployment: DemoDeployment) -> Json:
    """Return the body of `GET …/deployment` (platform.md §8.7); a rollback leaves the stored spec as it was."""
    deployed = world.deployed_at(deployment)
    return {
        "id": deployment.id,
        "agent_name": deployment.name,
        "build_id": deployment.build,
        "namespace": namespace(deployment),
        "status": world.condition(deployment).word,
        "deployed_at": f"{deployed[:-1]}.{digest(deployment.id) % 10**9:09d}Z",
        "spec": spec_of(deployment, deployment.revisions),
    }


def _history_row(world: World, deployment: DemoDeployment, revision: int) -> Json:
    seed, newest = digest(deployment.id, str(revision)), revision == deployment.revisions
    current = revision == deployment.revision
    changes = [change for change in deployment.history if change.revision == revision and change.message]
    body: Json = {
        "id": deployment.id,
        "agent_name": deployment.name,
        "revision": revision,
        "build_id": deployment.revision_build(revision),
        "namespace": namespace(deployment),
        "display_name": deployment.display_name or deployment.name,
        "is_current": current,
        "status": world.condition(deployment).word if current else "undeployed",
        "deployed_at": world.deployed_at(deployment, revision),
        "spec": {},
        "deployed_by": deployed_by(deployment, revision),
        "source": "github" if newest or changes or seed % 3 else "direct",
    }
    if body["source"] == "github":
        body |= {
            "commit_sha": next((change.commit for change in changes if change.commit), f"{seed:016x}"[:12]),
            "branch": "main",
            "commit_message": message(deployment, revision),
            "repo_full_name": f"{deployment.account}/{deployment.name}",
        }
    return body


def history(world: World, deployments: list[DemoDeployment]) -> Json:
    """Return the body of `…/deployment/history`: a row for each revision, newest first (platform.md §8.7)."""
    rows = [_history_row(world, each, number) for each in deployments for number in range(1, each.revisions + 1)]
    rows.sort(key=lambda each: each["deployed_at"], reverse=True)
    return {"deployments": rows, "count": len(rows)}


def names_of(account: DemoAccount) -> Json:
    """Return what every response says about an account."""
    return {key: getattr(account, key) for key in ("id", "name", "type", "display_name")}


def profile(world: World, account: DemoAccount) -> Json:
    """Return the body of `GET /accounts/{account}`."""
    founded = timestamp(world.ago(700 * DAY + digest(account.name) % (300 * DAY)))
    body = names_of(account) | {"created_at": founded, "updated_at": founded, "social_links": []}
    return body | ({"bio": account.bio} if account.bio else {})


def membership(world: World, account: DemoAccount) -> Json:
    """Return one account of `GET /me`."""
    blueprints = [each for each in world.contents.blueprints if each.account == account.name]
    rows: list[Json] = [{"name": each.name, "registry": REGISTRY, "visibility": each.visibility} for each in blueprints]
    for row, each in zip(rows, blueprints, strict=True):
        row["build_count"] = len(each.builds)
    body = names_of(account) | {"agents": rows}
    return body | ({"workos_org_id": account.organization} if account.organization else {})
