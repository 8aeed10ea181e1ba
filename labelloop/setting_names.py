"""The setting that somebody probably meant: near in spelling, or of another section."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel


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
