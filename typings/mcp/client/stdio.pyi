"""The transport over a program's standard input and output."""

from contextlib import AbstractAsyncContextManager

from mcp import StdioServerParameters

def stdio_client(server: StdioServerParameters) -> AbstractAsyncContextManager[tuple[object, object]]: ...
