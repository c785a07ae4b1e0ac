; == definitions
(module name: (_) @name) @module
(class name: (_) @name) @type
(method name: (_) @name) @function
(singleton_method name: (_) @name) @function
(assignment left: (constant) @name right: (lambda)) @function
(assignment left: (constant) @name) @value
(call method: (identifier) @_caller arguments: (argument_list . (simple_symbol) @name)
  block: (_) @body (#any-of? @_caller "define_method" "scope" "let" "let!" "subject")) @function
(call method: (identifier) @_caller arguments: (argument_list . (string) @name)
  block: (do_block) @body) @block

; == imports
(call !receiver method: (identifier) @_require arguments: (argument_list . (string) @source)
  (#any-of? @_require "require" "require_relative" "load")) @import

; == mentions
(identifier) @name
(constant) @type
(instance_variable) @attribute
(call method: (identifier) @call)
(call method: (constant) @call)
(method name: (_) @binding)
(singleton_method name: (_) @binding)
(class name: (constant) @binding)
(module name: (constant) @binding)
(method_parameters (identifier) @binding)
(block_parameters (identifier) @binding)
(lambda_parameters (identifier) @binding)
(optional_parameter name: (identifier) @binding)
(keyword_parameter name: (identifier) @binding)
(splat_parameter name: (identifier) @binding)
(block_parameter name: (identifier) @binding)
(assignment left: (_) @binding)
(left_assignment_list (identifier) @binding)
(exception_variable (identifier) @binding)

; == parts
[
  (string) (subshell) (regex) (heredoc_body) (string_array) (symbol_array) (delimited_symbol)
  (character) (uninterpreted)
] @text
(interpolation) @code
(comment) @comment
