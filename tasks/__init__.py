"""Prefect tasks: open what is needed, call one core function, log counts.

Retries and time-outs live here.
"""
