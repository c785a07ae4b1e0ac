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

; == reads
(identifier) @name
(attribute attribute: (identifier) @member)
(keyword_argument name: (identifier) @member)
(call function: (identifier) @read)
(attribute object: (identifier) @read)
(argument_list (identifier) @read)
(keyword_argument value: (identifier) @read)
(subscript value: (identifier) @read)
(subscript subscript: (identifier) @read)
(assignment right: (identifier) @read)
(assignment type: (type (identifier) @read))
(typed_parameter type: (type (identifier) @read))
(typed_default_parameter type: (type (identifier) @read))
(function_definition return_type: (type (identifier) @read))
(return_statement (identifier) @read)
(raise_statement (identifier) @read)
(await (identifier) @read)
(decorator (identifier) @read)
(binary_operator (identifier) @read)
(comparison_operator (identifier) @read)
(boolean_operator (identifier) @read)
(not_operator argument: (identifier) @read)
(unary_operator argument: (identifier) @read)
(if_statement condition: (identifier) @read)
(elif_clause condition: (identifier) @read)
(while_statement condition: (identifier) @read)
(for_statement right: (identifier) @read)
(for_in_clause right: (identifier) @read)
(conditional_expression (identifier) @read)
(interpolation expression: (identifier) @read)
(except_clause . (identifier) @read)
(dictionary (pair value: (identifier) @read))

; == parts
(string) @text
(interpolation) @code
(comment) @comment
