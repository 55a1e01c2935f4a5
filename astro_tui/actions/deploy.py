"""What a deploy would do: what a build changes, what else is applied with it, and what would be lost (platform.md §19).

Nothing here keeps or shows a value that was typed in. The template that is sent can contain such values; it stays in
memory, and only for as long as its preview.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from astro_tui.actions.allowed import ALLOWED, ActionVerdict
from astro_tui.actions.context import ActionContext
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.rollback import decoded, errors_of
from astro_tui.actions.target import TargetState
from astro_tui.diagnosis import Fact
from astro_tui.difference import Difference, compare
from astro_tui.document import Document
from astro_tui.errors import FINAL_KINDS, DocumentError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.lenient import field, flag, text
from astro_tui.presentation.builds import words_of_scan
from astro_tui.presentation.money import quota_words, warning_of
from astro_tui.presentation.presence import Target, read_source, read_template
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import clock, joined

if TYPE_CHECKING:
    from astro_tui.platform.models import DeploymentDetail

LONGEST_NAME = 42
"""The most characters of a display name in a deploy: older names may be longer."""
CACHED = timedelta(minutes=5)
"""How long a process of the server remembers adapters, access, schedules, and sizes."""
_DEFAULT_TIMEOUT = "15s"
_COMPARED = ("value", "ref", "targets", "secret", "optional")
"""What both a template and a stored spec have of a variable."""
_REMEMBERED = (("interfaces", "adapters"), ("interfaces", "auth"), ("ingestion",), ("agent", "resources"))
"""What a template may have from the deploy before (platform.md §19)."""


class Missing(NamedTuple):
    """A variable that the build requires and that has no value. `name` is as the platform sent it."""

    name: str
    secret: bool


@dataclass(frozen=True, slots=True, repr=False)
class DeployPlan:
    """A deploy before it happens. All texts are safe to print, except for `missing` and what is sent.

    `build` replaces `running`. `changes` is what the build changes, None if it is the same one. `since` is what has
    changed since the last deploy and is applied with it, and `updated` names the variables of the account that did.
    `unknown` says what cannot be compared. `wanted` is the request for the `template`, whose `signature` makes it
    valid. `notes` are things to know beforehand.
    """

    build: str
    running: str
    wanted: Mapping[str, object]
    revision: int
    template: bytes
    signature: str
    identity: object
    errors: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    changes: Difference | None = None
    since: Difference | None = None
    updated: tuple[str, ...] = ()
    set_variables: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    scan: str = ""
    compared: tuple[bytes, bytes] | None = None
    """What runs, and what would run, without secrets; None if it is the same build."""

    @property
    def same(self) -> bool:
        """Whether the build that runs is deployed again."""
        return self.build == self.running


class _Form:
    """A template as the platform sent it, and its parts."""

    def __init__(self, members: Mapping[str, bytes]) -> None:
        validation = decoded(members.get("validation"))
        self.raw = members["template"]
        self.spec = _mapping(decoded(self.raw))
        self.variables = _mapping(decoded(members.get("variables")))
        self.signature = str(decoded(members.get("signature")) or "")
        self.valid = flag(validation, "valid") is True
        self.errors = tuple(errors_of(validation))
        self.named = _block(self.spec, "variables")
        described = [*self.named.items(), *self.variables.items()]
        self.secrets = {name for name, each in described if flag(each, "secret")}
        """The names of the variables whose values must not be shown."""

    @property
    def stored(self) -> set[str]:
        """The names of the secrets that the platform has and does not send."""
        return {name for name, each in self.variables.items() if flag(each, "configured") and not text(each, "value")}

    @property
    def identity(self) -> object:
        """What two templates have in common if they are the same one: markers of stored secrets may differ."""
        named = {name: _without(each, "value") if name in self.stored else each for name, each in self.named.items()}
        target = _without(_block(self.spec, "target"), "display_name")
        return {**self.spec, "variables": named, "target": target}, self.valid, self.errors


def plan_of(
    context: ActionContext, target: Target, action: Action, state: TargetState, call: Call
) -> tuple[DeployPlan | None, ActionVerdict]:
    """Read what a deploy would do, and whether it can be done. Raises PlatformError."""
    return _Planning(context, target, action, state, call).plan()


def same_template(context: ActionContext, target: Target, plan: DeployPlan, call: Call) -> bool:
    """Request the template again, and return whether it is still the one in a plan. Raises PlatformError."""
    return _requested(context, target, plan.revision, plan.wanted, call).identity == plan.identity


class _Planning:
    """One plan that is being made."""

    def __init__(self, context: ActionContext, target: Target, action: Action, state: TargetState, call: Call) -> None:
        self._context, self._target, self._action, self._state, self._call = context, target, action, state, call
        self._platform, self._inputs = context.platform, action.inputs
        self._unknown: list[str] = []
        self._notes: list[str] = []

    def plan(self) -> tuple[DeployPlan | None, ActionVerdict]:
        record = self._platform.deployment(self._target.id, call=self._call)
        current = self._state.current
        running = current.raw_build if current is not None and current.raw_build else record.build_id
        again = self._action.kind is ActionKind.REDEPLOY
        build = running if again else self._action.argument or self._newest(record)
        if not build:
            return None, _no("the platform does not say which build is the newest")
        changed = bool(self._inputs.variables or self._inputs.timeout)
        if build == running and not again and not changed:
            already = f"build {masked_line(build, 100)} is already running; deploy it again to apply changed variables"
            return None, ActionVerdict(allowed=False, reason=already, nothing=True)
        # After a rollback, the record and its stored document are those from before it (platform.md §19).
        back = (self._state.revision or 0) if current is not None and current.rolled_back_from else 0
        active = None if back else self._active()
        timeout = self._timeout(active)
        wanted = self._wanted(build, self._inputs.timeout or timeout, self._inputs.values)
        form = before = self._form(wanted, back if build == running else 0)
        if build != running or changed:
            before = self._form_before(self._wanted(running, timeout, {}), back) or form
        verdict = self._verdict(form, before, build, active)
        old = _shown(before.spec, before.secrets)
        specs = (old, _shown(form.spec, form.secrets)) if form is not before else None
        changes = self._difference(*specs) if specs is not None else None
        drift = self._difference(_shown(active, before.secrets), old) if active is not None else None
        if active is None:
            self._unknown.append("the spec that runs")
        self._note_changes(form, before, drift)
        updated = self._updated(form)
        plan = DeployPlan(
            build=masked_line(build, 100),
            running=masked_line(running, 100),
            wanted=wanted,
            revision=back if build == running else 0,
            template=self._named_as_now(form, record),
            signature=form.signature,
            identity=form.identity,
            errors=form.errors,
            missing=tuple(each for each in _missing(form) if each.name not in self._inputs.names),
            changes=changes,
            since=drift,
            updated=updated,
            set_variables=tuple(masked_line(name, 100) for name in self._inputs.names),
            unknown=tuple(self._unknown),
            notes=tuple(self._notes),
            scan=self._scan(record, build),
            compared=specs,
        )
        return plan, verdict

    # ---- reading

    def _billing(self) -> Iterator[str]:
        """Yield why billing refuses the deploy, if that can be read; most users may not read it."""
        try:
            billing = self._platform.billing(self._target.account, call=self._call)
        except PlatformError as error:
            _unless_fatal(error)
            return
        warned = warning_of(Fact(billing))
        if billing.refuses:
            yield "billing has stopped the account" if warned is None else f"{warned.text} {warned.remedy}"
        elif warned is not None:
            self._notes.append(warned.text)

    def _quota(self) -> Iterator[str]:
        """Yield why the account's quota refuses the deploy; a full one is only a hint, which is noted."""
        try:
            meter = self._platform.quotas(self._target.account, call=self._call).get("agent_deployments")
        except PlatformError as error:
            _unless_fatal(error)
            return
        if meter is None or meter.quota is None or meter.quota < 0:
            return
        if meter.quota == 0:
            yield "the account's plan includes no agents"
        elif meter.usage is not None and meter.usage >= meter.quota:
            self._notes.append(f"The account has {quota_words(meter)} agents: the platform may refuse a deploy.")

    def _newest(self, record: DeploymentDetail) -> str:
        if record.latest_build_id:
            return record.latest_build_id
        account = record.source_account or self._target.account
        builds = self._platform.blueprint(account, self._target.blueprint, call=self._call).builds
        published = [(each.published_at.at, each.build_id) for each in builds if each.published_at.at is not None]
        return max(published)[1] if published else ""

    def _active(self) -> Mapping[str, Any] | None:
        """Return the spec that runs; None if it cannot be read, as that of a failed agent."""
        try:
            record = read_source(self._platform, self._target, "active", self._call)
        except PlatformError as error:
            _unless_fatal(error)
            return None
        spec = decoded(record.spec) if record.id == self._target.id and record.spec else None
        return spec if isinstance(spec, dict) else None

    def _timeout(self, active: Mapping[str, Any] | None) -> str:
        """Return the response timeout that is set; the platform forgets it unless it is sent."""
        timeout = _block(active or {}, "agent").get("response_timeout")
        if isinstance(timeout, str) and timeout:
            return timeout
        if active is None and not self._inputs.timeout:
            self._notes.append(
                f"The agent's response timeout is unknown, because the spec that runs cannot be read. It becomes "
                f"{_DEFAULT_TIMEOUT} unless you give it (--response-timeout)."
            )
        return ""

    def _wanted(self, build: str, timeout: str, variables: Mapping[str, str]) -> Mapping[str, object]:
        """Return what to request. What is left out is kept: adapters, access, bindings, and the disk always are."""
        wanted: dict[str, object] = {"build": build, "finalize": True}
        if variables:
            wanted["variables"] = {name: {"value": value} for name, value in variables.items()}
        if timeout:
            wanted["provisioning"] = {"agent": {"response_timeout": timeout}}
        return wanted

    def _form(self, wanted: Mapping[str, object], revision: int) -> _Form:
        return _requested(self._context, self._target, revision, wanted, self._call)

    def _form_before(self, wanted: Mapping[str, object], revision: int) -> _Form | None:
        """Return the template of what runs; None if its build is gone, which does not prevent another deploy."""
        try:
            return self._form(wanted, revision)
        except PlatformError as error:
            _unless_fatal(error)
            self._unknown.append("the build that runs")
            return None

    def _updated(self, form: _Form) -> tuple[str, ...]:
        """Return the account's variables that the template refers to and that changed after the last deploy."""
        refs = {each.get("ref") for each in form.named.values() if isinstance(each, Mapping)} - {None, ""}
        deployed = self._state.current.deployed if self._state.current is not None else None
        if not refs:
            return ()
        try:
            variables = self._platform.variables(self._target.account, call=self._call)
        except PlatformError as error:
            _unless_fatal(error)
            self._unknown.append("changed variables of the account")
            return ()
        return tuple(
            masked_line(each.name, 100)
            for each in variables
            if each.name in refs and each.updated_at.at and (deployed is None or each.updated_at.at > deployed)
        )

    def _scan(self, record: DeploymentDetail, build: str) -> str:
        if not record.latest_build_id:
            # A private blueprint of another account: its scans cannot be read either.
            return ""
        account = record.source_account or self._target.account
        try:
            scan = self._platform.vulnerabilities(account, self._target.blueprint, build, call=self._call)
        except PlatformError as error:
            _unless_fatal(error)
            return ""
        return words_of_scan(scan)

    def _difference(self, old: bytes, new: bytes) -> Difference | None:
        try:
            return compare(Document.parse(old), Document.parse(new), self._call.canceled.is_set)
        except DocumentError as error:
            self._unknown.append(str(error).removesuffix("."))
            return None

    def _note_changes(self, form: _Form, before: _Form, drift: Difference | None) -> None:
        """Note what nobody may overlook: values that go away, and those that are applied although nobody asked."""
        gone = sorted(masked_line(name, 100) for name in before.variables if name not in form.variables)
        if gone:
            self._notes.append(f"The build no longer has {joined(gone)}, so what was set there is dropped.")
        if drift:
            self._notes.append(f"What changed since the last deploy is applied, too: {drift.summary}.")

    # ---- judging

    def _verdict(self, form: _Form, before: _Form, build: str, active: Mapping[str, Any] | None) -> ActionVerdict:
        reasons = (
            *self._wrong(form, build),
            *self._billing(),
            *self._quota(),
            *self._inputs_refused(form),
            *self._lost(form, before, active),
            *(["the platform did not sign the template"] if not form.signature else []),
            *(self._invalid(form) if not form.valid else ()),
        )
        return _no(reasons[0]) if reasons else ALLOWED

    def _wrong(self, form: _Form, build: str) -> Iterator[str]:
        """Yield what the template is about, if it is something other than what was requested."""
        source, there = _block(form.spec, "source"), _block(form.spec, "target")
        if there.get("deployment_id") != self._target.id:
            yield "the platform's template is not for this agent, so it would create or replace another one"
        elif source.get("name") != self._target.blueprint:
            yield f"the platform's template is for another blueprint, {masked_line(str(source.get('name')), 100)}"
        elif source.get("build") != build:
            yield f"the platform's template is for another build, {masked_line(str(source.get('build')), 100)}"

    def _inputs_refused(self, form: _Form) -> Iterator[str]:
        """Yield why values cannot be set: unknown names and empty values would be lost without an error."""
        for name, value in self._inputs.variables:
            shown = masked_line(name, 100)
            if name not in form.variables:
                yield f"the build has no variable {shown}, so its value would be lost"
            elif not value:
                yield f"the value of {shown} is empty, and an empty value cannot be set"
            elif name in self._inputs.visible and name in form.secrets:
                yield f"{shown} is a secret: use --set-file {shown}=FILE, because others can see arguments"

    def _lost(self, form: _Form, before: _Form, active: Mapping[str, Any] | None) -> Iterator[str]:
        """Yield what would be lost although nobody asked for it."""
        now = active if active is not None else before.spec
        had, has = (_block(each, "interfaces").get("adapters") or [] for each in (now, form.spec))
        lost = [str(each) for each in had if isinstance(had, list) and each not in has]
        stores = _block(form.spec, "knowledge")
        unbound = [
            masked_line(name, 60)
            for name, block in _block(now, "knowledge").items()
            if text(block, "binding") and name in stores and not text(stores[name], "binding")
        ]
        if unbound:
            yield f"it would unbind the knowledge of {joined(unbound)}; {_LATER}"
        if lost:
            yield f"it would disconnect {joined([masked_line(each, 60) for each in lost])}; {_LATER}"
        deployed = self._state.current.deployed if self._state.current is not None else None
        recent = deployed is not None and self._context.clock() - deployed < CACHED
        if not recent or active is None or deployed is None:
            return
        stale = [".".join(path) for path in _REMEMBERED if _at(active, path) != _at(before.spec, path)]
        if stale:
            until = clock(deployed + CACHED, self._context.clock())
            yield f"the platform may still remember the deploy before ({joined(stale)}); try again at {until}"

    def _invalid(self, form: _Form) -> Iterator[str]:
        why = joined(list(form.errors)) or "no reason given"
        yield f"the platform says that the template is not valid: {why}"

    def _named_as_now(self, form: _Form, record: DeploymentDetail) -> bytes:
        """Return the template with the agent's current name, which is not signed; without it if it is too long."""
        there, name = _block(form.spec, "target"), record.display_name
        if there.get("display_name", "") == name:
            return form.raw
        named = {**there, "display_name": name} if 0 < len(name) <= LONGEST_NAME else _without(there, "display_name")
        return json.dumps({**form.spec, "target": named}, ensure_ascii=False).encode("utf-8", "surrogatepass")


