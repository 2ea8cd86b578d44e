class Refusal(Exception):  # noqa: N818 - an answer to the person, not a fault
    """What the person at the terminal can put right, in one plain sentence; printed without a trace."""
