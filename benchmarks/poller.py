"""Ask a database nothing, once a second: the least that a process can do which must notice new work. `idle` and `reaction` hold ours against it."""

import sys
from time import sleep

import psycopg


def main(url: str, question: str) -> None:
    """Poll until the process is ended."""
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            connection.execute(question.encode())
            sleep(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
