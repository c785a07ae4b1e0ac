; == mentions
(jsx_opening_element name: (identifier) @type)
(jsx_self_closing_element name: (identifier) @type)
