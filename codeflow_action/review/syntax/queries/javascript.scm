; == definitions
(field_definition property: (_) @name
  value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)]) @function
(class_body (field_definition property: (_) @name) @value)

; == mentions
(class_heritage (identifier) @type)
(formal_parameters (identifier) @binding)
(formal_parameters (assignment_pattern left: (identifier) @binding))
(field_definition property: (property_identifier) @binding)
