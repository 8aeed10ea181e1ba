"""Spans of flow and task runs, sent where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says, if it says so.

Prefect makes a span of every run, and drops them unless the process has set up OpenTelemetry;
this does so, in every process that runs tasks. Names, states and times travel, and of parameters
the types alone. ``opentelemetry-instrument``, where somebody uses it, wins.
"""

from __future__ import annotations

import logging
import os

logger = logging.getLogger("labelloop.tracing")

_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_SECONDS = 5
"""A collector that is away must not hold up the end of a run for longer."""


def start() -> bool:
    """Set up the sending of spans where an endpoint is named; says whether it did."""
    where = next((os.environ[name] for name in _VARIABLES if os.environ.get(name)), None)
    if where is None:
        return False
    try:
        from opentelemetry import trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning("spans are not sent to %s: pip install 'labelloop[otel]'", where)
        return False
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return False
    # Its exporter tells of every try; what matters is that the run goes on.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    service = os.environ.get("OTEL_SERVICE_NAME") or "labelloop"
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=_SECONDS)))
    trace.set_tracer_provider(provider)
    return True
