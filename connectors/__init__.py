"""Connectors: one file per source. What they yield, the data extraction stage stores."""
