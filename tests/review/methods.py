"""Methods in each language that has them, and where other files define and use their names."""

# ruff: noqa: E501 - a file is read best in few lines

# By language: the changed file with a method of two versions; a file that defines the name again
# in each way the language has, and calls it at last.
METHODS = {
    "a/cart.ts": (
        "export class Cart {\n  loadAll(a: number) {\n    return VERSION;\n  }\n}\n",
        "a/page.ts",
        (
            "import { Cart } from './cart';\ninterface Loads {\n  loadAll(a: string): void;\n}\n"
            "abstract class Base {\n  abstract loadAll(a: number): void;\n}\ndeclare function loadAll(a: 1): 1;\n"
            "export { loadAll } from './x';\n// loadAll\n"
            "export function page(cart: Cart) {\n  return cart.loadAll(1);\n}\n"
        ),
    ),
    "a/cart.js": (
        "export class Cart {\n  loadAll(a) {\n    return VERSION;\n  }\n}\n",
        "a/page.js",
        (
            "import { Cart } from './cart';\nclass Other {\n  loadAll(a) {\n    return 1;\n  }\n}\n"
            "export { loadAll as read } from './x';\nconst page = () => {\n  new Cart().loadAll(1);\n};\n"
        ),
    ),
    "a/Cart.java": (
        "class Cart {\n  int loadAll(int a) {\n    return VERSION;\n  }\n}\n",
        "a/Page.java",
        (
            "interface Loads {\n  int loadAll(int a);\n}\nabstract class Base {\n  abstract int loadAll(long a);\n}\n"
            "class Page extends Base {\n  @Override\n  int loadAll(long a) {\n    return 1;\n  }\n"
            "  int page(Cart cart) {\n    return cart.loadAll(1);\n  }\n}\n"
        ),
    ),
    "a/Cart.cs": (
        "class Cart {\n  public int LoadAll(int a) {\n    return VERSION;\n  }\n}\n",
        "a/Page.cs",
        (
            "interface ILoads {\n  int LoadAll(int a);\n}\nabstract class Base {\n"
            "  public abstract int LoadAll(int a);\n  public int LoadAll(long a) => 1;\n}\n"
            "class Page {\n  int Run(Cart cart) {\n    return cart.LoadAll(1);\n  }\n}\n"
        ),
    ),
    "a/cart.cpp": (
        "int Cart::loadAll(int a) {\n  return VERSION;\n}\n",
        "a/page.cpp",
        (
            '#include "cart.h"\nclass Base {\n  virtual int loadAll(int a) = 0;\n};\nint loadAll(long a);\n'
            "int Other::loadAll(int a) {\n  return 1;\n}\nint page(Cart* cart) {\n  return cart->loadAll(1);\n}\n"
        ),
    ),
    "a/cart.c": (
        "int loadAll(int a) {\n  return VERSION;\n}\n",
        "a/page.c",
        "int loadAll(int a);\n/* loadAll */\nint page(void) {\n  return cart.loadAll(1);\n}\n",
    ),
    "a/Cart.php": (
        "<?php\nclass Cart {\n  public function loadAll($a) {\n    return VERSION;\n  }\n}\n",
        "a/Page.php",
        (
            "<?php\nuse function A\\loadAll;\ninterface Loads {\n  public function loadAll($a);\n}\n"
            "abstract class Base {\n  abstract public function loadAll($a);\n}\n"
            "function page(Cart $cart) {\n  return $cart->loadAll(1);\n}\n"
        ),
    ),
    "a/cart.py": (
        "class Cart:\n    def loadAll(self, a):\n        return VERSION\n",
        "a/page.py",
        (
            "from a.cart import Cart\n\n\nclass Loads:\n    async def loadAll(self, a): ...\n\n\n"
            "def page(cart: Cart):\n    return cart.loadAll(1)\n"
        ),
    ),
    "a/cart.rb": (
        "class Cart\n  def loadAll(a)\n    VERSION\n  end\nend\n",
        "a/page.rb",
        "class Other\n  def self.loadAll(a)\n    1\n  end\nend\ndef page(cart)\n  cart.loadAll(1)\nend\n",
    ),
    "a/Cart.kt": (
        "class Cart {\n  fun loadAll(a: Int): Int {\n    return VERSION\n  }\n}\n",
        "a/Page.kt",
        (
            "interface Loads {\n  fun loadAll(a: Int): Int\n}\nfun page(cart: Cart): Int {\n"
            "  return cart.loadAll(1)\n}\n"
        ),
    ),
    "a/Cart.scala": (
        "class Cart {\n  def loadAll(a: Int): Int = {\n    VERSION\n  }\n}\n",
        "a/Page.scala",
        (
            "trait Loads {\n  def loadAll(a: Int): Int\n}\nclass Page {\n  def page(cart: Cart) = {\n"
            "    cart.loadAll(1)\n  }\n}\n"
        ),
    ),
    "a/Cart.swift": (
        "class Cart {\n  func loadAll(a: Int) -> Int {\n    return VERSION\n  }\n}\n",
        "a/Page.swift",
        (
            "protocol Loads {\n  func loadAll(a: Int) -> Int\n}\nfunc page(cart: Cart) -> Int {\n"
            "  return cart.loadAll(a: 1)\n}\n"
        ),
    ),
    "src/cart.rs": (
        "impl Cart {\n    pub fn loadAll(&self) -> u8 {\n        VERSION\n    }\n}\n",
        "src/page.rs",
        (
            "pub use crate::cart::loadAll;\ntrait Loads {\n    fn loadAll(&self) -> u8;\n}\n"
            "fn page(cart: &Cart) -> u8 {\n    cart.loadAll()\n}\n"
        ),
    ),
    "a/cart.go": (
        "package a\n\nfunc (c *Cart) LoadAll(a int) int {\n\treturn VERSION\n}\n",
        "a/page.go",
        (
            "package a\n\ntype Loads interface {\n\tLoadAll(a int) int\n}\n\n"
            "func (o *Other) LoadAll(a int) int {\n\treturn 1\n}\n\n"
            "func page(cart *Cart) int {\n\treturn cart.LoadAll(1)\n}\n"
        ),
    ),
    "a/cart.ex": (
        "defmodule Cart do\n  def load_all(a) do\n    VERSION\n  end\nend\n",
        "a/page.ex",
        (
            "defmodule Page do\n  @callback load_all(integer) :: integer\n  @spec load_all(integer) :: integer\n"
            "  def load_all(a, b), do: a\n  def page(a) do\n    Cart.load_all(a)\n  end\nend\n"
        ),
    ),
    "a/cart.lua": (
        "local Cart = {}\nfunction Cart.load_all(a)\n  return VERSION\nend\nreturn Cart\n",
        "a/page.lua",
        (
            "function Other:load_all(a)\n  return 1\nend\nOther.load_all = function(a) end\n"
            "local function page(cart)\n  return cart.load_all(1)\nend\n"
        ),
    ),
}
