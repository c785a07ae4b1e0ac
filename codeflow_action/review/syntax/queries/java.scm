; == definitions
(class_declaration name: (_) @name body: (_) @body) @type
(interface_declaration name: (_) @name body: (_) @body) @type
(enum_declaration name: (_) @name body: (_) @body) @type
(record_declaration name: (_) @name body: (_) @body) @type
(annotation_type_declaration name: (_) @name body: (_) @body) @type
(method_declaration name: (_) @name body: (_)? @body) @function
(constructor_declaration name: (_) @name body: (_) @body) @function
(compact_constructor_declaration name: (_) @name body: (_) @body) @function
(field_declaration declarator: (variable_declarator name: (_) @name
  value: (lambda_expression body: (_) @body))) @function
(field_declaration declarator: (variable_declarator name: (_) @name)) @value
(constant_declaration declarator: (variable_declarator name: (_) @name)) @value
(enum_constant name: (_) @name) @value

; == imports
(import_declaration (scoped_identifier name: (_) @name) @source .) @import
(import_declaration (_) @source (asterisk) @name) @import

; == mentions
(identifier) @name
(type_identifier) @type
(method_invocation name: (identifier) @call)
(object_creation_expression type: (type_identifier) @call)
(field_access field: (identifier) @attribute)
(marker_annotation name: (identifier) @type)
(annotation name: (identifier) @type)
(class_declaration name: (identifier) @binding)
(interface_declaration name: (identifier) @binding)
(enum_declaration name: (identifier) @binding)
(record_declaration name: (identifier) @binding)
(method_declaration name: (identifier) @binding)
(constructor_declaration name: (identifier) @binding)
(variable_declarator name: (identifier) @binding)
(formal_parameter name: (identifier) @binding)
(catch_formal_parameter name: (identifier) @binding)
(enhanced_for_statement name: (identifier) @binding)
(lambda_expression parameters: (identifier) @binding)
(inferred_parameters (identifier) @binding)
(enum_constant name: (identifier) @binding)
(type_parameter . (type_identifier) @binding)

; == parts
[(string_literal) (character_literal)] @text
(string_interpolation) @code
[(line_comment) (block_comment)] @comment
