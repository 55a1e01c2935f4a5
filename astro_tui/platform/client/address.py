"""The endpoints of the platform: encoded paths below the API's root (platform.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

if TYPE_CHECKING:
    from astro_tui.platform.observations import TraceQuery

_TEMPLATE = "/deployment-template"


def _segment(text: str) -> str:
    # A lone surrogate cannot be encoded, so the server gets a question mark.
    quoted = quote(text, safe="", errors="replace")
    # Clients and proxies remove segments of dots from a path.
    return quoted.replace(".", "%2E") if text in (".", "..") else quoted


def _query(**values: str | int | None) -> str:
    pairs = {key: value for key, value in values.items() if value not in (None, "")}
    return f"?{urlencode(pairs, quote_via=quote, errors='replace')}" if pairs else ""


def me() -> str:
    """Return the endpoint of the signed-in user and the accounts."""
    return "/me"


def health() -> str:
    """Return the endpoint of the server's health, which requires no token."""
    return "/health"


def deployments(account: str) -> str:
    """Return the endpoint of an account's deployments."""
    return f"/deployments{_query(account=account)}"


def overview() -> str:
    """Return the endpoint of all accounts of the user with their deployments."""
    return "/deployments/summary"


def deployment(deployment_id: str) -> str:
    """Return the endpoint of one deployment's record."""
    return f"/deployments/{_segment(deployment_id)}"


def below(deployment_id: str, kind: str, name: str) -> str:
    """Return the endpoint of something that belongs to a deployment, such as one of its pods."""
    return f"{deployment(deployment_id)}/{kind}/{_segment(name)}"


def capabilities(deployment_id: str) -> str:
    """Return the endpoint of what the user may do with a deployment."""
    return f"{deployment(deployment_id)}/capabilities"


def status(deployment_id: str) -> str:
    """Return the endpoint of one deployment's state with its reasons."""
    return f"{deployment(deployment_id)}/status"


def runtime(deployment_id: str) -> str:
    """Return the endpoint of what was last observed of a deployment's workloads."""
    return f"{deployment(deployment_id)}/runtime"


def events(deployment_id: str) -> str:
    """Return the endpoint of a deployment's latest events in the cluster."""
    return f"{deployment(deployment_id)}/events"


def alerts(deployment_id: str, component: str) -> str:
    """Return the endpoint of the alerts about one component of a deployment."""
    return f"{deployment(deployment_id)}/alerts{_query(workload=component)}"


def logs(
    deployment_id: str,
    workload: str,
    *,
    container: str = "",
    pod: str = "",
    since: str = "",
    until: str = "",
    lines: int = 200,
    backward: bool = True,
) -> str:
    """Return the endpoint of `lines` log lines of a workload: the newest if `backward`, else the oldest.

    Only lines between the times `since` and `until` (RFC 3339) count.
    """
    where = {"workload": workload, "container": container, "pod": pod, "since": since, "until": until}
    query = _query(**where, tailLines=lines, direction="backward" if backward else "forward")
    return f"{deployment(deployment_id)}/logs{query}"


def log_stream(deployment_id: str, workload: str, *, container: str = "", pod: str = "") -> str:
    """Return the endpoint of the stream of a workload's log, from now on."""
    return f"{deployment(deployment_id)}/logs/stream{_query(workload=workload, container=container, pod=pod)}"


def pod_metrics(deployment_id: str, pod: str, *, length: str = "1h") -> str:
    """Return the endpoint of the use of one pod in the last 1h, 6h, 24h, or 7d."""
    return f"{below(deployment_id, 'pods', pod)}/metrics{_query(range=length)}"


def traffic(
    deployment_id: str,
    *,
    direction: str = "inbound",
    metric: str = "rate",
    step: str = "",
    start: str = "",
    end: str = "",
) -> str:
    """Return the endpoint of requests over time, between two times."""
    query = _query(direction=direction, metric=metric, step=step, start_time=start, end_time=end)
    return f"{deployment(deployment_id)}/network/timeseries{query}"


def traffic_summary(deployment_id: str, *, start: str = "", end: str = "") -> str:
    """Return the endpoint of the number of requests between two times."""
    return f"{deployment(deployment_id)}/network/summary{_query(start_time=start, end_time=end)}"


