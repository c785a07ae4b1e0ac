; == definitions
(function_definition name: (_) @name body: (_) @body) @function
(program (variable_assignment name: (_) @name) @value)
(program (declaration_command (variable_assignment name: (_) @name)) @value)

; == imports
(command name: (command_name) @_source . argument: (_) @source
  (#any-of? @_source "source" ".")) @import

; == mentions
(variable_name) @name
(command_name (word) @call)
(variable_assignment name: (variable_name) @binding)
(function_definition name: (word) @binding)
(for_statement variable: (variable_name) @binding)

; == parts
[(string) (raw_string) (ansi_c_string) (heredoc_body) (regex)] @text
[(command_substitution) (process_substitution)] @code
(comment) @comment
