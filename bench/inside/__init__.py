"""What runs in the service's own environment, with its code: each module prints one line of JSON."""
