"""All accounts of a user with the states of their deployments (platform.md §8.2)."""

from __future__ import annotations

from typing import Annotated

from astro_tui.platform.models.values import Objects, Record, Text


class OverviewDeployment(Record):
    """One deployment. `status` is the raw value in the database (platform.md §16.2)."""

    id: Text = ""
    status: Text = ""


class OverviewAccount(Record):
    """One account of `GET /deployments/summary`."""

    id: Text = ""
    name: Text = ""
    deployments: Annotated[tuple[OverviewDeployment, ...], Objects] = ()
