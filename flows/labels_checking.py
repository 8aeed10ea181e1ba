"""Labels Checking: the documents that teach most go to people, with the model's suggestion."""

from __future__ import annotations

from prefect import flow

from flows.local import main
from labelloop.loop.asking import Asked
from tasks.asking import ask_with_suggestions


@flow(name="Labels Checking", description=__doc__)
def labels_checking(project: str = ".") -> Asked:
    """Fill the checking queue up to one batch, chosen with the champion's help.

    Args:
        project: Folder that holds labelloop.toml.
    """
    return ask_with_suggestions(project)


if __name__ == "__main__":
    main(labels_checking)
