"""The server that forks readers which can recognise words in pictures: the same as the other one, with the models loaded."""

import cv2

from reviews.adapters.documents.child import reader_server
from reviews.adapters.documents.reading.pictures import recognition


def main(control_fd: int) -> None:
    """Load the models, run each of them once, and serve."""
    # Before the fork: OpenCV's pool of threads does not survive it.
    cv2.setNumThreads(1)
    recognition.warm()
    reader_server.main(control_fd, recognition.recognise)
