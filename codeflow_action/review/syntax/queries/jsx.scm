; == mentions
(jsx_opening_element name: (identifier) @type)
(jsx_self_closing_element name: (identifier) @type)

; == reads
(jsx_opening_element name: (identifier) @read)
(jsx_self_closing_element name: (identifier) @read)
(jsx_closing_element name: (identifier) @read)
(jsx_expression (identifier) @read)

; == parts
[(jsx_text) (html_character_reference)] @text
