"""The domain: values, rules and ports. Standard library and pydantic only; no input or output."""
