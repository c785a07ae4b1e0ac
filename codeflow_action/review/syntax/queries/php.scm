; == definitions
(namespace_definition name: (_) @name body: (_) @body) @module
(class_declaration name: (_) @name body: (_) @body) @type
(interface_declaration name: (_) @name body: (_) @body) @type
(trait_declaration name: (_) @name body: (_) @body) @type
(enum_declaration name: (_) @name body: (_) @body) @type
(method_declaration name: (_) @name body: (_)? @body) @function
(function_definition name: (_) @name body: (_) @body) @function
(assignment_expression left: (variable_name (name) @name)
  right: [(anonymous_function body: (_) @body) (arrow_function body: (_) @body)]) @function
(property_declaration (property_element name: (variable_name (name) @name))) @value
(const_declaration (const_element (name) @name)) @value
(enum_case name: (_) @name) @value

; == imports
(namespace_use_clause !alias (qualified_name (name) @name) @source) @import
(namespace_use_clause !alias (name) @name @source) @import
(namespace_use_clause (qualified_name) @source alias: (name) @name) @import
(require_expression (_) @source) @import
(require_once_expression (_) @source) @import
(include_expression (_) @source) @import
(include_once_expression (_) @source) @import

; == mentions
(name) @name
(named_type (name) @type)
(base_clause (name) @type)
(class_interface_clause (name) @type)
(object_creation_expression (name) @call)
(function_call_expression function: (name) @call)
(member_call_expression name: (name) @call)
(nullsafe_member_call_expression name: (name) @call)
(scoped_call_expression name: (name) @call)
(scoped_call_expression scope: (name) @type)
(class_constant_access_expression (name) @attribute)
(member_access_expression name: (name) @attribute)
(class_declaration name: (name) @binding)
(interface_declaration name: (name) @binding)
(trait_declaration name: (name) @binding)
(enum_declaration name: (name) @binding)
(method_declaration name: (name) @binding)
(function_definition name: (name) @binding)
(property_element name: (variable_name (name) @binding))
(const_element (name) @binding)
(simple_parameter name: (variable_name (name) @binding))
(property_promotion_parameter name: (variable_name (name) @binding))
(assignment_expression left: (variable_name (name) @binding))
(namespace_use_clause alias: (name) @binding)
(enum_case name: (name) @binding)

; == parts
[
  (string) (encapsed_string) (heredoc_body) (nowdoc_body) (shell_command_expression) (text)
] @text
(comment) @comment
