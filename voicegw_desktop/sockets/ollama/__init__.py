"""The door in Ollama's form: chat, generate, embeddings and the list of models, for every target that chats."""
