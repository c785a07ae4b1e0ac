; == definitions
(class_declaration name: (_) @name) @type
(object_declaration name: (_) @name) @type
(companion_object) @type
(type_alias type: (_) @name) @type
(function_declaration name: (_) @name (function_body)? @body) @function
(secondary_constructor) @function
(anonymous_initializer) @function
(property_declaration (variable_declaration (identifier) @name) (lambda_literal)) @function
(property_declaration (variable_declaration (identifier) @name) (getter)) @function
(source_file (property_declaration (variable_declaration (identifier) @name)) @value)
(class_body (property_declaration (variable_declaration (identifier) @name)) @value)
(enum_entry (identifier) @name) @value

; == imports
(import (qualified_identifier (identifier) @name .) @source .) @import
(import (qualified_identifier) @source (identifier) @name .) @import
(import (qualified_identifier) @source "*" @name) @import

; == mentions
(identifier) @name
(user_type (identifier) @type)
(call_expression . (identifier) @call)
(call_expression . (navigation_expression (identifier) @call .))
(navigation_expression (_) (identifier) @attribute .)
(class_declaration name: (identifier) @binding)
(object_declaration name: (identifier) @binding)
(function_declaration name: (identifier) @binding)
(variable_declaration . (identifier) @binding)
(parameter . (identifier) @binding)
(class_parameter (identifier) @binding)
(enum_entry (identifier) @binding)
(type_parameter (identifier) @binding)

; == parts
[(string_literal) (multiline_string_literal) (character_literal)] @text
(interpolation) @code
[(line_comment) (block_comment)] @comment
