"""Operations as MCP tools."""
