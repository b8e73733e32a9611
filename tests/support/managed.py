"""A storage with managed rows only, for tests of the merge."""

from __future__ import annotations

from typing import Any


class FakeManaged:
    """Rows as given; SQLiteStorage's names."""

    def __init__(self, providers: Any = (), models: Any = (), projects: Any = ()) -> None:
        self.providers, self.models, self.projects = list(providers), list(models), list(projects)

    async def list_managed_providers(self) -> list[Any]:
        return self.providers

    async def list_managed_budgets(self) -> list[Any]:
        return []

    async def list_managed_models(self) -> list[Any]:
        return self.models

    async def list_managed_projects(self) -> list[Any]:
        return self.projects
