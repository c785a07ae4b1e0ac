; == definitions
(function_definition name: (identifier) @name body: (_) @body) @function
(class_definition name: (identifier) @name body: (_) @body) @type
(decorated_definition
  definition: (function_definition name: (identifier) @name body: (_) @body)) @function
(decorated_definition
  definition: (class_definition name: (identifier) @name body: (_) @body)) @type
(assignment left: (identifier) @name right: (lambda)) @function
(module (expression_statement (assignment left: (identifier) @name)) @value)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @value))
(type_alias_statement left: (type (identifier) @name)) @type

; == imports
(import_statement name: (dotted_name . (identifier) @name) @source @import)
(import_statement name: (aliased_import name: (_) @source alias: (identifier) @name) @import)
(import_from_statement module_name: (_) @source name: (dotted_name (identifier) @name)) @import
(import_from_statement module_name: (_) @source
  name: (aliased_import name: (_) @original alias: (identifier) @name)) @import
(import_from_statement module_name: (_) @source (wildcard_import) @name) @import
(future_import_statement name: (dotted_name (identifier) @name)) @import

; == mentions
(identifier) @name
(attribute attribute: (identifier) @attribute)
(keyword_argument name: (identifier) @attribute)
(type (identifier) @type)
(type (generic_type (identifier) @type))
(class_definition superclasses: (argument_list (identifier) @type))
(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))
(decorator (identifier) @call)
(function_definition name: (identifier) @binding)
(class_definition name: (identifier) @binding)
(parameters (identifier) @binding)
(lambda_parameters (identifier) @binding)
(typed_parameter . (identifier) @binding)
(list_splat_pattern (identifier) @binding)
(dictionary_splat_pattern (identifier) @binding)
(default_parameter name: (identifier) @binding)
(typed_default_parameter name: (identifier) @binding)
(assignment left: (identifier) @binding)
(pattern_list (identifier) @binding)
(tuple_pattern (identifier) @binding)
(for_statement left: (identifier) @binding)
(for_in_clause left: (identifier) @binding)
(as_pattern_target (identifier) @binding)
(named_expression name: (identifier) @binding)
(aliased_import alias: (identifier) @binding)
(import_from_statement name: (dotted_name (identifier) @binding))
(import_statement name: (dotted_name . (identifier) @binding))
