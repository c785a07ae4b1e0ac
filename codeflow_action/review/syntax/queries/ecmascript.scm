; == definitions
(function_declaration name: (_) @name body: (_) @body) @function
(generator_function_declaration name: (_) @name body: (_) @body) @function
(export_statement declaration: (function_declaration name: (_) @name body: (_) @body)) @function
(export_statement
  value: [(function_expression !name body: (_) @body) (arrow_function body: (_) @body)]) @function
(class_declaration name: (_) @name body: (_) @body) @type
(export_statement declaration: (class_declaration name: (_) @name body: (_) @body)) @type
(export_statement value: (class !name body: (_) @body)) @type
(method_definition name: (_) @name body: (_) @body) @function
(lexical_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(variable_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]))) @function
; const Row = memo(() => …)
(lexical_declaration (variable_declarator name: (identifier) @name
  value: (call_expression arguments: (arguments .
    [(arrow_function body: (_) @body) (function_expression body: (_) @body)])))) @function
(variable_declarator name: (identifier) @name value: (class body: (_) @body)) @type
(assignment_expression left: [(member_expression) (identifier)] @name
  right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(pair key: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @value)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @value)
(program (export_statement
  declaration: (lexical_declaration (variable_declarator name: (identifier) @name))) @value)
; it("adds", () => …)
(call_expression function: (_) @_caller arguments: (arguments . [(string) (template_string)] @name .
  [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @block

; == imports
(import_statement (import_clause (identifier) @name) source: (string) @source) @import
(import_statement (import_clause (namespace_import (identifier) @name)) source: (string) @source) @import
(import_statement (import_clause (named_imports (import_specifier !alias name: (_) @name)))
  source: (string) @source) @import
(import_statement (import_clause (named_imports (import_specifier name: (_) @original alias: (_) @name)))
  source: (string) @source) @import
(import_statement . source: (string) @source) @import
(variable_declarator name: (identifier) @name
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @source))
  (#eq? @_require "require")) @import
(variable_declarator name: (object_pattern (shorthand_property_identifier_pattern) @name)
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @source))
  (#eq? @_require "require")) @import
(variable_declarator name: (object_pattern (pair_pattern key: (_) @original value: (identifier) @name))
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string) @source))
  (#eq? @_require "require")) @import
(export_statement source: (string) @source) @import

; == mentions
(identifier) @name
(shorthand_property_identifier) @name
(property_identifier) @attribute
(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (property_identifier) @call))
(new_expression constructor: (identifier) @call)
(function_declaration name: (_) @binding)
(class_declaration name: (_) @binding)
(method_definition name: (property_identifier) @binding)
(variable_declarator name: (identifier) @binding)
(shorthand_property_identifier_pattern) @binding
(pair_pattern value: (identifier) @binding)
(array_pattern (identifier) @binding)
(rest_pattern (identifier) @binding)
(arrow_function parameter: (identifier) @binding)
(catch_clause parameter: (identifier) @binding)
(for_in_statement left: (identifier) @binding)
(pair key: (property_identifier) @binding)
(import_clause (identifier) @binding)
(namespace_import (identifier) @binding)
(import_specifier !alias name: (identifier) @binding)
(import_specifier alias: (identifier) @binding)

; == reads
(identifier) @name
(shorthand_property_identifier) @name
(shorthand_property_identifier_pattern) @name
(shorthand_property_identifier) @read
(call_expression function: (identifier) @read)
(new_expression constructor: (identifier) @read)
(member_expression object: (identifier) @read)
(subscript_expression object: (identifier) @read)
(arguments (identifier) @read)
(return_statement (identifier) @read)
(await_expression (identifier) @read)
(binary_expression (identifier) @read)
(variable_declarator value: (identifier) @read)
(template_substitution (identifier) @read)

; == parts
[(string) (template_string) (regex)] @text
(template_substitution) @code
[(comment) (html_comment)] @comment
