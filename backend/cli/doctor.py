from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.findings import Finding, Verdict
from cli.home import Home
from cli.machine_checks import check_machine
from cli.stack_checks import check_stack

STYLES = {Verdict.WELL: "green", Verdict.NOTE: "yellow", Verdict.BROKEN: "bold red"}


def examine(home: Home, environ: Mapping[str, str]) -> list[Finding]:
    return [*check_machine(home, environ), *check_stack(home, environ)]


def is_broken(findings: Sequence[Finding]) -> bool:
    return any(finding.verdict is Verdict.BROKEN for finding in findings)


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    table = Table("", "What", "Seen", "What to do", box=None, pad_edge=False)
    for finding in findings:
        verdict = Text(finding.verdict.value, style=STYLES[finding.verdict])
        seen, advice = (Text(text, overflow="fold") for text in (finding.seen, finding.advice))
        table.add_row(verdict, Text(finding.subject, no_wrap=True), seen, advice)
    console.print(table)
