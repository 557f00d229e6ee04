"""Labelled documents of invented people and branches, in many layouts and by many programs, to train on and to repeat the figures with.

`python -m benchmarks.papers FOLDER --digital N --scans N --photos N --seed S --layouts train|test|all|own` writes a set in the format that
`reviews check --corpus` judges; its `notes` name layout, program and wear. `own` is the first, narrow set; the others are *wide*: people, numbers,
words, goods and branches are drawn from patterns (`patterns`, `crowd`, `numbering`, `phrases`, `wares`, `distractors`, `franchise`).

1. `stories` decide what a document is and what is right about it, `planning` how it is made.
2. `layouts` draw it as marks on sheets: by hand, or composed (`layouts.grammar`) of choices of head, address, particulars, table, sums and foot.
   Each layout belongs for good either to those to train on or to those held out (`layouts.HELD_OUT`), which have choices that the rest lacks.
3. `renderers` and `programs` print the marks as PDF.
4. `oddities` give an honest file what looks odd, `forging` and `tampering` change what it says, `wear`, `searchable` and `pictures` make of it
   what scanners and phones do. `labels` write down what is right.

The same seed gives the same set by the programs that Python brings. Every name and number is invented: KvK numbers were never handed out and the
bank does not exist.
"""
