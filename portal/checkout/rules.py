"""Names of what the checkout room does apart. Pure."""

STOP_COLLECTING = "stop_collecting"
