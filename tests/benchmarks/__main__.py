"""`make bench`: every claim about speed, as a ratio against a named peer in the same run."""

from __future__ import annotations

from tests.benchmarks import acks, ideas, intake, pictures


def main() -> None:
    """Run the benchmarks one after another."""
    for benchmark in (pictures, intake, ideas, acks):
        print(f"── {benchmark.__name__.rpartition('.')[2]}", flush=True)
        benchmark.main()
        print()


if __name__ == "__main__":
    main()
