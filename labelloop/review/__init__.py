"""The checking page: a person in front of questions, quicker than any tool, and nothing lost.

Routes that call the loop and the store; templates; one script and one stylesheet, no build step,
nothing from another host. ``app.create_app`` makes it, ``serving.serve`` runs it.

What it does not do: no SQL, no learning of its own, no reading of sources.
"""
