"""New files of the user's own: never over an old one, readable by nobody else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

MOST_NUMBERED = 1000
_UNFIT = re.compile(r"[^\w.+@-]+")
_STEM_BYTES = 120


def file_stem(*parts: str) -> str:
    """Return a file name without its suffix, made of foreign `parts`: no separators, no leading dot, not too long."""
    stem = "-".join(piece for part in parts if (piece := _UNFIT.sub("-", part).strip("-.")))
    return stem.encode("utf-8", "replace")[:_STEM_BYTES].decode("utf-8", "ignore").strip("-.") or "document"


def write_new(path: Path, data: bytes) -> None:
    """Write `data` into a file that must not exist, mode 0600. Raises OSError; no half-written file stays behind."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def numbered(path: Path) -> Iterator[Path]:
    """Yield `path`, then the same name with a number: `a.json`, `a-2.json` and so on."""
    yield path
    for number in range(2, MOST_NUMBERED + 1):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def next_free(path: Path) -> Path | None:
    """Return the first of the numbered names that no file has; None when all are taken."""
    return next((each for each in numbered(path) if not os.path.lexists(each)), None)


def save_new(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `data` into a file that did not exist (`stem.json`, else `stem-2.json`, …), mode 0600; return its path.

    A folder that is missing is made, for its owner alone. Raises OSError; nothing half-written stays behind.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    first = folder / f"{stem}{suffix}"
    for path in numbered(first):
        try:
            write_new(path, data)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(17, "there are too many files of this name", str(first))


def home_short(path: Path) -> str:
    """Return a path as people write it: `~/…` below their home folder."""
    try:
        below = path.relative_to(Path.home())
    except (ValueError, RuntimeError):
        return str(path)
    return f"~{os.sep}{below}" if below.parts else "~"
