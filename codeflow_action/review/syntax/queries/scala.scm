; == definitions
(class_definition name: (_) @name body: (_)? @body) @type
(object_definition name: (_) @name body: (_)? @body) @type
(trait_definition name: (_) @name body: (_)? @body) @type
(enum_definition name: (_) @name body: (_)? @body) @type
(type_definition name: (_) @name) @type
(given_definition name: (_) @name) @value
(function_definition name: (_) @name body: (_)? @body) @function
(function_declaration name: (_) @name) @function
(val_definition pattern: (identifier) @name value: (lambda_expression)) @function
(compilation_unit (val_definition pattern: (identifier) @name) @value)
(template_body (val_definition pattern: (identifier) @name) @value)
(template_body (var_definition pattern: (identifier) @name) @value)
(template_body (val_declaration name: (identifier) @name) @value)
; test("adds") { … }
(call_expression function: (call_expression function: (_) @_caller arguments: (arguments . (string) @name .))
  arguments: (block) @body) @block

; == imports
(import_declaration (namespace_selectors (identifier) @name)) @import
(import_declaration (namespace_selectors
  (arrow_renamed_identifier name: (_) @original alias: (_) @name))) @import
(import_declaration (namespace_wildcard) @name) @import
(import_declaration path: (identifier) @name .) @import

; == mentions
(identifier) @name
(type_identifier) @type
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (identifier) @call))
(instance_expression (type_identifier) @call)
(field_expression field: (identifier) @attribute)
(class_definition name: (identifier) @binding)
(object_definition name: (identifier) @binding)
(trait_definition name: (identifier) @binding)
(enum_definition name: (identifier) @binding)
(type_definition name: (type_identifier) @binding)
(function_definition name: (identifier) @binding)
(function_declaration name: (identifier) @binding)
(val_definition pattern: (identifier) @binding)
(var_definition pattern: (identifier) @binding)
(parameter name: (identifier) @binding)
(class_parameter name: (identifier) @binding)
(binding name: (identifier) @binding)

; == parts
[(string) (interpolated_string) (character_literal) (xml_text)] @text
(interpolation) @code
[(comment) (block_comment) (xml_comment)] @comment
