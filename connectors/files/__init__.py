"""The connector ``files``: CSV, TSV, JSONL, Parquet, .txt and .md on this machine.

It reads lazily, row by row, and remembers for each file how far it came. It fetches
nothing: a remote file goes through a connector that uses the guarded fetcher.
"""

from connectors.files.connector import FilesConnector
from connectors.files.settings import FilesSettings

__all__ = ["FilesConnector", "FilesSettings"]
