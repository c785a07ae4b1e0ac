; == definitions
(function_declaration name: (identifier) @name body: (_)? @body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @outer
    (pointer_type (type_identifier) @outer)
    (generic_type type: (type_identifier) @outer)
    (pointer_type (generic_type type: (type_identifier) @outer))
  ]))
  name: (field_identifier) @name body: (_)? @body) @function
(type_declaration . (type_spec name: (_) @name) .) @type
(type_declaration . (type_alias name: (_) @name) .) @type
(type_spec name: (_) @name) @type
(type_alias name: (_) @name) @type
(method_elem name: (_) @name) @function
(source_file (var_declaration (var_spec name: (identifier) @name
  value: (expression_list . (func_literal body: (_) @body)))) @function)
(short_var_declaration left: (expression_list . (identifier) @name .)
  right: (expression_list . (func_literal body: (_) @body) .)) @function
(source_file (const_declaration (const_spec name: (identifier) @name) @value))
(source_file (var_declaration (var_spec name: (identifier) @name) @value))
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @value)))
(field_declaration name: (field_identifier) @name) @value
; t.Run("adds", func(t *testing.T) { … })
(call_expression function: (_) @_caller arguments: (argument_list
  . (interpreted_string_literal) @name . (func_literal body: (_) @body))) @block

; == imports
(import_spec !name path: (_) @source) @import
(import_spec name: (_) @name path: (_) @source) @import

; == mentions
(identifier) @name
(field_identifier) @attribute
(type_identifier) @type
(package_identifier) @name
(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @call))
(function_declaration name: (identifier) @binding)
(method_declaration name: (field_identifier) @binding)
(method_elem name: (field_identifier) @binding)
(type_spec name: (type_identifier) @binding)
(field_declaration name: (field_identifier) @binding)
(parameter_declaration name: (identifier) @binding)
(variadic_parameter_declaration name: (identifier) @binding)
(const_spec name: (identifier) @binding)
(var_spec name: (identifier) @binding)
(short_var_declaration left: (expression_list (identifier) @binding))
(range_clause left: (expression_list (identifier) @binding))
(keyed_element key: (literal_element (identifier) @attribute))
(import_spec name: (package_identifier) @binding)
(package_clause (package_identifier) @binding)

; == parts
[(interpreted_string_literal) (raw_string_literal) (rune_literal)] @text
(comment) @comment
