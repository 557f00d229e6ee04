"""Labelled documents of invented people and branches, in many layouts and by several programs, to repeat the accuracy figures with.

`python -m benchmarks.papers FOLDER --digital N --scans N --photos N --seed S --layouts train|test|all|own` writes a set. Layouts are drawn by
hand or composed (`layouts.grammar`) of choices of head, address, particulars, table, sums and foot; each belongs for good either to those to
train on or to those held out (`layouts.HELD_OUT`). The `notes` of a case name its layout and its program.

`stories` decides what a document is and what is right about it, `layouts` draw it as marks on sheets, `renderers` turn marks into PDF with
reportlab, fpdf2, typst or Chromium, `pictures` and `tampering` make of a PDF what customers and forgers send, `folder` writes a set that
`reviews check --corpus` judges. The same seed gives the same set. Every name and number is invented: KvK numbers were never handed out and
the bank does not exist.
"""
