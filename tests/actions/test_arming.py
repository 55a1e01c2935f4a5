"""A session is read-only until it is armed, and a permit is made only for what was armed, allowed, and named."""

from __future__ import annotations

from math import inf
from types import SimpleNamespace

import pytest
from support.acting import CLAIMS, LABS, Operator

from astro_tui import runtime
from astro_tui.actions.allowed import ALLOWED, ActionVerdict
from astro_tui.actions.arming import ARMED, Arming, NotArmedError
from astro_tui.actions.kinds import ActionKind
from astro_tui.platform.client.permit import PermitError


class Ticks:
    """A clock in seconds that tests move."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_starts_read_only(operator: Operator) -> None:
    arming = Arming()
    assert (arming.armed(LABS), arming.left(LABS)) == (False, 0)
    with pytest.raises(NotArmedError, match="read-only"):
        arming.permit(operator.preview(ActionKind.PAUSE))


def test_the_accounts_name_arms_that_account_for_ten_minutes() -> None:
    clock = Ticks()
    arming = Arming(clock=clock)
    for typed in ("", "Meridian-Labs", "meridian-labs ", "harborline"):
        with pytest.raises(NotArmedError):
            arming.arm(LABS, typed)
    assert not arming.armed(LABS)
    arming.arm(LABS, LABS)
    assert (arming.armed(LABS), arming.armed("harborline")) == (True, False)
    clock.now += ARMED - 1
    assert arming.left(LABS) == 1
    clock.now += 1
    assert not arming.armed(LABS)


def test_the_sleep_of_the_machine_counts(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = 0.0
    clocks = SimpleNamespace(monotonic=lambda: 1000.0, clock_gettime=lambda _clock: 1000.0 + slept)
    monkeypatch.setattr(runtime, "time", clocks)
    arming = Arming()
    arming.arm(LABS, LABS)
    preview = operator.preview(ActionKind.PAUSE)
    permit = arming.permit(preview)
    permit.saw(preview.state.standing)
    slept = 8 * 3600.0
    assert not arming.armed(LABS)
    with pytest.raises(NotArmedError, match="Arming expired after ten minutes"):
        arming.permit(preview)
    with pytest.raises(PermitError, match="older than 60 seconds"):
        permit.redeem()


def test_it_can_be_disarmed() -> None:
    arming = Arming(write=True)
    assert arming.left(LABS) == inf
    arming.arm(LABS, LABS)
    arming.disarm()
    assert not arming.armed(LABS)


def test_nothing_arms_what_the_configuration_says_is_read_only(operator: Operator) -> None:
    arming = Arming(read_only=True, write=True)
    assert not arming.armed(LABS)
    with pytest.raises(NotArmedError, match="read_only"):
        arming.arm(LABS, LABS)
    with pytest.raises(NotArmedError, match="read_only"):
        arming.permit(operator.preview(ActionKind.PAUSE), CLAIMS.name)


def test_what_is_not_allowed_gets_no_permit(operator: Operator) -> None:
    with pytest.raises(NotArmedError, match="the agent is not paused"):
        operator.arming.permit(operator.preview(ActionKind.RESUME))


@pytest.mark.parametrize("typed", ["", "claims desk (eu)", "Claims Desk (EU) ", "claims-desk", CLAIMS.id])
def test_a_deletion_needs_the_exact_name(operator: Operator, typed: str) -> None:
    preview = operator.preview(ActionKind.DELETE)
    with pytest.raises(NotArmedError):
        operator.arming.permit(preview, typed)
    assert operator.arming.permit(preview, "Claims Desk (EU)").change == preview.change


def test_in_a_protected_account_everything_needs_the_name(operator: Operator) -> None:
    arming = Arming(write=True, protected=[" Meridian-Labs "])
    assert arming.protects(LABS)
    preview = operator.preview(ActionKind.PAUSE)
    with pytest.raises(NotArmedError, match=r"Claims Desk \(EU\)"):
        arming.permit(preview)
    assert arming.permit(preview, CLAIMS.name).change == preview.change
    assert not Arming(write=True).needs_name(ActionKind.PAUSE, LABS)


@pytest.mark.parametrize("name", ["", "a\x1bb", "password=hunter2hunter2", "x" * 300])
def test_a_name_that_cannot_be_displayed_is_confirmed_by_the_id(name: str) -> None:
    assert CLAIMS._replace(name=name).to_type == CLAIMS.id
    assert CLAIMS.to_type == CLAIMS.name


def test_the_permit_is_for_what_the_preview_saw(operator: Operator) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    permit = operator.arming.permit(preview)
    assert permit.expected == preview.state.standing
    with pytest.raises(PermitError):
        permit.saw(preview.state.standing._replace(revision=13))


def test_verdicts_decide() -> None:
    preview = SimpleNamespace(target=CLAIMS, verdict=ActionVerdict(allowed=False, reason="why"))
    with pytest.raises(NotArmedError, match="why"):
        Arming(write=True).permit(preview)  # type: ignore[arg-type]
    assert ALLOWED.allowed
