; == definitions
(block . (identifier) @outer . (string_lit) @outer . (string_lit) @name . (block_start)) @block
(block . (identifier) @outer . (string_lit) @name . (block_start)) @block
(block . (identifier) @name . (block_start)) @block
(block . (identifier) @_locals (body (attribute (identifier) @name) @value) (#eq? @_locals "locals"))

; == imports
(block (identifier) @_module (string_lit) @name (body (attribute (identifier) @_source (expression) @source))
  (#eq? @_module "module") (#eq? @_source "source")) @import

; == mentions
(identifier) @name
(get_attr (identifier) @attribute)
(function_call (identifier) @call)
(attribute (identifier) @binding)

; == parts
[(template_literal) (string_lit)] @text
(comment) @comment
