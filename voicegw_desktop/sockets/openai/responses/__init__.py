"""OpenAI's Responses route, made out of chat for every target that chats."""
