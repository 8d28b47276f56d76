"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _shared_folder() -> Path | None:
    """Find the folder of official statistics and golden results, beside or above the checkout."""
    named = os.environ.get("ECHELON_SHARED")
    candidates = [Path(named)] if named else []
    candidates += [parent / "shared" for parent in Path(__file__).resolve().parents[1:4]]
    return next((c for c in candidates if (c / "golden").is_dir()), None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with ``data/`` and ``golden/``; the test is skipped where it is absent."""
    folder = _shared_folder()
    if folder is None:
        pytest.skip(
            "the folder shared/ (official statistics, golden results) is not beside the checkout"
        )
    return folder


@pytest.fixture(scope="session")
def golden(shared: Path) -> Path:
    """Folder of published results that our numbers must meet."""
    return shared / "golden"
