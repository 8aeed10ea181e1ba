"""Fine-tuning: the encoder and a classification layer on it, trained end to end.

It does not know the store, and does not decide who becomes the champion.
"""
