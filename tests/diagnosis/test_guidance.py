"""Only instructions become next steps."""

from __future__ import annotations

import pytest
from diagnosis.incidents.scene import DAY, Scene, agent_spec, changed

from astro_tui.diagnosis import diagnose
from astro_tui.diagnosis.wording import instructions

AGENT = "tide-notes-agent"


@pytest.mark.parametrize(
    "text",
    [
        "Check that the build exists.",
        "Raise knowledge.cases.resources.memory or store less.",
        "Please contact support.",
        "Push the image again.",
        "To fix this, increase the memory limit.",
        "If this continues, restart the agent.",
        "You can roll back to the previous revision.",
        "Do not change the port.",
        "Wait a minute or two.",
    ],
)
def test_an_instruction(text: str) -> None:
    assert instructions(text) == (text, "")


@pytest.mark.parametrize(
    "text",
    [
        "The container is being created; this normally takes less than a minute.",
        "Check failed with status 500.",
        "Restart limit reached.",
        "Pull access denied for this image.",
        "This usually resolves on its own.",
        "Update is in progress.",
        "Memory usage went over the limit and the kernel ended the process.",
        "Deploy of the last revision did not finish.",
        "",
    ],
)
def test_a_description(text: str) -> None:
    assert instructions(text) == ("", text)


def test_both_in_one_text() -> None:
    text = 'The image "a/b:1.2" was not found. Check that the build exists.  It can take a while.'
    assert instructions(text) == (
        "Check that the build exists.",
        'The image "a/b:1.2" was not found. It can take a while.',
    )


def test_a_description_is_evidence_and_an_instruction_the_next_step() -> None:
    good = agent_spec()
    scene = Scene([(5 * DAY, good), (41, changed(good, "agent/resources/memory", "256Mi"))])
    told, todo = "The container used more memory than it may.", "Raise the limit."
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="OOMKilled", guidance=f"{told} {todo}"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=11)
    found = diagnose(scene.facts())
    steps = [each.text for each in found.next_steps]
    assert todo in steps
    assert not any(told in each for each in steps)
    assert [each.source for each in found.evidence if each.text == told] == ["status"]
