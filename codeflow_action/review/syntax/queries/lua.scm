; == definitions
(function_declaration name: (_) @name body: (_)? @body) @function
(variable_declaration (assignment_statement (variable_list . name: (_) @name)
  (expression_list . value: (function_definition body: (_)? @body)))) @function
(assignment_statement (variable_list . name: (_) @name)
  (expression_list . value: (function_definition body: (_)? @body))) @function
(field name: (_) @name value: (function_definition body: (_)? @body)) @function
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name))) @value)
(chunk (assignment_statement (variable_list name: (_) @name)) @value)
; it("adds", function() … end)
(function_call name: (_) @_caller arguments: (arguments . (string) @name .
  (function_definition body: (_)? @body))) @block

; == imports
(assignment_statement (variable_list . name: (identifier) @name)
  (expression_list . value: (function_call name: (identifier) @_require
    arguments: (arguments . (string) @source)))
  (#eq? @_require "require")) @import
(chunk (function_call name: (identifier) @_require arguments: (arguments . (string) @source)
  (#eq? @_require "require")) @import)

; == mentions
(identifier) @name
(dot_index_expression field: (identifier) @attribute)
(function_call name: (identifier) @call)
(function_call name: (dot_index_expression field: (identifier) @call))
(function_call name: (method_index_expression method: (identifier) @call))
(function_declaration name: (identifier) @binding)
(function_declaration name: (dot_index_expression field: (identifier) @binding))
(function_declaration name: (method_index_expression method: (identifier) @binding))
(parameters (identifier) @binding)
(variable_declaration (assignment_statement (variable_list (identifier) @binding)))
(variable_declaration (variable_list (identifier) @binding))
(for_generic_clause (variable_list (identifier) @binding))
(field name: (identifier) @binding)

; == parts
(string) @text
(comment) @comment
