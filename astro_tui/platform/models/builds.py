"""A blueprint's builds and their logs (platform.md §18)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AliasChoices, BeforeValidator, Field

from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, PlatformModel, Text, Time, object_or_none


class Vulnerability(PlatformModel):
    """A weakness of a package, and the version that fixes it if there is one."""

    id: Text = ""
    severity: Text = ""
    package: Text = ""
    fixed_version: Text = ""


class ScannedPart(PlatformModel):
    """What a scan found in one image of a build."""

    findings: Annotated[tuple[Vulnerability, ...], Objects] = ()


class Scan(PlatformModel):
    """What a scan of a build's images found. Counts mean something only if the `status` is `succeeded`.

    `components` are known only if the scan itself was requested.
    """

    status: Text = ""
    critical: Number = None
    high: Number = None
    medium: Number = None
    low: Number = None
    unknown: Number = None
    fixable: Number = None
    components: Annotated[tuple[ScannedPart, ...], Objects] = ()

    @property
    def fixed_critical(self) -> list[str]:
        """The critical vulnerabilities that an update fixes, with their packages."""
        every = [each for part in self.components for each in part.findings]
        critical = [each for each in every if each.severity.strip().lower() == "critical" and each.fixed_version]
        return [f"{each.id} in {each.package} (fixed in {each.fixed_version})" for each in critical]


class BuildRun(PlatformModel):
    """One build, from either generation of routes; any `status` and `step` is possible. `author` is who made it."""

    build_id: Text = ""
    source: Text = ""
    status: Text = ""
    step: Text = ""
    error: Text = ""
    started_at: Annotated[Time, Field(validation_alias=AliasChoices("started_at", "enqueued_at"))] = NO_TIME
    completed_at: Time = NO_TIME
    is_latest: Flag = False
    commit_sha: Text = ""
    commit_message: Text = ""
    branch: Text = ""
    repo_full_name: Text = ""
    author: Annotated[Text, Field(validation_alias=AliasChoices("pushed_by_handle", "pushed_by", "commit_author"))] = ""
    vulnerabilities: Annotated[Scan | None, BeforeValidator(object_or_none)] = None


class Github(PlatformModel):
    """The repository of a blueprint, with its ten newest builds, without their logs."""

    connected: Flag = False
    repo_full_name: Text = ""
    branch: Text = ""
    builds: Annotated[tuple[BuildRun, ...], Objects] = ()


class BuildPart(PlatformModel):
    """The log of one component of a build: text in sections, without times."""

    name: Text = ""
    status: Text = ""
    logs: Text = ""


class BuildLog(PlatformModel):
    """What a build has written until now. `phase` is its status."""

    components: Annotated[tuple[BuildPart, ...], Objects] = ()
    phase: Text = ""
    logs: Text = ""
