"""The one error of the readers."""


class ReadingError(Exception):
    """A document cannot be read; `code` says why, in the words of the closed list of findings."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
