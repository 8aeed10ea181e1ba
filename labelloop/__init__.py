"""labelloop: active learning for text.

The engine: records, settings, the store, the learning, one turn of the loop, the
back-test. It knows nothing of Prefect; the flows call it. Importing this package
loads none of its heavy parts.
"""

__version__ = "0.1.0"
