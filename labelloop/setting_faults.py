"""What is wrong in a project file, in one line; a misspelt setting comes with the one meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError


def described(error: ValidationError, settings: type[BaseModel]) -> str:
    """One line for the first fault of a pydantic error: field, what is wrong, value."""
    fault = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in fault["loc"]) or "the file"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if fault["type"] == "extra_forbidden":
        hint = meant(settings, fault["loc"]) if error.title == settings.__name__ else ""
        return f"{field} is not a setting{more}{': ' if hint else ''}{hint}"
    if fault["type"] == "missing":
        return f"{field} is missing{more}"
    if fault["type"] == "value_error":
        return f"{field}: {fault['ctx']['error']}{more}"
    if fault["type"] == "list_type" and isinstance(fault["input"], Mapping):
        return f"{field} are several: write [[{field}]], with two brackets{more}"
    said = fault["msg"].lower().replace("valid dictionary", "table")
    return f"{field}: {said}, not {fault['input']!r}{more}"


def meant(settings: type[BaseModel], place: Sequence[str | int]) -> str:
    """'did you mean …?' for a setting that there is none of; empty where nothing is near.

    Args:
        settings: Of the whole file.
        place: Where it stands, such as ('query', 'batch_siz').
    """
    *sections, wrong = [str(part) for part in place]
    here, elsewhere = _section(settings, sections), _everywhere(settings)
    if wrong in elsewhere:
        return f"it belongs under [{elsewhere[wrong]}]"
    near = get_close_matches(wrong, [*here, *elsewhere], n=1, cutoff=0.6)
    if not near:
        return ""
    section = sections if near[0] in here else [elsewhere[near[0]]]
    return f"did you mean {'.'.join([*section, near[0]])}?"


def _section(settings: type[BaseModel], sections: Sequence[str]) -> Mapping[str, Any]:
    """The settings of a section by name; none where there is no such section."""
    fields: Mapping[str, Any] = settings.model_fields
    for name in sections:
        inner = getattr(fields.get(name), "annotation", None)
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return {}
        fields = inner.model_fields
    return fields


def _everywhere(settings: type[BaseModel]) -> dict[str, str]:
    """Every setting of every section: its name, and the section's."""
    return {name: section for section in settings.model_fields for name in _section(settings, [section])}
