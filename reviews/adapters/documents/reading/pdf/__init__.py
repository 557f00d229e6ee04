"""What a PDF holds: text, structure, earlier revisions, signatures, and what hides beneath."""
