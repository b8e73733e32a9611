"""The door in Anthropic's form: Messages, made out of chat for every target that chats."""
