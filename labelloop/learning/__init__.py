"""All arrays: encoders, heads, uncertainty, query strategies, batches, consensus, evaluation, the gate.

Arrays go in, arrays come out. No store, no clock, no global randomness: a seed or a generator
is an argument. Import from the modules, such as ``labelloop.learning.training``; this package
itself loads nothing heavy.
"""
