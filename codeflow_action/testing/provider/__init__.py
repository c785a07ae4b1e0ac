"""The contract that every provider keeps, as tests that its author runs.

    pytest --pyargs codeflow_action.testing.provider

runs it over all installed providers, each through its own SDK and over a real socket.
`CODEFLOW_PROVIDER=NAME` picks one, and `CODEFLOW_PROVIDER_WIRE` says which of `openai`,
`anthropic`, `mistral` and `groq` has invented the wire format that it speaks (`openai` if it is
not said): in that format the local model server answers. The provider gets its address as
`Endpoint.base_url`.
"""
