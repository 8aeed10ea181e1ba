"""Ways to run the flows without a person at the terminal: served, by a worker, in containers."""
