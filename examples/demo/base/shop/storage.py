"""Where receipts are kept."""

import os

BUCKET = os.environ.get("SHOP_BUCKET", "receipts")
