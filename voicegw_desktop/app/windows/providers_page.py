"""Providers elsewhere: their keys, masked; their addresses; and whether they answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QProgressBar

from voicegw_desktop.app.actions import Actions
from voicegw_desktop.app.language import capital, tr
from voicegw_desktop.app.viewmodels import keys
from voicegw_desktop.app.viewmodels.overview import Overview
from voicegw_desktop.app.viewmodels.sentences import reason, told
from voicegw_desktop.app.viewmodels.store import summary
from voicegw_desktop.app.viewmodels.words import millis
from voicegw_desktop.app.windows.choice import Choice
from voicegw_desktop.app.windows.form import Form, FormPage, line, show_fixed
from voicegw_desktop.app.windows.parts import Card, Elided, button, say
from voicegw_desktop.app.windows.rows import Column, grouped
from voicegw_desktop.app.windows.table import Table
from voicegw_desktop.core.typed import Record, number, record, records, text

BAR = 120  # px
VAULTS = {
    "keychain": "Keys are kept in this system's keychain.",
    "sealed file": "Keys are kept in a sealed file that only you can read.",
}


COLUMNS: tuple[Column[Record], ...] = (
    Column("Provider", lambda p: str(p["id"]), letter=True, tip=lambda p: str(p.get("base_url") or p["id"])),
    Column("Does", keys.does, 22, tone=lambda _: "muted", rank=1),
    Column("Key", keys.key_words, 16, tone=lambda p: "" if p.get("api_key") else "muted"),
    Column("Test", keys.tested, tone=keys.tone),
)


class ProvidersPage(FormPage):
    """One row a provider, and a form for the chosen one."""

    def __init__(self, overview: Overview, actions: Actions) -> None:
        super().__init__("Providers and keys")
        self._view, self._do = overview, actions
        self._providers: list[Record] = []
        self._tests: dict[str, Record] = {}
        self._shown = ""
        self._lacking = False
        """Whether the pack with the plugins of cloud providers can be fetched."""
        self._seen = overview.vault_state
        self._installed = overview.installed

    def build(self) -> Iterator[None]:
        self._vault = Elided("", "muted", Qt.TextElideMode.ElideRight)
        self._vault.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.top.addWidget(self._vault, 1)
        self._move = button("", press=self._move_keys)
        self.top.addWidget(self._move)
        yield
        card = Card()
        self.column.addWidget(card, 1)
        yield
        self.table = Table("Providers", COLUMNS, lambda p: p["id"])
        yield
        self.table.picked.connect(self._picked)
        card.add(self.table, 1)
        yield
        self.form = Form()
        self.column.addWidget(self.form)
        self._name = line("gpu-box")
        self._kind = Choice("Kind")
        kinds = keys.server_kinds()
        self._kind.show_pairs(kinds, kinds[0][1])
        yield
        self.key = line(secret=True)
        self._address = line(capital(tr("the provider's default")))
        self.form.put("Name", self._name)
        self.form.put("Kind", self._kind)
        self.form.put("API key", self.key)
        self.form.put("Address", self._address)
        yield
        self._save = button("Save", "key-round", "primary", press=self._save_it)
        self._test = button("Test", "plug-zap", press=self._test_it)
        self._forget = button("Forget", "trash-2", press=self._forget_it)
        add = button("Add a server", "hard-drive", press=lambda: self.begin(self._name))
        self.form.buttons.addWidget(add)
        self.form.buttons.addStretch(1)
        yield
        self._get_key = button("Get a key", "info", press=self._open_key_page)
        self._fetch = button("Fetch its package", "download", press=self._fetch_it)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(BAR)
        self._bar.setAccessibleName(tr("Fetch its package"))
        self._bar.hide()
        self.form.buttons.addWidget(self._bar)
        for push in (self._fetch, self._forget, self._get_key, self._test, self._save):
            self.form.buttons.addWidget(push)
        self.key.returnPressed.connect(self._save_it)
        self._address.returnPressed.connect(self._save_it)

    def on_shown(self) -> None:
        self._ask()

    def _ask(self) -> None:
        if self._view.life != "running":
            return

        def take(answer: Mapping[str, object]) -> None:
            self._providers = [p for p in records(answer["providers"]) if p["type"] == "cloud"]
            self._show()

        def offered(answer: Mapping[str, object]) -> None:
            packs = [p for p in records(answer.get("packs")) if p["name"] == keys.CLOUD]
            self._lacking = any(not p["installed"] for p in packs)
            self._show_form()

        self._do.run("list_providers", take)
        # a key of one project may not ask that: then there is no button
        self._do.run("list_packs", offered, on_error=lambda _error: None)

    def refresh(self) -> None:
        """Say where keys are kept, and offer the other place."""
        self._vault.show_text(told(self._view.vault_closed) or tr(VAULTS.get(self._view.vault, "")))
        to_keychain = self._view.vault == "sealed file"
        self._move.setText(tr("Move to the keychain") if to_keychain else tr("Move to a file"))
        self._move.setVisible(self._view.life == "running")
        self._show_fetching()
        known = (self._view.vault_state, self._view.installed)
        if known != (self._seen, self._installed):
            self._seen, self._installed = known
            self._ask()

    def _show_fetching(self) -> None:
        pull = self._do.fetching_pack(keys.CLOUD)
        say(self._fetch, tr("Stop fetching") if pull else tr("Fetch its package"))
        self._bar.setVisible(pull is not None and self._fetch.isVisible())
        if pull is not None:
            # never without an end: Qt would animate that
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * pull.share))
            self._bar.setToolTip(summary([pull]))
            self._bar.setAccessibleDescription(summary([pull]))

    def _fetch_it(self) -> None:
        """Fetch the plugins of cloud providers, or stop that."""
        if self._do.fetching_pack(keys.CLOUD):
            self._do.stop_pack(keys.CLOUD)
            return

        def here(_: object) -> None:
            self._do.said(tr("The plugins for cloud providers are here"))
            self._ask()

        self._do.fetch_pack(keys.CLOUD, tr("Fetch the plugins for cloud providers?"), here)

    def _move_keys(self) -> None:
        self._do.move_vault("keychain" if self._view.vault == "sealed file" else "file")

    def _show(self) -> None:
        shown = [{**p, "test": self._tests.get(str(p["id"]))} for p in self._providers]
        self.table.show_rows(grouped(keys.groups(shown)))
        if self.table.chosen() is None and shown and not self._new:
            self.table.choose_first()
        self._show_form()

    def _show_form(self) -> None:
        provider: Record | None = self.table.chosen()
        shown = "new" if self._new or provider is None else str(provider["id"])
        if shown != self._shown:
            self._shown = shown
            for edit in (self._name, self.key, self._address):
                edit.clear()
            self.form.tell("")
        self.form.show_field(self._name, shown == "new")
        self.form.show_field(self._kind, shown == "new")
        if provider is None or self._new:
            self.form.entitle(
                tr("A server of your own"),
                tr("vLLM, LM Studio, LiteLLM, llama-server, Ollama, or a Wyoming server."),
            )
            self._address.setPlaceholderText("http://gpu-box:8000/v1, http://gpu-box:11434, wyoming://gpu-box:10300")
            for push in (self._test, self._forget, self._get_key, self._fetch, self._bar):
                push.hide()
            return
        self.form.entitle(str(provider["id"]), keys.note(provider, self._lacking))
        self.key.setPlaceholderText(text(provider.get("api_key")) or capital(tr("paste a key")))
        self._address.setPlaceholderText(text(provider.get("base_url")) or capital(tr("the provider's default")))
        in_file = provider["source"] == "yaml"
        show_fixed(self._address, in_file)
        self._fetch.setVisible(self._lacking and not provider["installed"])
        self._show_fetching()
        why = keys.untested_because(provider)
        self._test.setVisible(True)
        self._test.setEnabled(not why)
        self._test.setToolTip(why)
        self._test.setAccessibleDescription(why)
        self._get_key.setVisible(bool(provider.get("key_page")))
        self._forget.setVisible(not in_file and bool(provider.get("api_key") or provider["source"] == "db"))

    def _open_key_page(self) -> None:
        provider: Record | None = self.table.chosen()
        if provider is not None:
            QDesktopServices.openUrl(QUrl(text(provider.get("key_page"))))

    def _save_it(self) -> None:
        key, address = self.key.text().strip(), self._address.text().strip()
        provider: Record | None = self.table.chosen()

        def saved(answer: Mapping[str, object]) -> None:
            name = str(record(answer["provider"])["id"])
            self._new = False
            self._shown = ""
            self._tests.pop(name, None)
            self._do.said(tr("{name}: saved", name=name))
            self._do.reload_models()
            self._ask()

        if self._new or provider is None:
            name = self._name.text().strip()
            if not name or not address:
                self.form.tell(tr("A server needs a name and an address."))
                return
            self._do.run(
                "add_provider", saved, on_error=self._broke, provider_id=name,
                provider_type=self._kind.value(), base_url=address, **({"api_key": key} if key else {}),
            )  # fmt: skip
        elif address:
            self._do.run(
                "add_provider", saved, on_error=self._broke, provider_id=provider["name"], base_url=address,
                provider_type=provider["provider"], project=provider["project"],
                **({"api_key": key} if key else {}),
            )  # fmt: skip
        elif key:
            self._do.run("set_provider_key", saved, on_error=self._broke, provider_id=provider["id"], api_key=key)
        else:
            self.form.tell(tr("Paste a key or an address first."))

    def _test_it(self) -> None:
        provider: Record | None = self.table.chosen()
        if provider is None:
            return
        name = str(provider["id"])

        def take(answer: Mapping[str, object]) -> None:
            self._tests[name] = {**answer}
            good = tr("{name} answers in {time}.", name=name, time=millis(number(answer["ms"])))
            self.form.tell(good if answer["ok"] else f"{name}: {answer['message']}", "good" if answer["ok"] else "bad")
            self._show()

        self.form.tell(tr("Asking {name} …", name=name), "muted")
        self._do.run("test_provider", take, on_error=self._broke, provider_id=name)

    def _forget_it(self) -> None:
        provider: Record | None = self.table.chosen()
        if provider is None:
            return
        name = str(provider["id"])

        def gone(_: object) -> None:
            self._tests.pop(name, None)
            self._do.said(tr("{name}: forgotten", name=name))
            self._ask()

        self._do.confirmed(
            tr("Forget {name}?", name=name),
            tr("Forget"),
            "delete_provider",
            gone,
            on_error=self._broke,
            provider_id=name,
        )

    def _broke(self, error: BaseException) -> None:
        self.form.tell(reason(error))
