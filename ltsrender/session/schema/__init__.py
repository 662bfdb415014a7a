"""The JSON Schemas of the files that composers write, for text editors.

They are made from the classes in `ltsrender.session.document` and `ltsrender.session.lanes` and
kept beside this module; ``python -m ltsrender.session.schema`` writes them again.

>>> sorted(SCHEMAS)
['automation-v1.json', 'controller-map-v1.json', 'latents-v1.json', 'session-v1.json']
"""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ltsrender.session.controllers import ControllerMapDocument
from ltsrender.session.document import SessionDocument
from ltsrender.session.lanes import AutomationDocument
from ltsrender.session.point import LatentPresetDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

FOLDER = Path(__file__).parent
SCHEMAS: Mapping[str, tuple[str, type[BaseModel]]] = MappingProxyType(
    {
        "session-v1.json": ("An ltsrender session", SessionDocument),
        "automation-v1.json": ("An ltsrender automation file", AutomationDocument),
        "controller-map-v1.json": ("An ltsrender controller map", ControllerMapDocument),
        "latents-v1.json": ("An ltsrender latent preset", LatentPresetDocument),
    }
)


def schema_text(name: str) -> str:
    """Return a schema as the text of its file.

    Parameters
    ----------
    name
        A key of `SCHEMAS`.
    """
    title, model = SCHEMAS[name]
    made = model.model_json_schema(by_alias=True)
    for key, field in model.model_fields.items():  # pydantic loses that of one named "metadata"
        if field.description:
            made["properties"][field.alias or key].setdefault("description", field.description)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_tidied(made),
        "title": title,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _tidied(schema: Any) -> Any:
    """Return a schema with sentences on one line, without invented titles and repetitions.

    What differs between releases of pydantic is left out, so that the kept files stay current.
    """
    if isinstance(schema, list):
        return [_tidied(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: " ".join(value.split())
        if key == "description" and isinstance(value, str)
        else _tidied(value)
        for key, value in schema.items()
        if not _is_idle(key, value, schema)
    }


def _is_idle(key: str, value: Any, schema: dict[str, Any]) -> bool:
    """Return whether an entry says nothing: it is a keyword of a schema, not a field's name."""
    return (
        (key == "title" and isinstance(value, str))
        or (key == "enum" and "const" in schema)
        or (key == "additionalProperties" and value is True)
        or (key == "propertyNames" and "patternProperties" in schema)
    )
