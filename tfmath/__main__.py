"""The command line: ``python -m tfmath``."""

import argparse
import importlib
import os
import sys

import numpy as np

from tfmath import toy
from tfmath.arguments import whole
from tfmath.model.files import check_place, save_csv
from tfmath.model.parameters import count
from tfmath.parts.data import data_path


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m tfmath", description="The toy Transformer."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _finish_command(
        commands.add_parser("finish", help="let the toy model finish the quotes")
    )
    _train_command(commands.add_parser("train", help="train the toy model anew"))
    _crosscheck_command(
        commands.add_parser("crosscheck", help="every step on every road, with bounds")
    )
    digits = commands.add_parser("digits", help="is each printed decimal right, and safe")
    digits.set_defaults(run=_later("digits"))
    accuracy = commands.add_parser("accuracy", help="softmax and layer norm in float32")
    accuracy.set_defaults(run=_later("accuracy"))
    _bench_command(
        commands.add_parser("bench", help="our times divided by those of others")
    )
    _measure_command(
        commands.add_parser("measure", help="run one of the course's experiments again")
    )
    _explorer_command(
        commands.add_parser("explorer", help="a page that explains every number")
    )
    _workbook_command(
        commands.add_parser("workbook", help="a quote's numbers as live spreadsheet cells")
    )
    _practice_command(
        commands.add_parser("practice", help="what is solved where; --kill-matrix")
    )
    about = commands.add_parser("receipt", help="what a bug report needs: versions, device")
    about.set_defaults(run=receipt)
    return _run(parser.parse_args(arguments))


def _run(chosen):
    """Run the chosen command; what stops it is said in a line."""
    try:
        status = chosen.run(chosen)
        sys.stdout.flush()
        return status
    except ModuleNotFoundError as missing:
        return _stopped(f"tfmath {chosen.command}: {_way_out(missing)}")
    except BrokenPipeError:  # as after `| head`: nobody reads on, so nothing is said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError) as refused:
        return _stopped(refused)
    except KeyboardInterrupt:
        return _stopped(f"tfmath {chosen.command}: stopped.", 130)


def _stopped(reason, status=2):
    print(reason, file=sys.stderr)
    return status


# The extra of pyproject.toml that brings a package.
EXTRAS = {"torch": "torch", "mpmath": "exact", "pandas": "course", "matplotlib": "course"}
EXTRAS |= {"openpyxl": "course"}


def _way_out(missing):
    """The sentence for a package that is not installed; one of our own is a mistake."""
    package = (missing.name or "").partition(".")[0]
    if package not in EXTRAS:
        raise missing
    return f'{package} is not installed; pip install "tfmath[{EXTRAS[package]}]" brings it.'


def _finish_command(parser):
    parser.add_argument("--weights", help="a CSV file; by default the stored toy model")
    parser.set_defaults(run=finish)


def _train_command(parser):
    parser.add_argument(
        "--out", required=True, help="the CSV file to write, such as toy.csv"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the file if it exists"
    )
    parser.set_defaults(run=train)


def _crosscheck_command(parser):
    parser.add_argument("--size", choices=("toy", "base"), default="toy")
    parser.add_argument("--device", choices=("cpu", "cuda", "mps"), default="cpu")
    parser.add_argument("--dtype", action="append", help="float64, float32, …; repeatable")
    parser.add_argument("--weights", help="a CSV file; by default the stored toy model")
    parser.add_argument("--all", action="store_true", help="show every step")
    parser.add_argument("--json", help="write every finding to this file")
    parser.add_argument("--ledger", help="put the result into this ledger")
    parser.set_defaults(run=_later("crosscheck"))


def _bench_command(parser):
    parser.add_argument("only", nargs="*", help="rows that hold one of these words")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row, about")
    parser.add_argument("--json", help="write the table to this file")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the file if it exists"
    )
    parser.set_defaults(run=_later("bench"))


def _measure_command(parser):
    parser.add_argument("name", help="such as growth; data/measured has a file for each")
    parser.add_argument("--out", help="the CSV file; by default the stored one")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the file if it exists"
    )
    parser.set_defaults(run=measure)


def _workbook_command(parser):
    parser.add_argument("out", help="the file to write, such as toy.xlsx")
    parser.add_argument("--text", default=toy.PAIRS[1][0], help="what the encoder reads")
    parser.add_argument("--weights", help="a CSV file; by default the stored toy model")
    parser.add_argument(
        "--force", action="store_true", help="replace the file if it exists"
    )
    parser.set_defaults(run=_later("workbook", "show"))


def _practice_command(parser):
    parser.add_argument("folder", nargs="?", help="of notebooks; by default the course's")
    parser.add_argument("--progress", action="store_true", help="one table (the default)")
    parser.add_argument("--kill-matrix", action="store_true", help="try every exercise")
    parser.set_defaults(run=_later("command", "practice"))


def _explorer_command(parser):
    parser.add_argument("out", help="the HTML file to write, such as explorer.html")
    parser.add_argument("--weights", help="a CSV file; by default the stored toy model")
    parser.add_argument(
        "--force", action="store_true", help="replace the file if it exists"
    )
    parser.set_defaults(run=explore)


def _later(name, package="witness"):
    """A command that imports more than the others need."""

    def run(chosen):
        return importlib.import_module(f"tfmath.{package}.{name}").main(chosen)

    return run


def receipt(chosen):
    """Print the environment receipt."""
    from tfmath.witness.receipt import receipt

    print(receipt())
    return 0


def measure(chosen):
    """Run an experiment of the course again and store what it measures."""
    from tfmath.study import measured

    place = chosen.out or data_path("measured") / f"{chosen.name}.csv"
    check_place(place, chosen.overwrite, way="--overwrite")
    rows = measured.measure(chosen.name, place, chosen.overwrite)
    print(f"{len(rows)} rows written to {place}")
    return 0


def explore(chosen):
    """Write the page on which every number says where it came from."""
    from tfmath.explorer import toy_program, write_page

    check_place(chosen.out, chosen.force, way="--force")
    write_page(chosen.out, toy_program(toy.load(chosen.weights)), chosen.force)
    print(f"{os.path.getsize(chosen.out):,} bytes written to {chosen.out}")
    return 0


def finish(chosen):
    """Print each quote as the model finishes it, with each word's probability."""
    parameters = toy.load(chosen.weights)
    print(f"{count(parameters)} numbers")
    for source, _ in toy.PAIRS:
        written = toy.finish(parameters, source)
        print(f"{source} ... " + " ".join(f"{word} ({p:.2f})" for word, p in written))
    return 0 if toy.recites(parameters) else 1


def train(chosen):
    """Train the toy model, check that it recites, and store it."""
    seed = whole("tfmath train", "--seed", chosen.seed)
    check_place(chosen.out, chosen.overwrite, way="--overwrite")
    for step in toy.train_toy(np.random.default_rng(seed)):
        if step.number % 100 == 0:
            print(f"step {step.number:4d}  loss {step.loss:.4f}", flush=True)
    parameters = toy.final(step)
    lowest = toy.recites(parameters)
    if not lowest:
        print("It does not recite all three quotes; try another --seed.", file=sys.stderr)
        return 1
    save_csv(chosen.out, parameters, toy.WORDS, chosen.overwrite)
    print(f"All three quotes recited; the least certain word has probability {lowest:.3f}.")
    print(f"{count(parameters)} numbers written to {chosen.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
