"""Operations on projects: who pays, and how much a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicegw_desktop.core.errors import BadRequest, did_you_mean
from voicegw_desktop.core.text import check_label, check_name
from voicegw_desktop.core.typed import Record, record
from voicegw_desktop.gateway.operate.models import database, try_row
from voicegw_desktop.gateway.operate.table import Param, operation, preview

if TYPE_CHECKING:
    from voicegw_desktop.gateway.gateway import Gateway

ID = Param("project_id", "string", "The project's id.", required=True)
NEW = Param("project_id", "string", "The new project's id.", required=True, rule=check_name)
SETTINGS = (
    Param("name", "string", "For people.", rule=check_label),
    Param("description", "string", "For people."),
    Param("daily_budget", "number", "US dollars a day.", nullable=True, admin=True),
    Param("weekly_budget", "number", "US dollars from Monday to Sunday.", nullable=True, admin=True),
    Param("monthly_budget", "number", "US dollars a calendar month.", nullable=True, admin=True),
    Param(
        "budget_action",
        "string",
        "What happens when a budget is spent.",
        choices=("warn", "throttle", "block"),
        admin=True,
    ),
    Param(
        "unpriced",
        "string",
        "What its budget does with models of unknown price.",
        choices=("allow", "block"),
        admin=True,
    ),
    Param("default_stack", "string", "A stack's name.", nullable=True),
    Param("tags", "array", "Words of your own."),
)


@operation("list_projects", "GET", "/v1/projects", verb="projects")
async def list_projects(gateway: Gateway, only: str | None = None) -> Record:
    """Every project, whether the file, the database or the program defined it, and which settings the file sets."""
    written = {} if gateway.file_config.embedded else record(gateway.file_config.data.get("projects"))
    return {
        "projects": [
            {**project, "in_file": sorted(record(written.get(project["id"])))}
            for project in gateway.list_projects()
            if only in (None, project["id"])
        ]
    }


@operation("get_project", "GET", "/v1/projects/{project_id}", ID, verb="project")
async def get_project(gateway: Gateway, project_id: str) -> Record:
    """One project, what it spent today, and where its budgets stand."""
    from voicegw_desktop.gateway.operate.usage import plain

    gateway.project(project_id)
    found = next(p for p in gateway.list_projects() if p["id"] == project_id)
    budgets = gateway.budget_enforcer
    return {
        "project": found,
        "today": await gateway.cost_summary("today", project_id),
        "budget": plain(budgets.get_budget_status(project_id)),
        "budgets": [plain(budgets.status(budget)) for budget in budgets.budgets(project_id) if budget.project],
    }


@operation("create_project", "POST", "/v1/projects", NEW, *SETTINGS, verb="projects create", live=True)
async def create_project(gateway: Gateway, project_id: str, **settings: object) -> Record:
    """Make a project in the database."""
    if project_id in gateway.config.projects:
        raise BadRequest(f'There is a project "{project_id}" already; update it instead.', param="project_id")
    return await _write(gateway, project_id, settings)


@operation("update_project", "PATCH", "/v1/projects/{project_id}", ID, *SETTINGS, verb="projects update", live=True)
async def update_project(gateway: Gateway, project_id: str, **settings: object) -> Record:
    """Change a project; what the file sets stays as the file says."""
    gateway.project(project_id)
    written = record(record(gateway.file_config.data.get("projects")).get(project_id))
    if gateway.file_config.embedded:
        # no file says so: what the program brings can be changed, and what is not changed stays
        if "default_stack" in settings and not settings["default_stack"] and written.get("default_stack"):
            raise BadRequest(
                f'"{project_id}" needs a stack while there is no voicegw.yaml; choose another one.',
                param="default_stack",
            )
        settings = {p.name: written[p.name] for p in SETTINGS if p.name in written} | settings
    elif fixed := sorted(set(settings) & set(written)):
        raise BadRequest(
            f"projects.{project_id}.{fixed[0]} is written in {gateway.config.path}, and the file wins.",
            param=fixed[0],
        )
    known = await database(gateway).get_managed_project(project_id)
    if known is not None:
        from voicegw_desktop.config.manager import row_dict

        before = row_dict(known)
        settings = {p.name: before[p.name] for p in SETTINGS if before.get(p.name) is not None} | settings
    return await _write(gateway, project_id, settings)


@operation(
    "delete_project", "DELETE", "/v1/projects/{project_id}", ID, verb="projects delete", destructive=True, live=True
)
async def delete_project(gateway: Gateway, project_id: str, confirm: bool = False) -> Record:
    """Forget a project of the database; its records stay, its keys are revoked."""
    project = gateway.project(project_id)
    if project.source == "yaml":
        raise BadRequest(f'The project "{project_id}" is written in {gateway.config.path}; remove it there.')
    if project_id == gateway.config.default_project:
        raise BadRequest(f'"{project_id}" is the default project; choose another default_project first.')
    keys = [key.id for key in gateway.keys.list() if key.project == project_id]
    if not confirm:
        return preview(f'delete the project "{project_id}" and revoke its keys', keys=keys)
    await database(gateway).delete_managed_project(project_id)
    for key_id in keys:
        await gateway.keys.revoke(key_id)
    await gateway.refresh_config()
    return {"deleted": project_id, "revoked_keys": keys}


async def _write(gateway: Gateway, project_id: str, settings: dict[str, object]) -> Record:
    # the shape of the file is a heavy import, and a command that asks a running gateway needs none of it
    from pydantic import ValidationError

    from voicegw_desktop.config.problems import describe
    from voicegw_desktop.config.schema import ProjectConfig

    try:
        checked = ProjectConfig.model_validate({k: v for k, v in settings.items() if v is not None})
    except ValidationError as error:
        first = describe(error, ProjectConfig, {})[0]
        raise BadRequest(first, param=first.partition(":")[0]) from error
    stack = checked.default_stack
    if stack and stack not in gateway.config.stacks:
        raise BadRequest(
            f'There is no stack "{stack}".{did_you_mean(stack, gateway.config.stacks)}', param="default_stack"
        )
    columns = {
        "name": checked.name or project_id,
        "description": checked.description,
        "daily_budget": checked.daily_budget,
        "weekly_budget": checked.weekly_budget,
        "monthly_budget": checked.monthly_budget,
        "budget_action": checked.budget_action,
        "unpriced": checked.unpriced,
        "default_stack": stack,
        "tags": list(checked.tags),
    }
    await try_row(gateway, "project", {"project_id": project_id, **columns})
    await database(gateway).upsert_managed_project(project_id, **columns)
    await gateway.refresh_config()
    return {"project": next(p for p in gateway.list_projects() if p["id"] == project_id)}
