"""What is kept from people who have yet to answer a document blind: the model's word would sway them."""

# Whether the model's word on a document is kept from a viewer: until they have answered it
# themselves, of everything on the audit side and everything that waits to be asked blind.
KEPT_BACK = """
    (d.side = 'audit' OR d.document_id IN (
       SELECT q.document_id FROM checking_queue AS q
       WHERE q.state IN ('open', 'leased') AND q.suggestion IS NOT NULL AND NOT q.suggestion_shown))
    AND d.document_id NOT IN (SELECT w.document_id FROM counting_answers AS w WHERE w.annotator = $who)
"""
