"""Learning where a document has zero, one or several labels: one question per label, one answer a set.

Arrays of sets are (n, k) booleans, a column per label. Only heads are trained here; fine-tuning an
encoder for several labels is not.
"""
