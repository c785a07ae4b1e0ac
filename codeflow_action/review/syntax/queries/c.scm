; == definitions
(function_definition declarator: (_) @name body: (_) @body) @function
(struct_specifier name: (_) @name body: (_) @body) @type
(union_specifier name: (_) @name body: (_) @body) @type
(enum_specifier name: (_) @name body: (_) @body) @type
(type_definition declarator: (_) @name) @type
(preproc_def name: (_) @name) @value
(preproc_function_def name: (_) @name) @function
(translation_unit (declaration declarator: (function_declarator) @name) @function)
(translation_unit (declaration declarator: (pointer_declarator (function_declarator) @name)) @function)
(translation_unit (declaration declarator: (identifier) @name) @value)
(translation_unit (declaration declarator: (init_declarator declarator: (_) @name)) @value)
(field_declaration declarator: (_) @name) @value
(enumerator name: (_) @name) @value

; == imports
(preproc_include path: (_) @source) @import

; == mentions
(identifier) @name
(field_identifier) @attribute
(type_identifier) @type
(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(function_declarator declarator: (identifier) @binding)
(parameter_declaration declarator: (identifier) @binding)
(pointer_declarator declarator: (identifier) @binding)
(array_declarator declarator: (identifier) @binding)
(init_declarator declarator: (identifier) @binding)
(declaration declarator: (identifier) @binding)
(field_declaration declarator: (field_identifier) @binding)
(struct_specifier name: (type_identifier) @binding body: (_))
(enum_specifier name: (type_identifier) @binding body: (_))
(type_definition declarator: (type_identifier) @binding)
(enumerator name: (identifier) @binding)
(preproc_def name: (identifier) @binding)
(preproc_function_def name: (identifier) @binding)

; == parts
[(string_literal) (char_literal) (system_lib_string)] @text
(preproc_def value: (preproc_arg) @macro)
(preproc_function_def value: (preproc_arg) @macro)
(comment) @comment
