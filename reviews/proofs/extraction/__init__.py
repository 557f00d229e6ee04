"""Proof flow, step 4 of 6: take from the words of a document what it is, who issued it, to whom, when and for how much.

Labels and places decide together. Nothing is looked up and nothing guessed: a field that is not found is None, and each that is found carries
where it stands and how sure its reading is.
"""

from reviews.proofs.extraction.fields import Extraction, Field, extract

__all__ = ["Extraction", "Field", "extract"]
