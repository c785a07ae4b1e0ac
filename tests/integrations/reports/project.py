"""A small made-up shop with seeded faults, on which the reports beside this file were made.

`FILES` is the version that the tools have seen. Values that a scanner takes for real are joined
here, so that no file of this repository holds one.
"""

AWS_ID = "AKIA" + "Q3EGRQ5TWM2LJNZX"
AWS_KEY = "kP8vTq2mZr5W" + "x9LbN4cYd7Ge" + "H1jSf6Ua0iRoQ3Mt"

CART = """\
import os
import pickle
import subprocess


def total(prices=[]):
    return sum(prices)


def average(prices):
    if not prices:
        return 0
    return total(prices) / len(prices)


def discount(price, code):
    if code == "SUMMER":
        return price * 0.9
    if code == "STAFF":
        return price * 0.5
    return price


def restore(blob):
    return pickle.loads(blob)


def receipt(name):
    subprocess.call("lpr " + name, shell=True)
"""

TEST_CART = """\
from shop.cart import average, discount


def test_average():
    assert average([1, 3]) == 2


def test_discount():
    assert discount(10, "SUMMER") == 9
"""

SETTINGS = f"""\
REGION = "eu-west-1"
AWS_ACCESS_KEY_ID = "{AWS_ID}"
AWS_SECRET_ACCESS_KEY = "{AWS_KEY}"
PASSWORD = "correct-horse-42"
"""

APP = """\
const express = require("express");
const unused = 1;

function show(input) {
  debugger;
  if (input == null) {
    return "";
  }
  return eval(input);
}

module.exports = { show };
"""

TEST_APP = """\
const test = require("node:test");
const assert = require("node:assert");
const { pick } = require("./pick.js");

test("picks the first", () => {
  assert.equal(pick([3, 4]), 3);
});
"""

PICK = """\
function pick(items) {
  if (items.length === 0) {
    return undefined;
  }
  return items[0];
}

module.exports = { pick };
"""

DOCKERFILE = """\
FROM ubuntu:latest
RUN apt-get update && apt-get install -y curl
RUN cd /srv && curl http://example.com/x.sh | sh
CMD python3 -m shop
"""

WORKFLOW = """\
name: CI
on: pull_request_target
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
"""

INFRA = """\
resource "aws_s3_bucket" "receipts" {
  bucket = "shop-receipts"
}

resource "aws_security_group" "web" {
  name = "web"

  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""

README = """\
# Shop

Teh cart adds prices togehter.
- one
"""

FILES = {
    ".github/workflows/ci.yml": WORKFLOW,
    "Dockerfile": DOCKERFILE,
    "README.md": README,
    "infra/main.tf": INFRA,
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "shop/settings.py": SETTINGS,
    "tests/test_cart.py": TEST_CART,
    "web/app.js": APP,
    "web/pick.js": PICK,
    "web/pick.test.js": TEST_APP,
}