_LATER = "the template is not what runs, so try again in five minutes"


def _no(reason: str) -> ActionVerdict:
    return ActionVerdict(allowed=False, reason=reason)


def _unless_fatal(error: PlatformError) -> None:
    if error.kind in FINAL_KINDS:
        raise error


def _requested(
    context: ActionContext, target: Target, revision: int, wanted: Mapping[str, object], call: Call
) -> _Form:
    return _Form(read_template(context.platform, target, revision, call, wanted))


def _missing(form: _Form) -> Iterator[Missing]:
    for name, each in form.variables.items():
        has = flag(each, "configured") or any(text(each, key) for key in ("value", "ref", "default"))
        if not has and not flag(each, "optional"):
            yield Missing(name, name in form.secrets)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _block(spec: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return _mapping(spec.get(key))


def _at(spec: object, path: Sequence[str]) -> object:
    return _at(field(spec, path[0]), path[1:]) if path else spec


def _without(value: object, key: str) -> object:
    return {name: each for name, each in value.items() if name != key} if isinstance(value, dict) else value


def _shown(spec: Mapping[str, Any], secrets: Collection[str]) -> bytes:
    """Return a document for comparing: without secrets, and without what only a template or only a spec has."""
    named = {
        name: {key: each[key] for key in _COMPARED if key in each and (key != "value" or name not in secrets)}
        for name, each in _block(spec, "variables").items()
        if isinstance(each, dict)
    }
    target = _without(_block(spec, "target"), "display_name")
    kept = {**spec, **({"variables": named} if named else {}), **({"target": target} if target else {})}
    return json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass")
