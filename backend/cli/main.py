"""`payouts`: the command line of a local stack. It imports no Django."""

import os
import sys
from typing import Annotated

import typer
from rich.console import Console

from cli.children import ServiceChildren
from cli.doctor import examine, is_broken, print_findings
from cli.environment import keep_or_make_secrets, remembered_endpoints
from cli.home import BACKEND, find_home
from cli.refusals import Refusal
from cli.stack import run_stack
from cli.terminal import Terminal, wants_colour

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

PASS_EVERYTHING_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def refuse(refusal: Refusal) -> typer.Exit:
    sys.stderr.write(f"payouts: {refusal}\n")
    return typer.Exit(1)


@app.command()
def up() -> None:
    """Run the whole service on this machine, for development, until Ctrl-C.

    PORT (default 8000) and PAYOUTS_HOME (default .payouts) choose port and place.
    DATABASE_URL and REDIS_URL take servers of your own instead of the embedded ones.
    """
    terminal = Terminal(sys.stdout, coloured=wants_colour(sys.stdout, os.environ))
    try:
        run_stack(find_home(os.environ), os.environ, terminal)
    except Refusal as refusal:
        terminal.close()
        raise refuse(refusal) from refusal
    terminal.close()


@app.command()
def doctor() -> None:
    """Say what is missing or broken, and what to do about it. Exit code 1 if something is broken."""
    findings = examine(find_home(os.environ), os.environ)
    print_findings(findings, Console())
    if is_broken(findings):
        raise typer.Exit(1)


@app.command(context_settings=PASS_EVERYTHING_ON)
def manage(arguments: Annotated[list[str] | None, typer.Argument(metavar="ARGS...")] = None) -> None:
    """Run manage.py in the environment of this home's stack, say `payouts manage create_api_key`."""
    home = find_home(os.environ)
    try:
        endpoints = remembered_endpoints(home, os.environ)
        children = ServiceChildren(
            home=home,
            endpoints=endpoints,
            stack_secrets=keep_or_make_secrets(home),
            environ=os.environ,
        )
    except Refusal as refusal:
        raise refuse(refusal) from refusal
    command = [sys.executable, str(BACKEND / "manage.py"), *(arguments or [])]
    environment = children.environment(role="command")
    os.execve(command[0], command, environment)  # noqa: S606 # nosec B606 # our own program, no shell


if __name__ == "__main__":
    app()
