import io
import json
import secrets

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli.environment import Endpoints
from cli.home import Home
from cli.preparation import Credentials

WIDTH = 96


def curl_line(endpoints: Endpoints, credentials: Credentials) -> str:
    """Compose a command that creates one payout however often it is pasted; its key is new at each start."""
    payout = {
        "recipient_id": credentials.recipient_id,
        "amount": "100.50",
        "currency": "EUR",
        "idempotency_key": f"demo-{secrets.token_hex(8)}",
    }
    return (
        f"curl -sS {endpoints.url}/api/payouts/ -H 'Authorization: Bearer {credentials.api_key}' "
        f"-H 'Content-Type: application/json' -d '{json.dumps(payout)}'"
    )


def banner(*, home: Home, endpoints: Endpoints, credentials: Credentials, coloured: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=coloured, no_color=not coloured, width=WIDTH, highlight=False)
    title = Text("Payouts is running, for development", style="bold green")
    console.print()
    console.print(Panel(_addresses(home, endpoints, credentials), title=title, title_align="left"))
    console.print("Create a payout (paste it twice: it is still one payout):\n", style="bold")
    console.print(curl_line(endpoints, credentials), soft_wrap=True, markup=False)
    console.print(
        "\nNever for production: servers without backups, secrets in plain files. Ctrl-C stops it all."
    )
    return out.getvalue()


def _addresses(home: Home, endpoints: Endpoints, credentials: Credentials) -> Table:
    table = Table.grid(padding=(0, 2))
    rows = (
        ("API", f"{endpoints.url}/api/docs/"),
        ("Console", f"{endpoints.url}/admin/"),
        ("  sign in", f"{credentials.admin['username']} / {credentials.admin['password']}"),
        ("API key", credentials.api_key),
        ("Sandbox bank", endpoints.bank_url),
        *(("Metrics", url) for role, url in endpoints.metrics_urls.items() if role == "web"),
        ("Data and logs", str(home.root)),
    )
    for name, value in rows:
        table.add_row(Text(name, style="bold"), Text(value, overflow="fold"))
    return table