def flows(
    deployment_id: str, direction: str, *, sort: str = "", limit: int = 50, start: str = "", end: str = ""
) -> str:
    """Return the endpoint of the traffic by peer between two times: `inbound`, `outbound`, or `database`.

    `sort` is `requests`, `latency_p95`, `errors`, or empty for the server's choice. The server caps `limit` at 200.
    """
    query = _query(direction=direction, sort=sort, limit=limit, start_time=start, end_time=end)
    return f"{deployment(deployment_id)}/network/flows{query}"


def observation_metrics(deployment_id: str, *, granularity: str = "hour", start: str = "", end: str = "") -> str:
    """Return the endpoint of observations over time. Without both times, it fails."""
    query = _query(granularity=granularity, start_time=start, end_time=end)
    return f"{deployment(deployment_id)}/observability/metrics{query}"


def months(account: str) -> str:
    """Return the endpoint of the last 30 days of an account's active agents."""
    return f"{of_account(account)}/observability/deployment-summaries"


def costs(account: str, *, start: str = "", end: str = "") -> str:
    """Return the endpoint of the costs of an account's agents between two times."""
    return f"{of_account(account)}/observability/deployments-summary{_query(**{'from': start, 'to': end})}"


def _tracing(deployment_id: str) -> str:
    return f"{deployment(deployment_id)}/observability"


def traces(deployment_id: str, query: TraceQuery, *, limit: int = 50, offset: int = 0) -> str:
    """Return the endpoint of a page of a deployment's traces, the newest, slowest, or most expensive first."""
    users = {"no_user": "true"} if query.user == "" else {"user_id": query.user}
    window = {"start_time": query.start, "end_time": query.end}
    order = {"sort": query.sort, "direction": "desc"}
    wanted = _query(limit=limit, offset=offset, search=query.search, **users, **order, **window)
    return f"{_tracing(deployment_id)}/traces{wanted}"


def trace(deployment_id: str, trace_id: str) -> str:
    """Return the endpoint of one trace with its observations."""
    return f"{_tracing(deployment_id)}/traces/{_segment(trace_id)}"


def observation(deployment_id: str, observation_id: str) -> str:
    """Return the endpoint of one observation with its input and output. It is not below its trace."""
    return f"{_tracing(deployment_id)}/observations/{_segment(observation_id)}"


def conversations(deployment_id: str) -> str:
    """Return the endpoint of the user's conversations with an agent."""
    return f"{deployment(deployment_id)}/chat/conversations"


def conversation(deployment_id: str, conversation_id: str, *, limit: int = 0, before: int = 0) -> str:
    """Return the endpoint of a conversation: with a `limit`, of its newest messages, or those before a number."""
    query = _query(limit=limit or None, before_seq=before or None)
    return f"{conversations(deployment_id)}/{_segment(conversation_id)}{query}"


def messaging(deployment_id: str, conversation_id: str = "") -> str:
    """Return the base endpoint for messages to an agent, or in one conversation with it."""
    below = f"/{_segment(conversation_id)}" if conversation_id else ""
    return f"{deployment(deployment_id)}/messaging/conversations{below}"


def chat_stream(deployment_id: str, conversation_id: str) -> str:
    """Return the endpoint of the stream of a conversation."""
    return f"{messaging(deployment_id, conversation_id)}/stream"


def interaction(deployment_id: str, conversation_id: str, question_id: str) -> str:
    """Return the endpoint that takes the answer to a question from an agent."""
    where = f"{_segment(conversation_id)}/interactions/{_segment(question_id)}"
    return f"{deployment(deployment_id)}/messaging/chat/conversations/{where}"


def agent_ready(deployment_id: str) -> str:
    """Return the endpoint of whether an agent is connected to its sidecar now."""
    return f"{deployment(deployment_id)}/messaging/ready"


def agent_config(deployment_id: str) -> str:
    """Return the endpoint of an agent's own description, sent when it connected to its sidecar."""
    return f"{deployment(deployment_id)}/messaging/agent/config"


def is_chat(path: str) -> bool:
    """Return whether the server passes a path on to an agent's sidecar."""
    return "/deployments/" in path and ("/messaging/" in path or "/chat/" in path)


def active_deployment(account: str, name: str) -> str:
    """Return the endpoint of the newest active deployment of a blueprint, with its spec."""
    return f"/agents/{_segment(account)}/{_segment(name)}/deployment"


def history(account: str, name: str, deployment_id: str | None = None) -> str:
    """Return the endpoint of the revisions of a blueprint's deployments, or of one deployment."""
    return f"{active_deployment(account, name)}/history{_query(deployment_id=deployment_id)}"


