"""Run the command line: `python -m aitia`."""

from aitia.cli.main import run

if __name__ == "__main__":
    run()
