"""What all requests share: the project, the signing key, who may log in, the learning under way."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock

from labelloop.loop import checking, project_labels
from labelloop.loop.workspace import Workspace
from labelloop.review.aside import Aside, P, T, Work
from labelloop.review.background import Learner
from labelloop.review.telling import telling_words
from labelloop.store import accounts
from labelloop.store.accounts import Account
from labelloop.store.label_schema import LabelSchema

LOCAL_NAME = "me"
"""Who answers on a machine of one's own, where nobody has an account."""

_KEEP_SECONDS = 3.0


class Site:
    """One running checking page.

    Attributes:
        workspace: The project.
        key: Signs the cookies; kept in the store, so that a restart logs nobody out.
        learner: Trains in a process beside this one.
        open_locally: Without any account, one person may work without log-in: only where
            nobody else can reach the page.
        show_others: Whether annotators may see what others answered.
        beside: Does rare heavy work in a process beside this one.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        open_locally: bool,
        show_others: bool = False,
        beside: Aside | None = None,
    ) -> None:
        checking.begin(workspace)
        with workspace.store.transaction("cookie key") as tx:
            self.key = accounts.secret(tx, secrets.token_urlsafe(32))
        self.workspace = workspace
        self.open_locally = open_locally
        self.show_others = show_others
        self.learner = Learner(workspace.project.folder)
        self.beside = beside or Aside()
        self._lock = Lock()
        self._known: Mapping[str, Account] = {}
        self._read_at = -_KEEP_SECONDS

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels with descriptions, in key order."""
        return self.workspace.project.settings.labels

    def settle(self) -> LabelSchema:
        """Take up changes of the labels that were made elsewhere."""
        with self.workspace.store.transaction("the labels") as tx:
            return project_labels.stored(tx, self.workspace)

    @property
    def several(self) -> bool:
        """Whether a document may have several labels, or none of them."""
        return self.workspace.project.settings.multi_label

    @property
    def telling(self) -> Mapping[str, float]:
        """The words around which long texts open."""
        return _telling(tuple(self.labels.items()))

    def aside(self, work: Work[P, T], *args: P.args, **given: P.kwargs) -> T:
        """What ``work`` makes of this project, done in the process beside this one."""
        return self.beside.run(self.workspace.project.folder, work, *args, **given)

    def alone(self, work: Work[P, T], *args: P.args, **given: P.kwargs) -> T:
        """The same in a process of its own: work of minutes, which holds up nobody's dashboard."""
        own = Aside()
        try:
            return own.run(self.workspace.project.folder, work, *args, **given)
        finally:
            own.stop()

    def accounts(self) -> Mapping[str, Account]:
        """Who can log in, at most three seconds old: a look for every request would double its time."""
        with self._lock:
            if time.monotonic() - self._read_at > _KEEP_SECONDS:
                with self.workspace.store.transaction("who may log in") as tx:
                    everybody = accounts.listed(tx)
                self._known = {a.name: a for a in everybody if a.credential is not None}
                self._read_at = time.monotonic()
            return self._known

    def forget_accounts(self) -> None:
        """Look anew at the next request."""
        with self._lock:
            self._read_at = -_KEEP_SECONDS


@lru_cache(maxsize=1)
def _telling(labels: tuple[tuple[str, str], ...]) -> Mapping[str, float]:
    return telling_words(dict(labels))
