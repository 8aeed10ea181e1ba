"""One turn of the loop, stage by stage: store and learning brought together, without Prefect.

workspace (a project opened) · extraction · generation · asking · answering · database ·
training · turn · models · status · exporting · importing (files out and in) · backtesting

Each stage takes a workspace and returns what it did as a frozen record of counts. It opens
short transactions, and computes outside of them.
"""