def template(account: str, name: str) -> str:
    """Return the endpoint that regenerates a spec. It takes a POST, which changes nothing."""
    return f"{blueprint(account, name)}{_TEMPLATE}"


def only_reads(endpoint: str) -> bool:
    """Return whether a POST to an endpoint changes nothing."""
    return endpoint.startswith("/agents/") and endpoint.count("/") == 4 and endpoint.endswith(_TEMPLATE)


def of_account(account: str) -> str:
    """Return the endpoint of an account's profile."""
    return f"/accounts/{_segment(account)}"


def members(account: str) -> str:
    """Return the endpoint of the people of an account."""
    return f"{of_account(account)}/members"


def catalog(
    query: str = "", offset: int = 0, limit: int = 100, *, tag: str = "", sort: str = "", account: str = ""
) -> str:
    """Return the endpoint of one page of the public catalog, or of the blueprints of `account`.

    `sort` is `name`, `newest`, or empty for the server's choice. The server caps `limit` at 100 and refuses an
    `offset` over 10,000 (platform.md §5).
    """
    where = f"/agents/{_segment(account)}" if account else "/agents"
    return f"{where}{_query(q=query, tag=tag, sort=sort, limit=limit, offset=offset)}"


def blueprint(account: str, name: str) -> str:
    """Return the endpoint of one blueprint and its builds."""
    return f"/agents/{_segment(account)}/{_segment(name)}"


def builds(account: str, name: str, limit: int = 50) -> str:
    """Return the endpoint of a blueprint's builds; only those who may edit it have it (platform.md §18)."""
    return f"{blueprint(account, name)}/builds{_query(limit=limit)}"


def vulnerabilities(account: str, name: str, build: str) -> str:
    """Return the endpoint of what a scan of a build found."""
    return f"{blueprint(account, name)}/builds/{_segment(build)}/vulnerabilities"


def github(account: str, name: str) -> str:
    """Return the endpoint of a blueprint's repository and its newest builds."""
    return f"{blueprint(account, name)}/github"


def build_log(account: str, name: str, build: str) -> str:
    """Return the endpoint of a build's log."""
    return f"{github(account, name)}/builds/{_segment(build)}/logs"


def variables(account: str) -> str:
    """Return the endpoint of an account's variables."""
    return f"{of_account(account)}/variables"


def billing(account: str) -> str:
    """Return the endpoint of whether an account pays."""
    return f"{of_account(account)}/billing/status"


def spending(account: str) -> str:
    """Return the endpoint of what an account spends in the current period."""
    return f"{of_account(account)}/billing/spend"


def daily_spend(account: str, *, start: str = "", end: str = "") -> str:
    """Return the endpoint of what an account spent on each day between two times."""
    return f"{of_account(account)}/billing/usage/daily-spend{_query(**{'from': start, 'to': end})}"


def quotas(account: str) -> str:
    """Return the endpoint of how much of its quotas an account uses."""
    return f"{of_account(account)}/usage"


def audit_log(
    account: str, *, actor: str = "", action: str = "", resource: str = "", before: str = "", limit: int = 50
) -> str:
    """Return the endpoint of a page of an account's audit log, newest first. Everything given must match."""
    where = _query(actor_id=actor, action=action, resource_id=resource, before=before, limit=limit)
    return f"{of_account(account)}/audit-log{where}"


def audit_filters(account: str) -> str:
    """Return the endpoint of the words that occur in an account's audit log."""
    return f"{of_account(account)}/audit-log/filters"


def path_of(endpoint: str) -> str:
    """Return the path of an endpoint, without its query."""
    return endpoint.partition("?")[0]


def account_of(endpoint: str) -> str:
    """Return the name of the account in an endpoint, or an empty string."""
    path, _, query = endpoint.partition("?")
    parts = path.split("/")
    if len(parts) > 2 and parts[1] in ("agents", "accounts"):
        return unquote(parts[2])
    return dict(parse_qsl(query)).get("account", "") if parts[1:2] == ["deployments"] else ""


def deployment_of(endpoint: str) -> str:
    """Return the id of the deployment in an endpoint about one, or an empty string."""
    parts = path_of(endpoint).split("/")
    return unquote(parts[2]) if len(parts) > 2 and parts[1] == "deployments" else ""
