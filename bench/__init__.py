"""How fast the service is, as ratios to a limit that is measured in the same run: see README.md."""
