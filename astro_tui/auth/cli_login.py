"""The login of the platform's own CLI (contract §2.6, §2.7): read, never changed, its refresh token never used."""

from __future__ import annotations
