"""How many scans a second the whole check does, beside the recognition engine alone on the same pages."""

import sys

import pypdfium2

from benchmarks.check_digital import check, documents, rates
from benchmarks.results import Result, compared, line
from reviews.adapters.documents.reading.pdf import text_layer
from reviews.adapters.documents.reading.pictures import decoding, recognition
from reviews.adapters.documents.sandbox import Sandbox
from reviews.demo.documents import renderings
from reviews.proofs.reading import ReadingLimits

PAGES = 6


def recognise(data: bytes) -> int:
    """Run the engine, set up as ours, on a page as it is, and return how many lines it read: the bare limit."""
    document = pypdfium2.PdfDocument(data)
    try:
        picture = text_layer.scanned_picture_of(document[0], decoding.LONGEST_SIDE)
        picture.thumbnail((recognition.LONGEST_SIDE, recognition.LONGEST_SIDE))
        return len(recognition.engine()(picture) or ())
    finally:
        document.close()


def run() -> list[Result]:
    """Measure both on the same scans, after a warm-up."""
    held = [renderings.as_scan(pdf, seed=seed) for seed, pdf in enumerate(documents(PAGES))]
    sandbox = Sandbox(ReadingLimits(seconds=300), children=1, with_pictures=False)
    try:
        sandbox.start()
        recognition.warm()
        figure, limit = rates(lambda data: check(sandbox, data), recognise, held)
    finally:
        sandbox.close()
    return [compared("check_scan", "documents/s", figure, limit, "whole check in its child / the recognition engine on the same pages")]


if __name__ == "__main__":
    sys.stdout.writelines(line(result) + "\n" for result in run())
