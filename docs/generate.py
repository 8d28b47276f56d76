"""Write the generated pages of the documentation, or say which of them lag behind the code."""

from __future__ import annotations

import sys
from pathlib import Path

from echelon.system.schema import reference

HEAD = """# Tables of a system

Generated from `src/echelon/system/schema`; change it there and run `make docs`.

Every table but `regions` is optional: a verb says which tables it needs. Columns beyond these are
kept and ignored. An empty cell means unknown. A column with a default may be left out.

"""


def pages() -> dict[Path, str]:
    """Return the text of every generated page."""
    return {Path(__file__).parent / "schema.md": HEAD + "\n".join(reference())}


def main() -> int:
    """Write the pages; with ``--check`` only compare them."""
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for path in stale:
            sys.stderr.write(f"{path.name} lags behind the code: run make docs\n")
        return len(stale)
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
