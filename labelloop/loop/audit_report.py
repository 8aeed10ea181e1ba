"""What the audit lane says of the champion beyond its accuracy: every label, and how sure it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from labelloop.label_sets import read, written
from labelloop.loop.workspace import Workspace
from labelloop.store import status
from labelloop.store.status import Audited

if TYPE_CHECKING:
    from labelloop.learning.by_label import ByLabel
    from labelloop.learning.calibration import Bin


@dataclass(frozen=True)
class AuditReport:
    """The champion on the audit answers.

    Attributes:
        answers: How many audit answers there are.
        labels: Recall and precision of each label, with 95 % intervals that hold at every look.
        few: Labels with too few audit answers to say anything of.
        calibration: Confidence beside accuracy, in ten bins.
        calibration_error: Expected calibration error; None without answers.
        calibration_noise: What chance alone makes of it in 95 of 100 such samples, were the
            champion perfectly calibrated; None without answers.
    """

    answers: int
    labels: tuple[ByLabel, ...]
    few: tuple[str, ...]
    calibration: tuple[Bin, ...]
    calibration_error: float | None
    calibration_noise: float | None

    @property
    def well_calibrated(self) -> bool | None:
        """Whether its calibration error is no larger than chance makes it; None without answers."""
        if self.calibration_error is None or self.calibration_noise is None:
            return None
        return self.calibration_error <= self.calibration_noise

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            **asdict(self),
            "labels": [asdict(one) for one in self.labels],
            "few": list(self.few),
            "well_calibrated": self.well_calibrated,
            "calibration": [asdict(one) | {"holds": one.holds} for one in self.calibration],
        }


def audit_report(workspace: Workspace) -> AuditReport:
    """Read the audit answers and judge; without a model or answers everything is unknown."""
    with workspace.store.transaction("read the audit answers") as tx:
        answered = status.audited(tx)
    return report_on(answered, workspace.project.label_names, workspace.project.settings.multi_label)


def report_on(answered: Sequence[Audited], labels: Sequence[str], several: bool) -> AuditReport:
    """The same from what was read."""
    import numpy as np

    from labelloop.learning.by_label import by_label
    from labelloop.learning.calibration import calibration_noise, reliability_curve
    from labelloop.learning.evaluation import expected_calibration_error

    rows = by_label(
        [one.labels for one in answered],
        [read(one.predicted) if several else (one.predicted,) for one in answered],
        labels,
    )
    confidence = np.asarray([one.confidence for one in answered], dtype=np.float64)
    right = np.asarray([written(one.labels) == one.predicted for one in answered], dtype=bool)
    return AuditReport(
        answers=len(answered),
        labels=rows,
        few=tuple(row.label for row in rows if row.few),
        calibration=reliability_curve(confidence, right),
        calibration_error=expected_calibration_error(confidence, right),
        calibration_noise=calibration_noise(confidence, np.random.default_rng(0)),
    )


def few_text(found: Mapping[str, Any]) -> str:
    """Which labels have too few audit answers, for a person; empty where none has."""
    few = found["few"]
    if not few or not found["answers"]:
        return ""
    named = ", ".join(few[:5]) + (f" and {len(few) - 5:,} more" if len(few) > 5 else "")
    them = "it" if len(few) == 1 else "them"
    return f"fewer than 5 audit answers of {named}: nothing can be said of {them}"
