"""Where receipts are kept."""

import os

BUCKET = os.environ.get("SHOP_BUCKET", "receipts")
AWS_ACCESS_KEY_ID = "{{aws_access_key_id}}"
AWS_SECRET_ACCESS_KEY = "{{aws_secret_access_key}}"
