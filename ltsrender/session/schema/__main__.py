"""Write the JSON Schemas: ``python -m ltsrender.session.schema``."""

from __future__ import annotations

from ltsrender.safefile import written_beside
from ltsrender.session.schema import FOLDER, SCHEMAS, schema_text

if __name__ == "__main__":
    for name in SCHEMAS:
        with written_beside(FOLDER / name) as part:
            part.write_text(schema_text(name), encoding="utf-8")
