"""Prefect tasks: open what is needed, call one core function, log counts.

Retries and time-outs live here.
"""

import logging

from tasks import tracing

# One line per stage, with counts and seconds, reaches the Prefect UI: there the root logger's
# level would keep back everything below a warning.
logging.getLogger("labelloop").setLevel(logging.INFO)
tracing.start()
