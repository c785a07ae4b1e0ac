"""What the tests of `ai` share."""

KEY = "sk-" + "keyOfTheseTests0123456789abcdefgh"
MODELS = {
    "openai": "gpt-6.1-sol",
    "anthropic": "claude-sonnet-5-5",
    "mistral": "mistral-medium-latest",
    "groq": "openai/gpt-oss-120b",
}
