"""All commands, gathered."""

from __future__ import annotations

import sys
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from labelloop import __version__
from labelloop.cli import (
    annotators,
    answers,
    models,
    project,
    queue,
    review,
    schema,
    simulate,
    sources,
    up,
)
from labelloop.cli.refusals import UsageError, one_line
from labelloop.errors import WrongUse


class _Commands(TyperGroup):
    """All commands; what is wrong with a word is said in one line."""

    def main(self, *words: Any, **rest: Any) -> NoReturn:
        """Parse and run; what the parser refuses ends as any wrong use does."""
        try:
            sys.exit(super().main(*words, **{**rest, "standalone_mode": False}) or 0)
        except UsageError as error:
            line = one_line(error)
            if line is None:
                error.show()
                sys.exit(error.exit_code)
            raise WrongUse(line) from None
        except typer.Abort:
            sys.stderr.write("Aborted!\n")
            sys.exit(1)

    def invoke(self, ctx: Any) -> Any:
        """As ever, but for the prefix."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Active learning for text: from raw sources to a labelled data set and a trained
classifier, with few human labels.

A project is a folder with a labelloop.toml. 'labelloop run' makes one turn of the loop;
'labelloop check' asks you; 'labelloop status' says where the project stands.

Example: labelloop init my-project && labelloop run --project my-project""",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"labelloop {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version_: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass


for room in (project, up, sources, answers, review, models, simulate):
    room.add_to(app)
app.add_typer(queue.app, name="queue")
app.add_typer(annotators.app, name="annotators")
app.add_typer(schema.app, name="schema")
