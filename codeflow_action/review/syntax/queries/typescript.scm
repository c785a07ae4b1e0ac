; == definitions
(interface_declaration name: (_) @name body: (_) @body) @type
(export_statement declaration: (interface_declaration name: (_) @name body: (_) @body)) @type
(type_alias_declaration name: (_) @name) @type
(export_statement declaration: (type_alias_declaration name: (_) @name)) @type
(enum_declaration name: (_) @name body: (_) @body) @type
(export_statement declaration: (enum_declaration name: (_) @name body: (_) @body)) @type
(abstract_class_declaration name: (_) @name body: (_) @body) @type
(export_statement declaration: (abstract_class_declaration name: (_) @name body: (_) @body)) @type
(internal_module name: (_) @name body: (_) @body) @module
(module name: (_) @name body: (_) @body) @module
(function_signature name: (_) @name) @function
(method_signature name: (_) @name) @function
(abstract_method_signature name: (_) @name) @function
(public_field_definition name: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(class_body (public_field_definition name: (_) @name) @value)
(interface_body (property_signature name: (_) @name) @value)
(object_type (property_signature name: (_) @name) @value)
(enum_body name: (_) @name @value)
(enum_assignment name: (_) @name) @value

; == imports
(import_statement (import_require_clause (identifier) @name source: (string) @source)) @import

; == mentions
(type_identifier) @type
(extends_clause value: (identifier) @type)
(class_declaration name: (type_identifier) @binding)
(abstract_class_declaration name: (type_identifier) @binding)
(interface_declaration name: (type_identifier) @binding)
(type_alias_declaration name: (type_identifier) @binding)
(enum_declaration name: (identifier) @binding)
(type_parameter name: (type_identifier) @binding)
(required_parameter pattern: (identifier) @binding)
(optional_parameter pattern: (identifier) @binding)
(public_field_definition name: (property_identifier) @binding)
(property_signature name: (property_identifier) @binding)
(method_signature name: (property_identifier) @binding)

; == parts
(template_literal_type) @text
(template_type) @code
(enum_body (property_identifier) @text)
