"""What the account of a deployment explains: stops by billing, what people did, and edited variables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis.observe import entries, last_deploy
from astro_tui.diagnosis.tables import Match, table
from astro_tui.diagnosis.values import AgentVariable, Evidence, Fact, Facts, NextStep, Observations
from astro_tui.platform.lenient import flag, moment, text, word
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import joined, span

_BEFORE = timedelta(hours=1)
"""How long before a problem its cause may lie."""
_MOST = 3
_TELLING = 4
"""The fewest letters of a word in a variable's name that says what it is for."""


class Stop(NamedTuple):
    """Why billing has stopped an account, and what to do, as sentences. Both are safe to print."""

    why: str
    remedy: str


def stop_of(billing: Fact) -> Stop | None:
    """Return why billing has stopped an account; None if it has not, or if that cannot be read."""
    value, words = billing.value, table("account")
    enforced = flag(value, "enforced") or flag(value, "workloads_suspended")
    if word(value, "status") != "suspended" or not enforced:
        return None
    reason, action = word(value, "reason"), word(value, "action")
    said = words["reasons"].get(reason) or masked_line(text(value, "reason"), 60)
    why = f"Billing has stopped the account{f': {said}' if said else ''}"
    how = words["actions"].get(reason) or words["actions"].get(action) or words["actions"]["usual"]
    back = "" if action == "contact_support" else f" {words['words']['back']}"
    return Stop(why, f"{how}{back}")


class Act(NamedTuple):
    """An action on a deployment from the audit log: when, what, and by whom."""

    at: datetime | None
    action: str
    who: str

    @property
    def done(self) -> str:
        """What was done, such as `paused`; safe to print."""
        return table("account")["acts"].get(self.action) or masked_line(self.action.removeprefix("deployment."), 60)


def acts_of(facts: Facts) -> list[Act]:
    """Return the actions on the deployment, newest first, as far as the audit log was read."""
    wanted = facts.deployment_id or text(facts.row.value, "id")
    return [
        Act(moment(each, "at"), text(each, "action"), text(each, "who"))
        for each in entries(facts.audit, "rows")
        if wanted and text(each, "resource_id") == wanted
    ]


def behind(facts: Facts, state: str, since: datetime | None = None) -> str:
    """Return who brought a deployment into a state of `blame.toml`, such as `paused`; empty if that is not known.

    With `since`, earlier actions do not count.
    """
    causes = table("account")["states"].get(state, ())
    acts = [each for each in acts_of(facts) if since is None or (each.at is not None and each.at >= since)]
    return next((each.who for each in acts if each.action in causes), "")


def rolled_back_by(seen: Observations) -> str:
    """Return ` by` and who rolled the deployment back; empty if that is not known, or if nobody did."""
    left = seen.rolled_back
    by = behind(seen.facts, "undone", left.deployed) if left is not None else ""
    return f" by {masked_line(by, 60)}" if by else ""


def evidence(seen: Observations, began: datetime | None) -> Iterator[Evidence]:
    """Yield the actions shortly before a problem began, and since then.

    The evidence from the history has the deploys already, and who rolled the agent back.
    """
    since = (began or seen.now) - _BEFORE
    told = ["deployment.deploy", *(table("account")["states"]["undone"] if rolled_back_by(seen) else ())]
    acts = [each for each in acts_of(seen.facts) if each.action not in told and each.at and each.at >= since]
    for each in acts[:_MOST]:
        yield Evidence("audit log", each.at, f"{each.done} by {each.who}")


def edited(facts: Facts) -> list[AgentVariable]:
    """Return the account's variables that the deployment uses and that were edited after its last deploy."""
    variables, deployed = facts.variables.value, last_deploy(facts)
    return [each for each in variables if each.late(deployed)] if isinstance(variables, tuple) else []


def explaining(facts: Facts, match: Match | None, said: str) -> list[AgentVariable]:
    """Return the edited variables that can explain what failed: what another service refuses, or cannot be reached.

    `match` is the row about it. Those that the text names come first, if it names any.
    """
    parts_of = table("account")["explained"].get(match.row.about, ()) if match is not None else ()
    fitting = [each for each in edited(facts) if _fits(each, parts_of)]
    lowered = said.lower()
    parts = {each: {part for part in each.name.lower().split("_") if len(part) >= _TELLING} for each in fitting}
    return [each for each in fitting if any(part in lowered for part in parts[each])] or fitting


def _fits(variable: AgentVariable, parts: Sequence[str]) -> bool:
    whole = f"{variable.name} {variable.ref}".upper()
    return any(part in whole or (variable.secret and part == "secret") for part in parts)


def can_explain(match: Match | None) -> bool:
    """Whether an edited variable can explain what failed."""
    return match is not None and match.row.about in table("account")["explained"]


def edited_words(variables: list[AgentVariable], deployed: datetime | None, now: datetime) -> str:
    """Return a finding about variables edited or created after a deploy, without a final period."""
    names = joined([masked_line(each.ref, 60) for each in variables[:_MOST]])
    changed = [each.change(deployed) for each in variables]
    at = max((at for _verb, at in changed if at is not None), default=None)
    ago = f" {span((now - at).total_seconds())} ago" if at is not None else ""
    changes = " or ".join(sorted({verb for verb, _at in changed}, reverse=True))
    verb, copies = ("was", "its copy") if len(variables) == 1 else ("were", "its copies")
    # A variable that is newer than the deploy may have replaced one that the agent has a copy of, or may not.
    keeps = f"keeps {copies}" if changes == "edited" else "does not get the new value"
    return f"{names} {verb} {changes}{ago}, after the last deploy; the agent {keeps} until it is deployed again"


def deploy_again(agent: str) -> NextStep:
    """Return the step that gives a deployment the current values. `agent` is quoted for a shell."""
    text_ = "Deploy the same build again, so that the agent gets the current values."
    return NextStep(text_, f"astro-tui deploy --same {agent}", "deployment.actions e")
