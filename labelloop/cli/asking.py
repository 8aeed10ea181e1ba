"""Asking a person in the terminal: one question at a time, one key an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import uuid4

import typer

from labelloop.cli.keys import LABEL_KEYS, Choice, by_key, by_name
from labelloop.cli.options import printable, say
from labelloop.cli.set_keys import by_line
from labelloop.errors import LabelGone, LeaseLost, StaleText
from labelloop.label_sets import read, readable
from labelloop.loop.answering import Desk
from labelloop.loop.workspace import Workspace
from labelloop.records import Item


def ask_in_terminal(workspace: Workspace, annotator: str) -> int:
    """Ask until the queue is empty or the person stops; returns how many answers were kept."""
    desk = Desk(workspace, annotator)
    several = workspace.project.settings.multi_label
    kept: list[bool] = []  # per answer of this sitting: is it a label
    item = desk.next()
    if item is None:
        say("No question is open. 'labelloop run' chooses the next ones.")
    while item is not None:
        labels = workspace.project.settings.labels  # anew: they may be changed meanwhile
        choose = by_key if len(labels) <= len(LABEL_KEYS) else by_name
        choose = by_line if several else choose
        _show(item, labels, several)
        started = time.monotonic()
        choice = choose(tuple(labels), item.suggestion, say)
        if choice.kind == "quit":
            desk.leave(item)
            break
        _do(desk, item, choice, time.monotonic() - started, kept)
        item = desk.next()
    return sum(kept)


def _show(item: Item, labels: Mapping[str, str], several: bool) -> None:
    say()
    say("─" * 72)
    for line in (item.title, item.text, item.url):
        if line:
            say(printable(line))
    say()
    if len(labels) <= len(LABEL_KEYS):
        for key, (label, described) in zip(LABEL_KEYS, labels.items(), strict=False):
            say(f"  {key}  {label}" + (f"  – {described}" if described else ""))
    else:
        say(f"  Type part of one of {len(labels)} labels, then Enter.")
    if several:
        say("  0  none of these")
        say("  Several at once: 1 3, or names parted by commas; then Enter.")
    if item.suggestion:
        sure = f", {item.confidence:.0%} sure" if item.confidence is not None else ""
        suggested = readable(read(item.suggestion)) if several else item.suggestion
        say(f"  ⏎  {suggested} (the model's suggestion{sure})")
    say("  s skip · f flag · u undo · q quit")


def _do(desk: Desk, item: Item, choice: Choice, seconds: float, kept: list[bool]) -> None:
    """Carry out a choice, and note in ``kept`` what stands."""
    verdict_id = uuid4().hex
    try:
        if choice.kind == "undo":
            _undo(desk, kept)
        elif choice.kind == "skip":
            desk.skip(item, seconds, verdict_id=verdict_id)
        elif choice.kind == "flag":
            note = typer.prompt("What is wrong with it", default="", show_default=False)
            desk.flag(item, note, seconds, verdict_id=verdict_id)
        else:
            labels = (choice.label,) if choice.label else choice.labels
            desk.label_set(item, labels, seconds, verdict_id=verdict_id)
            say(f"→ {readable(labels)}")
        if choice.kind != "undo":
            kept.append(choice.kind == "label")
    except (LeaseLost, StaleText, LabelGone) as error:
        say(str(error))


def _undo(desk: Desk, kept: list[bool]) -> None:
    if desk.undo(verdict_id=uuid4().hex) is None:
        say("There is no answer of yours to take back.")
        return
    if kept:
        kept.pop()
    say("Taken back; here it is again.")
