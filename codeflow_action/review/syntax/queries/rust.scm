; == definitions
(function_item name: (_) @name body: (_) @body) @function
(function_signature_item name: (_) @name) @function
(struct_item name: (_) @name) @type
(enum_item name: (_) @name body: (_) @body) @type
(union_item name: (_) @name body: (_) @body) @type
(trait_item name: (_) @name body: (_) @body) @type
(type_item name: (_) @name) @type
(impl_item type: [
  (type_identifier) @name
  (generic_type type: (_) @name)
  (scoped_type_identifier) @name
  (reference_type (type_identifier) @name)
  (reference_type (generic_type type: (_) @name))
  (primitive_type) @name
] body: (_) @body) @extension
(mod_item name: (_) @name body: (_) @body) @module
(macro_definition name: (_) @name) @function
(const_item name: (_) @name) @value
(static_item name: (_) @name) @value
(field_declaration name: (_) @name) @value
(enum_variant name: (_) @name) @value
(let_declaration pattern: (identifier) @name value: (closure_expression body: (_) @body)) @function

; == imports
(use_declaration argument: (identifier) @name @source) @import
(use_declaration argument: (scoped_identifier name: (_) @name) @source) @import
(use_declaration argument: (use_as_clause path: (_) @source alias: (_) @name)) @import
(use_declaration argument: (use_wildcard) @source) @import
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (identifier) @name))) @import
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (scoped_identifier name: (_) @name)))) @import
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (use_as_clause path: (_) @original alias: (_) @name)))) @import
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (scoped_use_list list: (use_list (identifier) @name))))) @import
(use_declaration argument: (scoped_use_list path: (_) @source
  list: (use_list (use_wildcard) @name))) @import

; == mentions
(identifier) @name
(shorthand_field_identifier) @name
(field_identifier) @attribute
(type_identifier) @type
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(call_expression function: (scoped_identifier name: (identifier) @call))
(macro_invocation macro: (identifier) @call)
(macro_invocation macro: (scoped_identifier name: (identifier) @call))
(scoped_identifier path: (identifier) @name)
(function_item name: (identifier) @binding)
(function_signature_item name: (identifier) @binding)
(struct_item name: (type_identifier) @binding)
(enum_item name: (type_identifier) @binding)
(trait_item name: (type_identifier) @binding)
(type_item name: (type_identifier) @binding)
(enum_variant name: (identifier) @binding)
(mod_item name: (identifier) @binding)
(macro_definition name: (identifier) @binding)
(const_item name: (identifier) @binding)
(static_item name: (identifier) @binding)
(field_declaration name: (field_identifier) @binding)
(parameter pattern: (identifier) @binding)
(closure_parameters (identifier) @binding)
(let_declaration pattern: (identifier) @binding)
(tuple_pattern (identifier) @binding)
(for_expression pattern: (identifier) @binding)
(type_parameters (type_parameter name: (type_identifier) @binding))
(use_as_clause alias: (identifier) @binding)
(use_list (identifier) @binding)
(use_declaration argument: (scoped_identifier name: (identifier) @binding))

; == parts
[(string_literal) (raw_string_literal) (char_literal)] @text
[(line_comment) (block_comment)] @comment
