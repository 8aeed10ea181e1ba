"""Back-tests: the loop with the known answer in the person's place.

Selection and training are those of ``labelloop.learning``; nothing is learnt here in another way.
"""
