; == definitions
(call target: (identifier) @_define (arguments . (alias) @name) (do_block) @body
  (#any-of? @_define "defmodule" "defprotocol")) @type
(call target: (identifier) @_define (arguments . (alias) @name) (do_block) @body
  (#eq? @_define "defimpl")) @extension
(call target: (identifier) @_define (arguments . (call target: (identifier) @name)) (do_block)? @body
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate")) @function
(call target: (identifier) @_define (arguments . (identifier) @name) (do_block)? @body
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop")) @function
(call target: (identifier) @_define
  (arguments . (binary_operator left: (call target: (identifier) @name))) (do_block)? @body
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp")) @function
(call target: (identifier) @_caller (arguments . (string) @name) (do_block) @body) @block
(unary_operator operator: "@" operand: (call target: (identifier) @name (arguments))) @value

; == imports
(call target: (identifier) @_import (arguments . (alias) @source)
  (#any-of? @_import "alias" "import" "require" "use")) @import
(call target: (identifier) @_import (arguments . (dot) @source)
  (#any-of? @_import "alias" "import" "require" "use")) @import

; == mentions
(identifier) @name
(alias) @type
(call target: (identifier) @call)
(call target: (dot right: (identifier) @call))
(dot right: (identifier) @attribute)
(call target: (identifier) @_define (arguments . (alias) @binding)
  (#any-of? @_define "defmodule" "defprotocol"))
(call target: (identifier) @_define (arguments . (call target: (identifier) @binding))
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp" "defdelegate"))
(call target: (identifier) @_define
  (arguments . (binary_operator left: (call target: (identifier) @binding)))
  (#any-of? @_define "def" "defp" "defmacro" "defmacrop" "defguard" "defguardp"))
(binary_operator left: (identifier) @binding operator: "=")

; == parts
[(string) (charlist) (sigil) (quoted_atom) (quoted_keyword) (char)] @text
(interpolation) @code
(comment) @comment
