; == definitions
(class_declaration name: (type_identifier) @name body: (_) @body) @type
(class_declaration name: (user_type) @name body: (_) @body) @extension
(protocol_declaration name: (_) @name body: (_) @body) @type
(typealias_declaration . name: (type_identifier) @name) @type
(function_declaration name: (simple_identifier) @name body: (_) @body) @function
(protocol_function_declaration name: (simple_identifier) @name) @function
(init_declaration body: (_)? @body) @function
(deinit_declaration body: (_) @body) @function
(subscript_declaration) @function
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  computed_value: (_) @body) @function
(property_declaration name: (pattern bound_identifier: (simple_identifier) @name)
  value: (lambda_literal)) @function
(source_file (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @value)
(class_body (property_declaration name: (pattern bound_identifier: (simple_identifier) @name)) @value)
(enum_entry name: (simple_identifier) @name) @value

; == imports
(import_declaration (identifier) @source) @import

; == mentions
(simple_identifier) @name
(type_identifier) @type
(call_expression . (simple_identifier) @call)
(call_expression . (navigation_expression suffix: (navigation_suffix suffix: (simple_identifier) @call)))
(navigation_suffix suffix: (simple_identifier) @attribute)
(class_declaration name: (type_identifier) @binding)
(protocol_declaration name: (type_identifier) @binding)
(typealias_declaration . name: (type_identifier) @binding)
(function_declaration name: (simple_identifier) @binding)
(protocol_function_declaration name: (simple_identifier) @binding)
(pattern bound_identifier: (simple_identifier) @binding)
(parameter name: (simple_identifier) @binding)
(parameter external_name: (simple_identifier) @binding)
(lambda_parameter name: (simple_identifier) @binding)
(enum_entry name: (simple_identifier) @binding)

; == parts
[
  (line_string_literal) (multi_line_string_literal) (raw_string_literal) (regex_literal)
] @text
[(interpolated_expression) (raw_str_interpolation)] @code
[(comment) (multiline_comment)] @comment
