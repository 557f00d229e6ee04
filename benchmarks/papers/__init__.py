"""Labelled documents of invented people and branches, in many layouts and by several programs, to repeat the accuracy figures with.

`stories` decides what a document is and what is right about it, `layouts` draw it as marks on sheets, `renderers` turn marks into PDF with
reportlab, fpdf2, typst or Chromium, `pictures` and `tampering` make of a PDF what customers and forgers send, `folder` writes a set that
`reviews check --corpus` judges. The same seed gives the same set. Every name and number is invented: KvK numbers were never handed out and
the bank does not exist.
"""
