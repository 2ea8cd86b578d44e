"""What the cache holds is JSON: a pickle read from a server is code run on its behalf."""

from __future__ import annotations

import json
from typing import Any


class JSONSerializer:
    def dumps(self, value: Any) -> bytes | int:
        # Whole numbers stay numbers for Redis, which counts with them.
        if type(value) is int:
            return value
        return json.dumps(value).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
