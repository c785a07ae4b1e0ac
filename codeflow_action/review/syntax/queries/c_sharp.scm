; == definitions
(namespace_declaration name: (_) @name body: (_) @body) @module
(class_declaration name: (_) @name body: (_)? @body) @type
(struct_declaration name: (_) @name body: (_)? @body) @type
(interface_declaration name: (_) @name body: (_)? @body) @type
(enum_declaration name: (_) @name body: (_)? @body) @type
(record_declaration name: (_) @name body: (_)? @body) @type
(delegate_declaration name: (_) @name) @type
(method_declaration name: (_) @name body: (_)? @body) @function
(constructor_declaration name: (_) @name body: (_)? @body) @function
(destructor_declaration name: (_) @name body: (_)? @body) @function
(local_function_statement name: (_) @name body: (_)? @body) @function
(operator_declaration operator: _ @name body: (_)? @body) @function
(indexer_declaration accessors: (_)? @body) @function
(property_declaration name: (_) @name accessors: (_) @body) @function
(property_declaration name: (_) @name value: (_) @body) @function
(event_declaration name: (_) @name) @value
(field_declaration (variable_declaration (variable_declarator name: (_) @name))) @value
(event_field_declaration (variable_declaration (variable_declarator name: (_) @name))) @value
(enum_member_declaration name: (_) @name) @value

; == imports
(using_directive !name [(qualified_name) (identifier)] @source) @import
(using_directive name: (identifier) @name (_) @source .) @import

; == mentions
(identifier) @name
(invocation_expression function: (identifier) @call)
(invocation_expression function: (generic_name (identifier) @call))
(invocation_expression function: (member_access_expression name: (identifier) @call))
(invocation_expression function: (member_access_expression name: (generic_name (identifier) @call)))
(member_access_expression name: (identifier) @attribute)
(object_creation_expression type: (identifier) @call)
(object_creation_expression type: (generic_name (identifier) @call))
(generic_name (identifier) @type)
(base_list (identifier) @type)
(type_argument_list (identifier) @type)
(parameter type: (identifier) @type)
(variable_declaration type: (identifier) @type)
(property_declaration type: (identifier) @type)
(method_declaration returns: (identifier) @type)
(attribute name: (identifier) @type)
(class_declaration name: (identifier) @binding)
(struct_declaration name: (identifier) @binding)
(interface_declaration name: (identifier) @binding)
(enum_declaration name: (identifier) @binding)
(record_declaration name: (identifier) @binding)
(method_declaration name: (identifier) @binding)
(constructor_declaration name: (identifier) @binding)
(property_declaration name: (identifier) @binding)
(local_function_statement name: (identifier) @binding)
(delegate_declaration name: (identifier) @binding)
(variable_declarator name: (identifier) @binding)
(parameter name: (identifier) @binding)
(foreach_statement left: (identifier) @binding)
(enum_member_declaration name: (identifier) @binding)
(type_parameter name: (identifier) @binding)

; == parts
[
  (string_literal) (verbatim_string_literal) (raw_string_literal) (character_literal)
  (interpolated_string_expression)
] @text
(interpolation) @code
(comment) @comment
