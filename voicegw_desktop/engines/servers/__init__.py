"""Model servers beside the workers: Ollama, OpenAI-compatible and Wyoming servers."""
