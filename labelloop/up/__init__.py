"""Everything of a project running at once: Prefect server, flows, checking page; one start, one stop.

It starts processes and watches them; it does none of their work and imports none of their libraries.
"""
