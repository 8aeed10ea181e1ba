"""Prefect flows, one per stage of the diagram; each reads like the diagram aloud."""
