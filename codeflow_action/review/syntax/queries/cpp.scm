; == definitions
(class_specifier name: (_) @name body: (_) @body) @type
(template_declaration (class_specifier name: (_) @name body: (_) @body)) @type
(template_declaration (struct_specifier name: (_) @name body: (_) @body)) @type
(template_declaration (function_definition declarator: (_) @name body: (_) @body)) @function
(namespace_definition name: (_) @name body: (_) @body) @module
(alias_declaration name: (_) @name) @type
(concept_definition name: (_) @name) @type
(field_declaration_list (declaration declarator: (function_declarator) @name) @function)
(field_declaration declarator: (function_declarator) @name) @function
(declaration declarator: (init_declarator declarator: (identifier) @name
  value: (lambda_expression body: (_) @body))) @function
(declaration_list (declaration declarator: (function_declarator) @name) @function)
(declaration_list (declaration declarator: (init_declarator declarator: (_) @name)) @value)

; == imports
(using_declaration (_) @source) @import

; == mentions
(namespace_identifier) @name
(call_expression function: (qualified_identifier name: (identifier) @call))
(call_expression function: (template_function name: (identifier) @call))
(reference_declarator (identifier) @binding)
(function_declarator declarator: (field_identifier) @binding)
(function_declarator declarator: (qualified_identifier name: (identifier) @binding))
(class_specifier name: (type_identifier) @binding body: (_))
(namespace_definition name: (namespace_identifier) @binding)
(optional_parameter_declaration declarator: (identifier) @binding)
(type_parameter_declaration (type_identifier) @binding)
(alias_declaration name: (type_identifier) @binding)
(for_range_loop declarator: (identifier) @binding)

; == parts
(raw_string_literal) @text
