"""`python -m arena.embedded.localmodels install|serve|status [--gemma]`."""

import argparse

from arena.embedded.localmodels import cli

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="localmodels", description="Small models that run on this machine.")
    cli.add_arguments(parser)
    given = parser.parse_args()
    cli.run(given.action, gemma=given.gemma)
