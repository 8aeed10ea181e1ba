"""All SQL: the store's transactions, its migrations, and one file per subject.

::

    store = Store("duckdb:///labelloop.duckdb", folder)      # labelloop.store.database
    with store.transaction("claim") as tx:                   # short: nothing slow inside
        item = leases.claim(tx, "ada", now=now)

Every function takes a transaction first and commits nothing itself. What it does not do:
fetch, compute vectors, decide what to ask, or come to a consensus.

database (Store) · transaction · documents · near_duplicates · embeddings · vector_cache ·
predictions · pool · queue · leases · answering · verdicts · label_schema · datasets · models · turns ·
sources · annotators · status · export
"""
