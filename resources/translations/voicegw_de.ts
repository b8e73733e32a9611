<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>voicegw</name>
    <message>
        <source>This will {would}.{more}</source>
        <translation>Das bewirkt: {would}.{more}</translation>
    </message>
    <message>
        <source>Move the keys?</source>
        <translation>Schlüssel verschieben?</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Verschieben</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation>{model} entfernen?</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Checking {model} …</source>
        <translation>{model} wird geprüft …</translation>
    </message>
    <message>
        <source>{id} is installed</source>
        <translation>{id} ist installiert</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>Holen</translation>
    </message>
    <message>
        <source>{voice} speaks …</source>
        <translation>{voice} spricht …</translation>
    </message>
    <message>
        <source> It is named in: {join}.</source>
        <translation> Es wird genannt in: {join}.</translation>
    </message>
    <message>
        <source>{moved} secrets are in the {kind}</source>
        <translation>{moved} Geheimnisse liegen jetzt hier: {kind}</translation>
    </message>
    <message>
        <source>{what} copied</source>
        <translation>{what} kopiert</translation>
    </message>
    <message>
        <source>{model} removed</source>
        <translation>{model} entfernt</translation>
    </message>
    <message>
        <source>{error} The answer is in {audio}.</source>
        <translation>{error} Die Antwort liegt in {audio}.</translation>
    </message>
    <message>
        <source>{v} could not be opened. Open it in your file manager.</source>
        <translation>Nichts hat {v} geöffnet: von Hand öffnen.</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>API-Schlüssel</translation>
    </message>
    <message>
        <source>{model}: all files are intact</source>
        <translation>{model}: jedes Byte stimmt</translation>
    </message>
    <message>
        <source>VoiceGateway runs in the tray: its icon shows the state, and it keeps serving when the window is closed.</source>
        <translation>VoiceGateway wohnt im Infobereich: Das Symbol zeigt den Zustand, und es arbeitet weiter, wenn das Fenster geschlossen ist.</translation>
    </message>
    <message>
        <source>{those} now. Quitting ends {v}; the clients are told.</source>
        <translation>{those}. Beenden bricht {v} ab; die Clients erfahren es.</translation>
    </message>
    <message>
        <source>{running} requests run</source>
        <translation>{running} Anfragen laufen</translation>
    </message>
    <message>
        <source>One request runs</source>
        <translation>Eine Anfrage läuft</translation>
    </message>
    <message>
        <source>them</source>
        <translation>sie</translation>
    </message>
    <message>
        <source>it</source>
        <translation>sie</translation>
    </message>
    <message>
        <source>Quit VoiceGateway?</source>
        <translation>VoiceGateway beenden?</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Quitting</source>
        <translation>Wird beendet</translation>
    </message>
    <message>
        <source>The program has an error. Start it again, or copy the report on the page Help and send it to the developers.</source>
        <translation>Ein Fehler im Programm; starten Sie es neu, oder kopieren Sie den Bericht auf der Seite Hilfe für dessen Entwickler.</translation>
    </message>
    <message>
        <source>Stopped by you; requests are refused.</source>
        <translation>Von dir angehalten; Anfragen werden abgelehnt.</translation>
    </message>
    <message>
        <source>VoiceGateway keeps running in the tray; click the icon to reopen this window.</source>
        <translation>VoiceGateway läuft im Infobereich weiter; ein Klick auf das Symbol öffnet dieses Fenster wieder.</translation>
    </message>
    <message>
        <source>The answer did not finish within {RECORDED_LIMIT} s.</source>
        <translation>Innerhalb von {RECORDED_LIMIT} s kam keine ganze Antwort.</translation>
    </message>
    <message>
        <source>The program ended unexpectedly last time. Help has the log and a report to copy.</source>
        <translation>Das Programm endete beim letzten Mal unaufgefordert. Die Hilfe hat das Protokoll und einen Bericht zum Kopieren.</translation>
    </message>
    <message>
        <source>{written} rows written</source>
        <translation>{written} Zeilen geschrieben</translation>
    </message>
    <message>
        <source>The gateway was started outside this window: Quit leaves it running.</source>
        <translation>Das Gateway wurde außerhalb dieses Fensters gestartet: Beim Beenden läuft es weiter.</translation>
    </message>
    <message>
        <source>Attached to {address}</source>
        <translation>Verbunden mit {address}</translation>
    </message>
    <message>
        <source>Kept as the routes</source>
        <translation>Als Routen übernommen</translation>
    </message>
    <message>
        <source>{error} You can type, or ask the recorded question.</source>
        <translation>{error} Du kannst tippen oder die aufgenommene Frage stellen.</translation>
    </message>
    <message>
        <source>Talk was stopped by a fault in this program. Try again; the log on the page Help tells more.</source>
        <translation>Ein Fehler in diesem Programm hat das Gespräch beendet. Versuch es noch einmal; mehr steht im Protokoll auf der Seite Hilfe.</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, or type.</source>
        <translation>Kein Mikrofon gefunden. Schließe eines an oder tippe.</translation>
    </message>
    <message>
        <source>{error} The answer is shown, not heard.</source>
        <translation>{error} Die Antwort wird gezeigt, nicht gesprochen.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window ends the program.</source>
        <translation>Dieser Desktop zeigt keine Tray-Symbole. Wird dieses Fenster geschlossen, endet das Programm.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window leaves the gateway running.</source>
        <translation>Dieser Desktop zeigt keine Tray-Symbole. Wird dieses Fenster geschlossen, läuft das Gateway weiter.</translation>
    </message>
    <message>
        <source>VoiceGateway: {why}</source>
        <translation>VoiceGateway: {why}</translation>
    </message>
    <message>
        <source>Today {amount}</source>
        <translation>Heute {amount}</translation>
    </message>
    <message>
        <source>Last turn {time}</source>
        <translation>Letzter Wechsel {time}</translation>
    </message>
    <message>
        <source>Other machines can connect without TLS</source>
        <translation>Andere Rechner können sich ohne TLS verbinden</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>startet</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>working</source>
        <translation>arbeitet</translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation>braucht Aufmerksamkeit</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>today {amount}, {count}</source>
        <translation>heute {amount}, {count}</translation>
    </message>
    <message>
        <source>Open window</source>
        <translation>Fenster öffnen</translation>
    </message>
    <message>
        <source>VoiceGateway: {v}{told}</source>
        <translation>VoiceGateway: {v}{told}</translation>
    </message>
    <message>
        <source>Stack: {v}</source>
        <translation>Stack: {v}</translation>
    </message>
    <message>
        <source>Warning: other machines can connect without TLS</source>
        <translation>Warnung: Andere Rechner können sich ohne TLS verbinden</translation>
    </message>
    <message>
        <source>Copy API key</source>
        <translation>API-Schlüssel kopieren</translation>
    </message>
    <message>
        <source>No API key: not serving</source>
        <translation>Kein API-Schlüssel: nicht in Betrieb</translation>
    </message>
    <message>
        <source>Unlock the keychain</source>
        <translation>Schlüsselbund entsperren</translation>
    </message>
    <message>
        <source>Offline: nothing leaves this machine</source>
        <translation>Offline: nichts verlässt diesen Rechner</translation>
    </message>
    <message numerus="yes">
        <source>%n live session(s)</source>
        <translation>
            <numerusform>%n laufende Sitzung</numerusform>
            <numerusform>%n laufende Sitzungen</numerusform>
        </translation>
    </message>
    <message>
        <source>{v} of {amount}</source>
        <translation>{v} von {amount}</translation>
    </message>
    <message>
        <source>No model for it is installed: open the window, page Models</source>
        <translation>Nichts dafür installiert: Fenster öffnen, Seite Modelle</translation>
    </message>
    <message>
        <source>Add stacks in voicegw.yaml, section stacks</source>
        <translation>Stacks in voicegw.yaml anlegen, Abschnitt stacks</translation>
    </message>
    <message>
        <source>No model installed: open the window, page Models</source>
        <translation>Kein Modell installiert: Fenster öffnen, Seite Modelle</translation>
    </message>
    <message>
        <source>Copy {endpoint}</source>
        <translation>{endpoint} kopieren</translation>
    </message>
    <message>
        <source>No endpoint: not serving</source>
        <translation>Keine Adresse: nicht in Betrieb</translation>
    </message>
    <message>
        <source> (last {last})</source>
        <translation> (zuletzt {last})</translation>
    </message>
    <message>
        <source>Engines: {running} in memory</source>
        <translation>Engines: {running} im Speicher</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n Anfrage</numerusform>
            <numerusform>%n Anfragen</numerusform>
        </translation>
    </message>
    <message>
        <source>budget spent</source>
        <translation>Budget verbraucht</translation>
    </message>
    <message>
        <source>budget nearly spent</source>
        <translation>Budget fast verbraucht</translation>
    </message>
    <message>
        <source>Last turn {time}: {stages}</source>
        <translation>Letzter Wechsel {time}: {stages}</translation>
    </message>
    <message>
        <source> and {n} more</source>
        <translation> und {n} weitere</translation>
    </message>
    <message>
        <source>Left {left_when}: {amount}, to {first}{others}</source>
        <translation>Abgeflossen {left_when}: {amount}, an {first}{others}</translation>
    </message>
    <message>
        <source>Fetching {summary}</source>
        <translation>Wird geholt: {summary}</translation>
    </message>
    <message>
        <source>Stop serving</source>
        <translation>Dienst anhalten</translation>
    </message>
    <message>
        <source>Start serving</source>
        <translation>Dienst starten</translation>
    </message>
    <message>
        <source>As requested</source>
        <translation>Wie angefragt</translation>
    </message>
    <message>
        <source>More in the window</source>
        <translation>Mehr im Fenster</translation>
    </message>
    <message>
        <source>Each project's own</source>
        <translation>Je nach Projekt</translation>
    </message>
    <message>
        <source>as each project says</source>
        <translation>wie im Projekt</translation>
    </message>
    <message>
        <source>as requested</source>
        <translation>wie angefragt</translation>
    </message>
    <message>
        <source>{used} of {amount}</source>
        <translation>{used} von {amount}</translation>
    </message>
    <message>
        <source>Over the budget at this pace: {budgets}</source>
        <translation>So wird das Budget überschritten: {budgets}</translation>
    </message>
    <message>
        <source>As served: {amount}</source>
        <translation>Wie bedient: {amount}</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>Rechner</translation>
    </message>
    <message>
        <source>{used}, {amount} over</source>
        <translation>{used}, {amount} darüber</translation>
    </message>
    <message>
        <source>At this pace it ends at {amount}.</source>
        <translation>Bei diesem Tempo endet er bei {amount}.</translation>
    </message>
    <message>
        <source>, {count} without a price</source>
        <translation>, {count} ohne Preis</translation>
    </message>
    <message>
        <source>day</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>week</source>
        <translation>Woche</translation>
    </message>
    <message>
        <source>month</source>
        <translation>Monat</translation>
    </message>
    <message>
        <source>The gateway could not do this.</source>
        <translation>Das Gateway konnte das nicht ausführen.</translation>
    </message>
    <message>
        <source>A key is missing or refused.</source>
        <translation>Ein Schlüssel fehlt oder wurde abgelehnt.</translation>
    </message>
    <message>
        <source>A value is not valid.</source>
        <translation>Ein Wert ist nicht so, wie er sein muss.</translation>
    </message>
    <message>
        <source>An update is being installed already.</source>
        <translation>Ein Update wird bereits installiert.</translation>
    </message>
    <message>
        <source>Fetching was stopped.</source>
        <translation>Das Holen wurde angehalten.</translation>
    </message>
    <message>
        <source>Microphone or speaker does not answer.</source>
        <translation>Mikrofon oder Lautsprecher antwortet nicht.</translation>
    </message>
    <message>
        <source>Nothing may leave this machine now.</source>
        <translation>Jetzt darf nichts diesen Rechner verlassen.</translation>
    </message>
    <message>
        <source>It does not exist.</source>
        <translation>Das gibt es nicht.</translation>
    </message>
    <message>
        <source>The budget is spent.</source>
        <translation>Das Budget ist verbraucht.</translation>
    </message>
    <message>
        <source>The configuration cannot be used.</source>
        <translation>Die Konfiguration ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>The database cannot be used.</source>
        <translation>Die Datenbank ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>The engine does not answer.</source>
        <translation>Die Engine antwortet nicht.</translation>
    </message>
    <message>
        <source>The engine is not installed.</source>
        <translation>Die Engine ist nicht installiert.</translation>
    </message>
    <message>
        <source>The files of the model cannot be used.</source>
        <translation>Die Dateien des Modells sind nicht verwendbar.</translation>
    </message>
    <message>
        <source>The keychain is locked, so the keys in it cannot be used.</source>
        <translation>Der Schlüsselbund ist gesperrt; die Schlüssel darin sind nicht nutzbar.</translation>
    </message>
    <message>
        <source>The model is in use.</source>
        <translation>Das Modell wird gerade benutzt.</translation>
    </message>
    <message>
        <source>The model is not installed.</source>
        <translation>Das Modell ist nicht installiert.</translation>
    </message>
    <message>
        <source>The model needs more memory than there is.</source>
        <translation>Das Modell braucht mehr Speicher, als da ist.</translation>
    </message>
    <message>
        <source>The pack cannot be used.</source>
        <translation>Das Paket ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>The provider does not answer as it should.</source>
        <translation>Der Anbieter antwortet nicht, wie er soll.</translation>
    </message>
    <message>
        <source>The request was stopped.</source>
        <translation>Die Anfrage wurde angehalten.</translation>
    </message>
    <message>
        <source>The update cannot be used.</source>
        <translation>Das Update ist nicht verwendbar.</translation>
    </message>
    <message>
        <source>This cannot be done here.</source>
        <translation>Das geht hier nicht.</translation>
    </message>
    <message>
        <source>This is not allowed.</source>
        <translation>Das ist nicht erlaubt.</translation>
    </message>
    <message>
        <source>Too many requests at once.</source>
        <translation>Zu viele Anfragen auf einmal.</translation>
    </message>
    <message>
        <source>{fault} In English: {said}</source>
        <translation>{fault} Auf Englisch: {said}</translation>
    </message>
    <message>
        <source>No connection. Nothing was fetched; try again when the network is back.</source>
        <translation>Keine Verbindung. Nichts wurde geholt; versuche es wieder, wenn das Netz da ist.</translation>
    </message>
    <message>
        <source>{size} of {size2}{left}.</source>
        <translation>{size} von {size2}{left}.</translation>
    </message>
    <message>
        <source>{n} models could not be fetched. {first}</source>
        <translation>{n} Modelle konnten nicht geholt werden. {first}</translation>
    </message>
    <message>
        <source>, about {time} to go</source>
        <translation>, noch etwa {time}</translation>
    </message>
    <message>
        <source>It could not be fetched.</source>
        <translation>Es konnte nicht geholt werden.</translation>
    </message>
    <message numerus="yes">
        <source>%n session(s)</source>
        <translation>
            <numerusform>%n Sitzung</numerusform>
            <numerusform>%n Sitzungen</numerusform>
        </translation>
    </message>
    <message>
        <source>{told}. Scroll down for older ones.</source>
        <translation>{told}. Weiter unten folgen ältere.</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>unknown: no price of it is known</source>
        <translation>unbekannt: kein Preis bekannt</translation>
    </message>
    <message>
        <source>{unpriced} without a price</source>
        <translation>{unpriced} ohne Preis</translation>
    </message>
    <message>
        <source>Served by</source>
        <translation>Bedient von</translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation>Verlangt</translation>
    </message>
    <message>
        <source>Should have</source>
        <translation>Eigentlich</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>First byte</source>
        <translation>Erstes Byte</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Gesamt</translation>
    </message>
    <message>
        <source>In the gateway</source>
        <translation>Im Gateway</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Projekt</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Came by</source>
        <translation>Kam über</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Id</translation>
    </message>
    <message>
        <source>free</source>
        <translation>kostenlos</translation>
    </message>
    <message>
        <source>{instead} failed, and {target} took over</source>
        <translation>{instead} fiel aus, {target} übernahm</translation>
    </message>
    <message>
        <source>an estimate</source>
        <translation>geschätzt</translation>
    </message>
    <message>
        <source>as billed</source>
        <translation>wie berechnet</translation>
    </message>
    <message>
        <source>speech</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>language</source>
        <translation>Text</translation>
    </message>
    <message>
        <source>voices</source>
        <translation>Stimmen</translation>
    </message>
    <message>
        <source>OpenAI-compatible server</source>
        <translation>OpenAI-kompatibler Server</translation>
    </message>
    <message>
        <source>Wyoming server</source>
        <translation>Wyoming-Server</translation>
    </message>
    <message>
        <source>answers in {time}</source>
        <translation>antwortet in {time}</translation>
    </message>
    <message>
        <source>keychain locked</source>
        <translation>Schlüsselbund gesperrt</translation>
    </message>
    <message>
        <source>none needed</source>
        <translation>keiner nötig</translation>
    </message>
    <message>
        <source>It cannot be tested: its package is not installed.</source>
        <translation>Nicht prüfbar: Das Paket ist nicht installiert.</translation>
    </message>
    <message>
        <source>It cannot be tested: the keychain that holds its key is locked.</source>
        <translation>Nicht prüfbar: Der Schlüsselbund mit dem Schlüssel ist gesperrt.</translation>
    </message>
    <message>
        <source>It can be tested once it has a key.</source>
        <translation>Prüfbar, sobald ein Schlüssel da ist.</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Keychain locked</source>
        <translation>Schlüsselbund gesperrt</translation>
    </message>
    <message>
        <source>Servers of your own</source>
        <translation>Eigene Server</translation>
    </message>
    <message>
        <source>Needs a key</source>
        <translation>Braucht einen Schlüssel</translation>
    </message>
    <message>
        <source>paste one below</source>
        <translation>unten einfügen</translation>
    </message>
    <message>
        <source>Needs a package</source>
        <translation>Braucht ein Paket</translation>
    </message>
    <message>
        <source>Unlocks: {what}.</source>
        <translation>Ermöglicht: {what}.</translation>
    </message>
    <message>
        <source>Its package is not installed.</source>
        <translation>Das Paket ist nicht installiert.</translation>
    </message>
    <message>
        <source>It is set in voicegw.yaml.</source>
        <translation>In voicegw.yaml festgelegt.</translation>
    </message>
    <message>
        <source>Install VoiceGateway with its part "cloud", as the README tells.</source>
        <translation>VoiceGateway mit seinem Teil "cloud" installieren, wie die README sagt.</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>lädt</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>beschäftigt</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>unloading</source>
        <translation>wird entladen</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>ausgefallen</translation>
    </message>
    <message>
        <source>answers</source>
        <translation>antwortet</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>antwortet nicht</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>bis {time}</translation>
    </message>
    <message>
        <source>network</source>
        <translation>Netz</translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation>
            <numerusform>%n Thread</numerusform>
            <numerusform>%n Threads</numerusform>
        </translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Ausgefallen</translation>
    </message>
    <message>
        <source>In memory</source>
        <translation>Im Speicher</translation>
    </message>
    <message>
        <source>Loaded when asked for</source>
        <translation>Wird bei Bedarf geladen</translation>
    </message>
    <message>
        <source>Not installed</source>
        <translation>Nicht installiert</translation>
    </message>
    <message>
        <source>Serves now</source>
        <translation>Bedient jetzt</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>Reserviert</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>Grafikkarte</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>Loaded in</source>
        <translation>Geladen in</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Zuletzt benutzt</translation>
    </message>
    <message>
        <source>Stays</source>
        <translation>Bleibt</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Prozess</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>Computes with</source>
        <translation>Rechnet mit</translation>
    </message>
    <message>
        <source>Would get</source>
        <translation>Bekäme</translation>
    </message>
    <message>
        <source>changed; taken when it is idle</source>
        <translation>geändert; gilt, sobald sie wartet</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
    <message>
        <source>The keychain asks</source>
        <translation>Der Schlüsselbund fragt</translation>
    </message>
    <message>
        <source>No keychain</source>
        <translation>Kein Schlüsselbund</translation>
    </message>
    <message>
        <source>Keep the keys in a file</source>
        <translation>Schlüssel in einer Datei halten</translation>
    </message>
    <message>
        <source>Keys in two places</source>
        <translation>Schlüssel an zwei Orten</translation>
    </message>
    <message>
        <source>Combine them</source>
        <translation>Zusammenführen</translation>
    </message>
    <message>
        <source>Check for new versions once a day? Only the list of versions is downloaded.</source>
        <translation>Neue Versionen: einmal am Tag danach sehen? Abgefragt wird nur die Liste der Versionen.</translation>
    </message>
    <message>
        <source>Another program has taken the port that voicegw.yaml sets. Write another number at serve.port there, or 0 for any free one, then try again.</source>
        <translation>Ein anderes Programm belegt den Port, den voicegw.yaml festlegt. Dort bei serve.port eine andere Zahl eintragen, oder 0 für irgendeinen freien, und es dann noch einmal versuchen.</translation>
    </message>
    <message>
        <source>Cannot serve</source>
        <translation>Kann nicht arbeiten</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>{name} failed: {reason}</source>
        <translation>{name} ist ausgefallen: {reason}</translation>
    </message>
    <message>
        <source>{name} failed.</source>
        <translation>{name} ist ausgefallen.</translation>
    </message>
    <message>
        <source>{message} ({more} more in Notices)</source>
        <translation>{message} ({more} weitere in Hinweise)</translation>
    </message>
    <message>
        <source>Check and tell me</source>
        <translation>Nachsehen und melden</translation>
    </message>
    <message>
        <source>Do not check</source>
        <translation>Nicht nachsehen</translation>
    </message>
    <message>
        <source>The port is taken</source>
        <translation>Der Port ist belegt</translation>
    </message>
    <message>
        <source>Use a free port</source>
        <translation>Freien Port nehmen</translation>
    </message>
    <message>
        <source>Open voicegw.yaml</source>
        <translation>voicegw.yaml öffnen</translation>
    </message>
    <message>
        <source>See budgets</source>
        <translation>Budgets ansehen</translation>
    </message>
    <message>
        <source>See requests</source>
        <translation>Anfragen ansehen</translation>
    </message>
    <message>
        <source>{name} failed</source>
        <translation>{name} ist ausgefallen</translation>
    </message>
    <message>
        <source>See engines</source>
        <translation>Engines ansehen</translation>
    </message>
    <message>
        <source>See notices</source>
        <translation>Hinweise ansehen</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>New versions</source>
        <translation>Neue Versionen</translation>
    </message>
    <message>
        <source>Not serving</source>
        <translation>Nicht in Betrieb</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>Ein Tipp</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Angehalten.</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>The microphone is open: an agent listens</source>
        <translation>Das Mikrofon ist offen: ein Agent hört zu</translation>
    </message>
    <message>
        <source>Ready, offline</source>
        <translation>Bereit, offline</translation>
    </message>
    <message>
        <source>since the start</source>
        <translation>seit dem Start</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Serving </source>
        <translation>Bedient </translation>
    </message>
    <message>
        <source>{stack}: not all on this machine, offline mode is on</source>
        <translation>{stack}: nicht alles auf diesem Rechner, der Offline-Modus ist an</translation>
    </message>
    <message>
        <source>{target}: not on this machine, offline mode is on</source>
        <translation>{target}: nicht auf diesem Rechner, der Offline-Modus ist an</translation>
    </message>
    <message>
        <source>{target}: needs a key, page Providers</source>
        <translation>{target}: braucht einen Schlüssel, Seite Anbieter</translation>
    </message>
    <message>
        <source>The proxy for {scheme} is a {kind} proxy, which is not supported. Set {variable}_PROXY to an http:// proxy, or add {host} to NO_PROXY to connect directly.</source>
        <translation>Der Proxy für {scheme} ist ein {kind}-Proxy, was nicht unterstützt wird. {variable}_PROXY auf einen http://-Proxy setzen oder {host} in NO_PROXY aufnehmen, um direkt zu verbinden.</translation>
    </message>
    <message>
        <source>The request asked for a {zone} target, and {target} is in the cloud. Set projects.{project}.allow_local_to_cloud: true to let such requests leave.</source>
        <translation>Die Anfrage verlangte ein Ziel der Zone {zone}, und {target} liegt in der Cloud. projects.{project}.allow_local_to_cloud: true setzen, damit solche Anfragen hinausdürfen.</translation>
    </message>
    <message>
        <source>{name} ({zone}) redirects {what} to {host} ({other}). A download stays in one zone; name another source.</source>
        <translation>{name} ({zone}) leitet {what} nach {host} ({other}) um. Ein Herunterladen bleibt in einer Zone; eine andere Quelle nennen.</translation>
    </message>
    <message>
        <source>This build names no key to check packs with. Set updates.keys in voicegw.yaml to the public key of those who made the packs at {place}.</source>
        <translation>Dieses Programm nennt keinen Schlüssel, mit dem Pakete geprüft werden. updates.keys in voicegw.yaml auf den öffentlichen Schlüssel derer setzen, die die Pakete unter {place} gemacht haben.</translation>
    </message>
    <message>
        <source>This build names no place for new versions. Set updates.address and updates.keys in voicegw.yaml, or take the newer package from where you got this one.</source>
        <translation>Dieses Programm nennt keinen Ort für neue Versionen. updates.address und updates.keys in voicegw.yaml setzen oder das neuere Paket dort holen, woher dieses kam.</translation>
    </message>
    <message>
        <source>This build names no key to check new versions with. Set updates.keys in voicegw.yaml to the public key of those who made the list at {place}.</source>
        <translation>Dieses Programm nennt keinen Schlüssel, mit dem neue Versionen geprüft werden. updates.keys in voicegw.yaml auf den öffentlichen Schlüssel derer setzen, die die Liste unter {place} gemacht haben.</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer: {why}. Start it there, or check the address.</source>
        <translation>Das Gateway unter {address} antwortet nicht: {why}. Starten Sie es dort, oder prüfen Sie die Adresse.</translation>
    </message>
    <message>
        <source>nothing listens there</source>
        <translation>dort lauscht nichts</translation>
    </message>
    <message>
        <source>the connection ended</source>
        <translation>die Verbindung wurde beendet</translation>
    </message>
    <message>
        <source>its certificate is not trusted</source>
        <translation>seinem Zertifikat wird nicht vertraut</translation>
    </message>
    <message>
        <source>The database {path} cannot be used ({error}): {next}.</source>
        <translation>Die Datenbank {path} ist nicht nutzbar ({error}): {next}.</translation>
    </message>
    <message>
        <source>a running gateway moves it aside within seconds and begins a new one</source>
        <translation>ein laufendes Gateway legt sie in Sekunden beiseite und beginnt eine neue</translation>
    </message>
    <message>
        <source>free space on its disk</source>
        <translation>auf ihrem Datenträger Platz schaffen</translation>
    </message>
    <message>
        <source>make the file and its folder writable for this user</source>
        <translation>Datei und Ordner für diesen Benutzer beschreibbar machen</translation>
    </message>
    <message>
        <source>another program holds it for long: try again</source>
        <translation>ein anderes Programm hält sie lange: erneut versuchen</translation>
    </message>
    <message>
        <source>check its disk and folder, cost_tracking.db_path and VOICEGW_DB_PATH</source>
        <translation>Datenträger, Ordner, cost_tracking.db_path und VOICEGW_DB_PATH prüfen</translation>
    </message>
    <message>
        <source>There is no provider "{name}". Known: {names}.</source>
        <translation>Es gibt keinen Anbieter „{name}“. Bekannt: {names}.</translation>
    </message>
    <message>
        <source>There is no provider "{name}".</source>
        <translation>Es gibt keinen Anbieter „{name}“.</translation>
    </message>
    <message>
        <source>"{field}" has {n} characters; at most {most} are taken.</source>
        <translation>„{field}“ hat {n} Zeichen; höchstens {most} gehen.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}", which {problem}; choose another name.</source>
        <translation>„{field}“ ist „{text}“; {problem}. Einen anderen Namen wählen.</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>das ist leer</translation>
    </message>
    <message>
        <source>begins or ends with a space</source>
        <translation>am Anfang oder Ende steht ein Leerzeichen</translation>
    </message>
    <message>
        <source>holds a slash</source>
        <translation>darin ist ein Schrägstrich</translation>
    </message>
    <message>
        <source>is or holds "{part}", which a path reads as a folder</source>
        <translation>darin ist „{part}“, in Pfaden ein Ordner</translation>
    </message>
    <message>
        <source>holds a control, format or line-break character</source>
        <translation>darin ist ein Steuerzeichen oder Zeilenumbruch</translation>
    </message>
    <message>
        <source>has {n} characters; at most {most} are taken</source>
        <translation>das sind {n} Zeichen, höchstens {most} gehen</translation>
    </message>
    <message>
        <source>{target} answered {status}: {said}</source>
        <translation>{target} antwortete mit {status}: {said}</translation>
    </message>
    <message>
        <source>{target} ended the stream before everything was answered.</source>
        <translation>{target} beendete den Datenstrom, bevor alles beantwortet war.</translation>
    </message>
    <message>
        <source>{target} took no audio for {n} s.</source>
        <translation>{target} nahm {n} s lang keinen Ton an.</translation>
    </message>
    <message>
        <source>{target} took no text for {n} s.</source>
        <translation>{target} nahm {n} s lang keinen Text an.</translation>
    </message>
    <message>
        <source>{target} sent no audio for {n} s before its text was spoken.</source>
        <translation>{target} schickte {n} s lang keinen Ton, obwohl noch Text zu sprechen war.</translation>
    </message>
    <message>
        <source>{target} sent audio that is not 16-bit samples.</source>
        <translation>{target} schickte Ton, der nicht aus 16-Bit-Werten besteht.</translation>
    </message>
    <message>
        <source>A person at the gateway stopped this request.</source>
        <translation>Jemand am Gateway hat diese Anfrage gestoppt.</translation>
    </message>
    <message>
        <source>The Wyoming server sends {rate} Hz, {width} bytes, {channels} channels.</source>
        <translation>Der Wyoming-Server sendet {rate} Hz, {width} Bytes, {channels} Kanäle.</translation>
    </message>
    <message>
        <source>The Wyoming server sends samples of {n} bytes; only 2 (int16) are understood.</source>
        <translation>Der Wyoming-Server sendet Abtastwerte von {n} Bytes; nur 2 (int16) werden verstanden.</translation>
    </message>
    <message>
        <source>The recording is empty (0 bytes).</source>
        <translation>Die Aufnahme ist leer (0 Byte).</translation>
    </message>
    <message>
        <source>The recording holds no sound.</source>
        <translation>Die Aufnahme enthält keinen Ton.</translation>
    </message>
    <message>
        <source>The recording is larger than {n} bytes.</source>
        <translation>Die Aufnahme ist größer als {n} Byte.</translation>
    </message>
    <message>
        <source>The recording is longer than {n} s.</source>
        <translation>Die Aufnahme ist länger als {n} s.</translation>
    </message>
    <message>
        <source>{target} cannot take {kind}; name a model that can, or leave them out.</source>
        <translation>{target} kann {kind} nicht verarbeiten; ein anderes Modell nennen oder es weglassen.</translation>
    </message>
    <message>
        <source>This request got nothing from {engine} for {n} s and was ended; the engine continues with its other requests. Send the request again.</source>
        <translation>Diese Anfrage bekam {n} s lang nichts von {engine} und wurde beendet; andere Anfragen laufen weiter. Die Anfrage erneut senden.</translation>
    </message>
    <message>
        <source>{engine} was lost while it served the request: it {why}. It is being restarted; send the request again.</source>
        <translation>{engine} ging während der Anfrage verloren: {why}. Neustart läuft; die Anfrage erneut senden.</translation>
    </message>
    <message>
        <source>{engine} was unloaded in the middle of the request ({why}). Send the request again.</source>
        <translation>{engine} wurde mitten in der Anfrage entladen ({why}). Die Anfrage erneut senden.</translation>
    </message>
    <message>
        <source>{engine} closed the connection in the middle of the request.</source>
        <translation>{engine} schloss die Verbindung mitten in der Anfrage.</translation>
    </message>
    <message>
        <source>{name} cannot be reached: {why}</source>
        <translation>{name} ist nicht erreichbar: {why}</translation>
    </message>
    <message>
        <source>{name} broke off in the middle of its answer: {why}</source>
        <translation>{name} brach mitten in der Antwort ab: {why}</translation>
    </message>
    <message>
        <source>engines.{engine}.enabled is false; set it to true to use {target}.</source>
        <translation>engines.{engine}.enabled ist false; auf true setzen, um {target} zu nutzen.</translation>
    </message>
    <message>
        <source>engines.ollama.enabled is false; set it to true to use Ollama's models.</source>
        <translation>engines.ollama.enabled ist false; auf true setzen, um Ollamas Modelle zu nutzen.</translation>
    </message>
    <message>
        <source>A provider of the type openai_compatible needs base_url, the server's address up to /v1, such as http://127.0.0.1:8000/v1.</source>
        <translation>Ein Anbieter vom Typ openai_compatible braucht base_url, die Adresse des Servers bis /v1, wie http://127.0.0.1:8000/v1.</translation>
    </message>
    <message>
        <source>engines.ollama.binary names {path}, which does not exist.</source>
        <translation>engines.ollama.binary nennt {path}; das gibt es nicht.</translation>
    </message>
    <message>
        <source>Ollama's server was stopped while it started; send the request again.</source>
        <translation>Ollamas Server wurde beim Start gestoppt; die Anfrage erneut senden.</translation>
    </message>
    <message>
        <source>Another Ollama server already answers at {url}. Set engines.ollama.manage to attach to use it, or engines.ollama.base_url to another port.</source>
        <translation>Unter {url} antwortet schon ein anderer Ollama-Server. engines.ollama.manage auf attach setzen, um ihn zu nutzen, oder engines.ollama.base_url auf einen anderen Port.</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}: start it there, or change providers.{provider}.base_url.</source>
        <translation>Unter {url} antwortet kein Ollama-Server: ihn dort starten oder providers.{provider}.base_url ändern.</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is "{url}"; write an address such as http://192.168.1.20:8000/v1.</source>
        <translation>providers.{provider}.base_url ist „{url}“; eine Adresse wie http://192.168.1.20:8000/v1 eintragen.</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is missing; write the server's address.</source>
        <translation>providers.{provider}.base_url fehlt; die Adresse des Servers eintragen.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} cannot be reached: {why}</source>
        <translation>Der Wyoming-Server {url} ist nicht erreichbar: {why}</translation>
    </message>
    <message>
        <source>base_url "{url}" is no Wyoming address; write wyoming://host:port.</source>
        <translation>base_url „{url}“ ist keine Wyoming-Adresse; wyoming://host:port eintragen.</translation>
    </message>
    <message>
        <source>A Wyoming provider needs base_url, such as wyoming://192.168.1.20:10300.</source>
        <translation>Ein Wyoming-Anbieter braucht base_url, etwa wyoming://192.168.1.20:10300.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} closed the connection in the middle of the request.</source>
        <translation>Der Wyoming-Server {url} schloss die Verbindung mitten in der Anfrage.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} reports: {said}</source>
        <translation>Der Wyoming-Server {url} meldet: {said}</translation>
    </message>
    <message>
        <source>The Wyoming server {url} sent nothing for {n} s.</source>
        <translation>Der Wyoming-Server {url} schickte {n} s lang nichts.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} takes no more data.</source>
        <translation>Der Wyoming-Server {url} nimmt keine Daten mehr an.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} broke the protocol: {why}</source>
        <translation>Der Wyoming-Server {url} hält sich nicht an das Protokoll: {why}</translation>
    </message>
    <message>
        <source>"{provider}" is no local engine; there are {names}.</source>
        <translation>„{provider}“ ist keine lokale Engine; es gibt {names}.</translation>
    </message>
    <message>
        <source>The worker process of {engine} could not be started: {why}</source>
        <translation>Der Prozess von {engine} konnte nicht gestartet werden: {why}</translation>
    </message>
    <message>
        <source>{engine} was stopped while it loaded.</source>
        <translation>{engine} wurde beim Laden gestoppt.</translation>
    </message>
    <message>
        <source>{engine} {why}. It is being restarted; send the request again.</source>
        <translation>{engine}: {why}. Neustart läuft; die Anfrage erneut senden.</translation>
    </message>
    <message>
        <source>made no progress for {n} s and was ended</source>
        <translation>kam {n} s lang nicht voran und wurde beendet</translation>
    </message>
    <message>
        <source>did not finish loading within {n} s</source>
        <translation>wurde in {n} s nicht fertig geladen</translation>
    </message>
    <message>
        <source>was idle for {n} s</source>
        <translation>war {n} s lang unbenutzt</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} thread</source>
        <translation>geladen in {n} s mit {threads} Thread</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} threads</source>
        <translation>geladen in {n} s mit {threads} Threads</translation>
    </message>
    <message>
        <source>is back</source>
        <translation>ist wieder da</translation>
    </message>
    <message>
        <source>failed: {why}</source>
        <translation>ausgefallen: {why}</translation>
    </message>
    <message>
        <source>a request got nothing for {n} s and was ended; the engine continues</source>
        <translation>eine Anfrage bekam {n} s lang nichts und wurde beendet; die Engine läuft weiter</translation>
    </message>
    <message>
        <source>unloaded: {why}</source>
        <translation>entladen: {why}</translation>
    </message>
    <message>
        <source>made room for {engine}</source>
        <translation>machte Platz für {engine}</translation>
    </message>
    <message>
        <source>made room</source>
        <translation>machte Platz</translation>
    </message>
    <message>
        <source>has new settings</source>
        <translation>hat neue Einstellungen</translation>
    </message>
    <message>
        <source>was stopped</source>
        <translation>wurde gestoppt</translation>
    </message>
    <message>
        <source>was asked to unload after the request</source>
        <translation>sollte nach der Anfrage entladen werden</translation>
    </message>
    <message>
        <source>the program ends</source>
        <translation>das Programm endet</translation>
    </message>
    <message>
        <source>as configured</source>
        <translation>wie eingestellt</translation>
    </message>
    <message>
        <source>this onnxruntime has no CUDA</source>
        <translation>diese onnxruntime hat kein CUDA</translation>
    </message>
    <message>
        <source>{type} is the fastest type it supports</source>
        <translation>{type} ist das schnellste Format, das es kann</translation>
    </message>
    <message>
        <source>on the processor</source>
        <translation>auf dem Prozessor</translation>
    </message>
    <message>
        <source>this onnxruntime has CUDA</source>
        <translation>diese onnxruntime hat CUDA</translation>
    </message>
    <message>
        <source>engines.llamacpp.device is cpu</source>
        <translation>engines.llamacpp.device ist cpu</translation>
    </message>
    <message>
        <source>this build of llama.cpp found no GPU</source>
        <translation>diese llama.cpp fand keine Grafikkarte</translation>
    </message>
    <message>
        <source>this build of llama.cpp found {card}</source>
        <translation>diese llama.cpp fand {card}</translation>
    </message>
    <message>
        <source>the models run at their providers</source>
        <translation>die Modelle laufen bei ihren Anbietern</translation>
    </message>
    <message>
        <source>Moonshine runs on the processor</source>
        <translation>Moonshine läuft auf dem Prozessor</translation>
    </message>
    <message>
        <source>Smart Turn runs on the processor</source>
        <translation>Smart Turn läuft auf dem Prozessor</translation>
    </message>
    <message>
        <source>the network {name} is fastest here ({times})</source>
        <translation>das Netz {name} ist hier am schnellsten ({times})</translation>
    </message>
    <message>
        <source>the card was tried and does not work: {why}</source>
        <translation>die Grafikkarte wurde versucht und geht nicht: {why}</translation>
    </message>
    <message>
        <source>{card} was tried and does not work: {why}</source>
        <translation>{card} wurde versucht und geht nicht: {why}</translation>
    </message>
    <message>
        <source>The start at login could not be changed: {why}. Change it in the system's settings.</source>
        <translation>Der Start bei der Anmeldung ließ sich nicht ändern: {why}. In den Einstellungen des Systems ändern.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}.</source>
        <translation>{provider} hat kein {modality}; es bietet {offers}.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}. {again} is offered by {names}.</source>
        <translation>{provider} hat kein {modality}; es bietet {offers}. {again} bieten {names}.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}.</source>
        <translation>{provider} hat kein {modality}.</translation>
    </message>
    <message>
        <source>There is no project "{name}".</source>
        <translation>Es gibt kein Projekt „{name}“.</translation>
    </message>
    <message>
        <source>The project "{name}" is written in {path}; remove it there.</source>
        <translation>Das Projekt „{name}“ steht in {path}; dort entfernen.</translation>
    </message>
    <message>
        <source>"{name}" needs a stack while there is no voicegw.yaml; choose another one.</source>
        <translation>„{name}“ braucht einen Stack, solange es keine voicegw.yaml gibt; wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>"{name}" is the default project; choose another default_project first.</source>
        <translation>„{name}“ ist das Standardprojekt; zuerst ein anderes als default_project wählen.</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins.</source>
        <translation>{setting} steht in {path}, und die Datei geht vor.</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins; change it there.</source>
        <translation>{setting} steht in {path}, und die Datei geht vor; dort ändern.</translation>
    </message>
    <message>
        <source>{setting} is set in {path}, which overrides this: change it there.</source>
        <translation>{setting} steht in {path} und geht vor: dort ändern.</translation>
    </message>
    <message>
        <source>There is no stack "{name}".</source>
        <translation>Es gibt keinen Stack „{name}“.</translation>
    </message>
    <message>
        <source>There is no stack "{name}". Stacks: {names}.</source>
        <translation>Es gibt keinen Stack „{name}“. Stacks: {names}.</translation>
    </message>
    <message>
        <source>"currency" is "{text}"; write three letters, as in EUR.</source>
        <translation>Die Währung ist „{text}“; drei Buchstaben eintragen, etwa EUR.</translation>
    </message>
    <message>
        <source>"rate" is required: how much {currency} a US dollar is.</source>
        <translation>Der Kurs fehlt: wie viel {currency} ein US-Dollar ist.</translation>
    </message>
    <message>
        <source>"rate" is {n}; it must be more than 0 and less than 1,000,000.</source>
        <translation>Der Kurs ist {n}; er muss größer als 0 und kleiner als 1.000.000 sein.</translation>
    </message>
    <message>
        <source>"rate" is {n}, but the currency is USD: name the currency as well.</source>
        <translation>Der Kurs ist {n}, aber die Währung ist USD: Nennen Sie auch die Währung.</translation>
    </message>
    <message>
        <source>"markup" is {n}; it must lie between -100 and 10,000 per cent.</source>
        <translation>Der Aufschlag ist {n}; er muss zwischen -100 und 10.000 Prozent liegen.</translation>
    </message>
    <message>
        <source>"month" is "{text}"; write it as in 2026-01.</source>
        <translation>Der Monat ist „{text}“; so schreiben: 2026-01.</translation>
    </message>
    <message>
        <source>There is no key yet. {why}</source>
        <translation>Es gibt noch keinen Schlüssel. {why}</translation>
    </message>
    <message>
        <source>models.{modality}.{model} is written in {path}; change it there.</source>
        <translation>models.{modality}.{model} steht in {path}; dort ändern.</translation>
    </message>
    <message>
        <source>{users} needs the pack {pack}: remove that first.</source>
        <translation>{users} braucht das Paket {pack}: zuerst jenes entfernen.</translation>
    </message>
    <message>
        <source>"{modality}" is "{target}", which is no target; write provider/model, as in openai/gpt-4o.</source>
        <translation>„{target}“ ist kein Ziel für {modality}; Anbieter/Modell schreiben, etwa openai/gpt-4o.</translation>
    </message>
    <message>
        <source>{provider} is not on this machine and the gateway is offline.</source>
        <translation>{provider} liegt nicht auf diesem Rechner, und das Gateway ist offline.</translation>
    </message>
    <message>
        <source>{target} is not installed, so there is nothing to remove.</source>
        <translation>{target} ist nicht installiert, es gibt nichts zu entfernen.</translation>
    </message>
    <message>
        <source>There is no database to keep this in: cost_tracking.enabled is false. Write it into voicegw.yaml instead.</source>
        <translation>Es gibt keine Datenbank dafür: cost_tracking.enabled ist false. Stattdessen in voicegw.yaml eintragen.</translation>
    </message>
    <message>
        <source>{operation} tells of every project, and this key belongs to the project "{project}"; use a key with the scope admin, or one without a project.</source>
        <translation>{operation} betrifft alle Projekte, und dieser Schlüssel gehört zum Projekt „{project}“; einen Schlüssel mit dem Recht admin oder einen ohne Projekt nehmen.</translation>
    </message>
    <message>
        <source>This key belongs to the project "{project}" and reaches no other; leave "{field}" out, or use a key with the scope admin.</source>
        <translation>Dieser Schlüssel gehört zum Projekt „{project}“ und erreicht kein anderes; „{field}“ weglassen oder einen Schlüssel mit dem Recht admin nehmen.</translation>
    </message>
    <message>
        <source>{provider} gave no list within {n} s.</source>
        <translation>{provider} schickte {n} s lang keine Liste.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of another project; take another name.</source>
        <translation>„{provider}“ ist ein Anbieter eines anderen Projekts; einen anderen Namen nehmen.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of the project {project} already; take another name, or remove that one first.</source>
        <translation>„{provider}“ ist schon ein Anbieter des Projekts {project}; einen anderen Namen nehmen oder jenen zuerst entfernen.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of every project already; take another name, or remove that one first.</source>
        <translation>„{provider}“ ist schon ein Anbieter aller Projekte; einen anderen Namen nehmen oder jenen zuerst entfernen.</translation>
    </message>
    <message>
        <source>"{provider}" is an engine of this machine; take another name.</source>
        <translation>„{provider}“ ist eine Engine dieses Rechners; einen anderen Namen nehmen.</translation>
    </message>
    <message>
        <source>No added provider is named "{name}".</source>
        <translation>Kein eigener Anbieter heißt „{name}“.</translation>
    </message>
    <message>
        <source>"base_url" is "{url}"; for {kind} it must start with {schemes}.</source>
        <translation>„base_url“ ist „{url}“; für {kind} muss es mit {schemes} beginnen.</translation>
    </message>
    <message>
        <source>"base_url" cannot be used. {why}</source>
        <translation>Die Adresse geht nicht. {why}</translation>
    </message>
    <message>
        <source>"{target}" is not a target: write provider/model, as in whisper/base, or the name of an installed model.</source>
        <translation>„{target}“ ist kein Ziel: Anbieter/Modell schreiben, etwa whisper/base, oder den Namen eines installierten Modells.</translation>
    </message>
    <message>
        <source>There is no session "{name}".</source>
        <translation>Es gibt keine Sitzung „{name}“.</translation>
    </message>
    <message>
        <source>There is no session "{name}" in the project "{project}".</source>
        <translation>Im Projekt „{project}“ gibt es keine Sitzung „{name}“.</translation>
    </message>
    <message>
        <source>No request of "{model}" is stored, and no model of that name is installed or configured.</source>
        <translation>Von „{model}“ ist keine Anfrage gespeichert, und kein Modell dieses Namens ist installiert oder konfiguriert.</translation>
    </message>
    <message>
        <source>Another agent speaks or listens here now; try again when it has ended.</source>
        <translation>Ein anderer Agent spricht oder hört hier gerade; danach erneut versuchen.</translation>
    </message>
    <message>
        <source>"gain" is {n}; it must be above 0 and at most {most}.</source>
        <translation>Die Verstärkung ist {n}; sie muss über 0 und höchstens {most} sein.</translation>
    </message>
    <message>
        <source>There is no setting "{name}".</source>
        <translation>Es gibt keine Einstellung „{name}“.</translation>
    </message>
    <message>
        <source>Nothing is recorded: cost_tracking.enabled (or observability.cost_tracking) is false.</source>
        <translation>Nichts wird aufgezeichnet: cost_tracking.enabled (oder observability.cost_tracking) ist false.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be one of {names}.</source>
        <translation>„{field}“ ist „{text}“; möglich sind {names}.</translation>
    </message>
    <message>
        <source>rate_limits."{name}" allows {n} requests a minute and they are used up; the next one fits in {wait} s.</source>
        <translation>rate_limits.„{name}“ erlaubt {n} Anfragen in der Minute, und sie sind verbraucht; die nächste geht in {wait} s.</translation>
    </message>
    <message>
        <source>Version {version} is not offered for {system}: take another installer.</source>
        <translation>Version {version} gibt es für {system} nicht: ein anderes Installationspaket nehmen.</translation>
    </message>
    <message>
        <source>{name} is not the file that the signed list names; it is not used.</source>
        <translation>{name} ist nicht die Datei, die in der signierten Liste steht; sie wird nicht verwendet.</translation>
    </message>
    <message>
        <source>{what} needs {n} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and try again.</source>
        <translation>{what} braucht noch {n} MB, und in {folder} sind {free} MB frei ({reserve} MB davon bleiben als Reserve). Schaffen Sie Platz und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Another program is fetching {what} now: wait for it.</source>
        <translation>Ein anderes Programm lädt {what} gerade herunter: Warten Sie darauf.</translation>
    </message>
    <message>
        <source>The list of the release is older than one that was seen before, so it may be kept back on purpose. Nothing was changed; try again later or from another network.</source>
        <translation>Die Liste der Version ist älter als eine, die schon gesehen wurde; vielleicht wird sie absichtlich zurückgehalten. Nichts wurde geändert; versuchen Sie es später oder aus einem anderen Netz erneut.</translation>
    </message>
    <message>
        <source>The list of the release has run out. Either this machine's clock is wrong, or the place that offers it is no longer kept up. Nothing was changed.</source>
        <translation>Die Liste der Version ist abgelaufen. Entweder geht die Uhr dieses Rechners falsch, oder die Stelle, die sie anbietet, wird nicht mehr gepflegt. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>{name} cannot be used: its archive does not hold one folder.</source>
        <translation>{name} kann nicht verwendet werden: Das Archiv enthält nicht genau einen Ordner.</translation>
    </message>
    <message>
        <source>{name} cannot be unpacked: {why}.</source>
        <translation>{name} kann nicht entpackt werden: {why}.</translation>
    </message>
    <message>
        <source>"{model}" is not a model id: write provider/model, as in whisper/base.</source>
        <translation>„{model}“ ist kein Modellname: Anbieter/Modell schreiben, etwa whisper/base.</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions, or name another folder in engines.models_folder.</source>
        <translation>{folder} ist nicht beschreibbar: {error}. Die Rechte ändern oder in engines.models_folder einen anderen Ordner nennen.</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions.</source>
        <translation>{folder} ist nicht beschreibbar: {error}. Die Rechte ändern.</translation>
    </message>
    <message>
        <source>There is no .gguf file in {folder}.</source>
        <translation>In {folder} ist keine .gguf-Datei.</translation>
    </message>
    <message>
        <source>The model file {name} is damaged: {why}. Remove and pull the model again.</source>
        <translation>Die Modelldatei {name} ist beschädigt: {why}. Das Modell entfernen und erneut laden.</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which does not exist.</source>
        <translation>engines.{provider}.models.{model} nennt {path}; das gibt es nicht.</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which cannot be read ({why}).</source>
        <translation>engines.{provider}.models.{model} nennt {path}; das kann nicht gelesen werden ({why}).</translation>
    </message>
    <message>
        <source>{model} is used by {names}. Confirm to remove it all the same.</source>
        <translation>{model} wird von {names} verwendet. Bestätigen, um es trotzdem zu entfernen.</translation>
    </message>
    <message>
        <source>{model} is named in {setting}, so its files are your own: neither removed nor checked here.</source>
        <translation>{model} steht in {setting}, die Dateien gehören also Ihnen: Sie werden hier weder entfernt noch geprüft.</translation>
    </message>
    <message>
        <source>{model} is being worked on by another pull or check. Try again when that is done.</source>
        <translation>{model} wird gerade geladen oder geprüft. Danach erneut versuchen.</translation>
    </message>
    <message>
        <source>Offline mode was switched on, so the pull of {model} stopped. What was fetched is kept: pull again later.</source>
        <translation>Der Offline-Modus wurde eingeschaltet, deshalb wird {model} nicht weiter geladen. Was schon da ist, bleibt: später erneut laden.</translation>
    </message>
    <message>
        <source>{name} is not the pinned file (SHA-256 {digest}…); it was thrown away.</source>
        <translation>{name} ist nicht die erwartete Datei (SHA-256 {digest}…) und wurde verworfen.</translation>
    </message>
    <message>
        <source>There is no pack "{name}". There are: {names}.</source>
        <translation>Es gibt kein Paket „{name}“. Es gibt: {names}.</translation>
    </message>
    <message>
        <source>This program has its engines and providers inside, or takes them by pip: there are no packs to fetch.</source>
        <translation>Dieses Programm hat Engines und Anbieter schon dabei oder bekommt sie über pip: Es gibt keine Pakete zu laden.</translation>
    </message>
    <message>
        <source>{host} answered {status} for {name}.</source>
        <translation>{host} antwortete für {name} mit {status}.</translation>
    </message>
    <message>
        <source>{host} did not deliver {name}: {why}.</source>
        <translation>{host} hat {name} nicht geliefert: {why}.</translation>
    </message>
    <message>
        <source>{host} offers {n} bytes for {name}; the catalogue says {wanted}.</source>
        <translation>{host} bietet für {name} {n} Byte; im Katalog stehen {wanted}.</translation>
    </message>
    <message>
        <source>{host} sends more than the {n} bytes that {name} may have.</source>
        <translation>{host} schickt mehr als die {n} Byte, die {name} haben darf.</translation>
    </message>
    <message>
        <source>{name} would come over {scheme}://, which anyone can alter.</source>
        <translation>{name} käme über {scheme}://; das kann jeder verändern.</translation>
    </message>
    <message>
        <source>{host} redirects {name} in circles.</source>
        <translation>{host} leitet {name} im Kreis weiter.</translation>
    </message>
    <message>
        <source>The index offers another file than the pinned one for {name}.</source>
        <translation>Für {name} bietet das Verzeichnis eine andere Datei als die erwartete.</translation>
    </message>
    <message>
        <source>{name} is not the pinned package; it was thrown away.</source>
        <translation>{name} ist nicht das erwartete Paket und wurde verworfen.</translation>
    </message>
    <message>
        <source>{name} grows past its {n} bytes.</source>
        <translation>{name} wird größer als {n} Byte.</translation>
    </message>
    <message>
        <source>{package} holds no {name}.</source>
        <translation>{package} enthält kein {name}.</translation>
    </message>
    <message>
        <source>The pull was stopped.</source>
        <translation>Das Laden wurde gestoppt.</translation>
    </message>
    <message>
        <source>The pull of {model} was cancelled.</source>
        <translation>Das Laden von {model} wurde abgebrochen.</translation>
    </message>
    <message>
        <source>The signature uses a method that is not known here.</source>
        <translation>Die Signatur nutzt ein Verfahren, das hier nicht bekannt ist.</translation>
    </message>
    <message>
        <source>The signature was made with the key {key}, which is not trusted.</source>
        <translation>Die Signatur stammt vom Schlüssel {key}, dem nicht vertraut wird.</translation>
    </message>
    <message>
        <source>The signature is no file of minisign: {why}</source>
        <translation>Die Signatur ist keine Datei von minisign: {why}</translation>
    </message>
    <message>
        <source>The signature does not belong to this file: one of them was changed.</source>
        <translation>Die Signatur gehört nicht zu dieser Datei: Eine von beiden wurde verändert.</translation>
    </message>
    <message>
        <source>The list of packs is for {system} and programs of the mark {mark}; this program is for {own} and has the mark {own_mark}. Take the list of version {version}.</source>
        <translation>Die Liste der Pakete gilt für {system} und Programme mit der Marke {mark}; dieses ist für {own} und hat die Marke {own_mark}. Die Liste der Version {version} nehmen.</translation>
    </message>
    <message>
        <source>The list of packs does not name {pack}.</source>
        <translation>Die Liste der Pakete nennt {pack} nicht.</translation>
    </message>
    <message>
        <source>{name} holds the folder {folder}, not {pack}.</source>
        <translation>{name} enthält den Ordner {folder}, nicht {pack}.</translation>
    </message>
    <message>
        <source>{provider} at {host} answered with something that is not JSON.</source>
        <translation>{provider} unter {host} antwortete mit etwas, das kein JSON ist.</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>keine Antwort in der vorgesehenen Zeit</translation>
    </message>
    <message>
        <source>Nothing here serves {modality} for the provider {provider}. Install its package or choose another target.</source>
        <translation>Nichts hier bedient {modality} für den Anbieter {provider}. Sein Paket installieren oder ein anderes Ziel wählen.</translation>
    </message>
    <message>
        <source>{host} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer address.</source>
        <translation>{host} liegt in der Zone {zone}; das Projekt {project} darf Daten höchstens bis {reach} senden. {setting} ändern oder eine nähere Adresse wählen.</translation>
    </message>
    <message>
        <source>{target} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer target.</source>
        <translation>{target} liegt in der Zone {zone}; das Projekt {project} darf Daten höchstens bis {reach} senden. {setting} ändern oder ein näheres Ziel wählen.</translation>
    </message>
    <message>
        <source>There is no {modality} model "{name}". Write provider/model, as in whisper/base, or add the name under {where} or {aliases}.</source>
        <translation>Für {modality} gibt es kein Modell „{name}“. Anbieter/Modell schreiben, etwa whisper/base, oder den Namen unter {where} oder {aliases} eintragen.</translation>
    </message>
    <message>
        <source>No model was named and nothing is chosen for {modality}; name one, or set {setting}.</source>
        <translation>Es wurde kein Modell genannt, und für {modality} ist nichts gewählt; eines nennen oder {setting} setzen.</translation>
    </message>
    <message>
        <source>"{name}" cannot be served. {why}</source>
        <translation>„{name}“ kann nicht bedient werden. {why}</translation>
    </message>
    <message>
        <source>No provider "{provider}" serves {modality}. Known: {names}. A bare "*" under {setting} would serve any name.</source>
        <translation>Kein Anbieter „{provider}“ bedient {modality}. Bekannt: {names}. Ein „*“ unter {setting} würde jeden Namen annehmen.</translation>
    </message>
    <message>
        <source>The secret "{name}" is empty; delete it instead.</source>
        <translation>Das Geheimnis „{name}“ ist leer; stattdessen löschen.</translation>
    </message>
    <message>
        <source>The secrets of this profile stay in its encrypted file: VOICEGW_SECRET or VOICEGW_HOME is set, or it is a temporary profile.</source>
        <translation>Die Geheimnisse dieses Profils bleiben in seiner verschlüsselten Datei: VOICEGW_SECRET oder VOICEGW_HOME ist gesetzt, oder das Profil ist vorübergehend.</translation>
    </message>
    <message>
        <source>No keychain is available, so the secrets stay in the encrypted file.</source>
        <translation>Es gibt keinen Schlüsselbund; die Geheimnisse bleiben in der verschlüsselten Datei.</translation>
    </message>
    <message>
        <source>A secret did not come back from the {place} as it was written; nothing was removed.</source>
        <translation>Ein Geheimnis kam aus {place} nicht so zurück, wie es geschrieben wurde; nichts wurde entfernt.</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password. Answer its prompt, or dismiss it.</source>
        <translation>Der Schlüsselbund antwortet nicht; vielleicht fragt er nach seinem Passwort. Die Frage beantworten oder schließen.</translation>
    </message>
    <message>
        <source>The secrets in {path} cannot be opened with {key}: it is not the key they were sealed with, or the file is damaged. Give the right key, or delete the file and enter the keys again.</source>
        <translation>Die Geheimnisse in {path} lassen sich mit {key} nicht öffnen: Es ist nicht ihr Schlüssel, oder die Datei ist beschädigt. Den richtigen Schlüssel geben oder die Datei löschen und die Schlüssel neu eingeben.</translation>
    </message>
    <message>
        <source>The gateway ended the conversation; start again when it serves.</source>
        <translation>Das Gateway hat das Gespräch beendet; neu beginnen, wenn es wieder bedient.</translation>
    </message>
    <message>
        <source>The gateway refused the conversation with status {status}.</source>
        <translation>Das Gateway lehnte das Gespräch mit Status {status} ab.</translation>
    </message>
    <message>
        <source>The gateway does not answer: {why}</source>
        <translation>Das Gateway antwortet nicht: {why}</translation>
    </message>
    <message>
        <source>The gateway answered with status {status}.</source>
        <translation>Das Gateway antwortete mit Status {status}.</translation>
    </message>
    <message>
        <source>The sound process ended; try again.</source>
        <translation>Der Tonprozess ist beendet; erneut versuchen.</translation>
    </message>
    <message>
        <source>The sound process ended after saying: {why}</source>
        <translation>Der Tonprozess ist beendet; zuletzt meldete er: {why}</translation>
    </message>
    <message>
        <source>The sound device did not answer within {n} s; try again, or choose another one.</source>
        <translation>Das Tongerät antwortete {n} s lang nicht; erneut versuchen oder ein anderes wählen.</translation>
    </message>
    <message>
        <source>The speaker did not play all of it; choose another one.</source>
        <translation>Der Lautsprecher hat nicht alles abgespielt; einen anderen wählen.</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, then try again.</source>
        <translation>Kein Mikrofon gefunden. Eines anschließen und erneut versuchen.</translation>
    </message>
    <message>
        <source>No speaker was found. Connect one, then try again.</source>
        <translation>Kein Lautsprecher gefunden. Einen anschließen und erneut versuchen.</translation>
    </message>
    <message>
        <source>"file" is "{path}"; give the whole path, from the root on.</source>
        <translation>Die Datei ist „{path}“; den ganzen Pfad angeben.</translation>
    </message>
    <message>
        <source>This needs {n} MB, and the disk of {folder} has {free} MB free.</source>
        <translation>Das braucht {n} MB, und auf dem Datenträger von {folder} sind {free} MB frei.</translation>
    </message>
    <message>
        <source>This has more than {n} rows: ask for a shorter time, or by fewer properties.</source>
        <translation>Das sind mehr als {n} Zeilen: eine kürzere Zeit oder weniger Merkmale wählen.</translation>
    </message>
    <message>
        <source>"from" ({start}) must lie before "to" ({end}).</source>
        <translation>Der Anfang ({start}) muss vor dem Ende ({end}) liegen.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; write a day such as 2026-01-31, a month such as 2026-01, a time such as 2026-01-31T08:00, or an age such as 2h or 7d.</source>
        <translation>„{field}“ ist „{text}“; einen Tag wie 2026-01-31, einen Monat wie 2026-01, eine Zeit wie 2026-01-31T08:00 oder ein Alter wie 2h oder 7d schreiben.</translation>
    </message>
    <message>
        <source>The database {path} was written by a newer VoiceGateway Desktop (schema {current}; this one knows {newest}). Install the newer version again, or point cost_tracking.db_path at another file.</source>
        <translation>Die Datenbank {path} stammt von einem neueren VoiceGateway Desktop (Schema {current}; dieses kennt {newest}). Die neuere Version wieder installieren oder cost_tracking.db_path auf eine andere Datei setzen.</translation>
    </message>
    <message>
        <source>The database {path} cannot be opened ({error}): check cost_tracking.db_path and VOICEGW_DB_PATH.</source>
        <translation>Die Datenbank {path} lässt sich nicht öffnen ({error}): cost_tracking.db_path und VOICEGW_DB_PATH prüfen.</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({error}).</source>
        <translation>Die Datenbank {path} ist beschädigt ({error}).</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} bytes; at most {most} are read.</source>
        <translation>Die Konfiguration {path} hat {n} Byte; höchstens {most} werden gelesen.</translation>
    </message>
    <message>
        <source>The configuration {path} is not UTF-8 text (byte {n}).</source>
        <translation>Die Konfiguration {path} ist kein UTF-8-Text (Byte {n}).</translation>
    </message>
    <message>
        <source>The configuration {path} is not valid YAML: {why}.</source>
        <translation>Die Konfiguration {path} ist kein gültiges YAML: {why}.</translation>
    </message>
    <message>
        <source>The configuration {path} is nested too deeply.</source>
        <translation>Die Konfiguration {path} ist zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>The configuration {path} must be sections such as `providers:`, not a {kind}.</source>
        <translation>Die Konfiguration {path} muss aus Abschnitten wie „providers:“ bestehen, nicht aus {kind}.</translation>
    </message>
    <message>
        <source>The configuration {path} has keys that appear twice:
{lines}</source>
        <translation>In der Konfiguration {path} stehen Schlüssel doppelt:
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has numbers that cannot be used:
{lines}</source>
        <translation>In der Konfiguration {path} stehen Zahlen, die nicht gehen:
{lines}</translation>
    </message>
    <message>
        <source>line {n}: {problem}</source>
        <translation>Zeile {n}: {problem}</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}". Known here: {names}.</source>
        <translation>{setting}: Den Schlüssel „{name}“ gibt es nicht. Hier bekannt: {names}.</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}".</source>
        <translation>{setting}: Den Schlüssel „{name}“ gibt es nicht.</translation>
    </message>
    <message>
        <source>{setting}: this is required.</source>
        <translation>{setting}: Das fehlt.</translation>
    </message>
    <message>
        <source>{path} cannot be read: {why}.</source>
        <translation>{path} ist nicht lesbar: {why}.</translation>
    </message>
    <message>
        <source>Another program has locked {path} for {n} s.</source>
        <translation>Ein anderes Programm hält {path} seit {n} s gesperrt.</translation>
    </message>
    <message>
        <source>`ollama serve` ended at once: {why}</source>
        <translation>Ollamas Server endete sofort: {why}</translation>
    </message>
    <message>
        <source>`ollama serve` did not answer within {n} s: {why}</source>
        <translation>Ollamas Server antwortete {n} s lang nicht: {why}</translation>
    </message>
    <message>
        <source>the card is faster here than the processor ({times})</source>
        <translation>die Grafikkarte ist hier schneller als der Prozessor ({times})</translation>
    </message>
    <message>
        <source>the processor is as fast here as the card, or faster ({times})</source>
        <translation>der Prozessor ist hier so schnell wie die Grafikkarte oder schneller ({times})</translation>
    </message>
    <message>
        <source>its chat template knows no tools</source>
        <translation>seine Chatvorlage kennt keine Werkzeuge</translation>
    </message>
    <message>
        <source>its chat template has tools</source>
        <translation>seine Chatvorlage hat Werkzeuge</translation>
    </message>
    <message>
        <source>thinks before it answers unless told not to</source>
        <translation>denkt vor der Antwort nach, wenn man es ihm nicht verbietet</translation>
    </message>
    <message>
        <source>not run by this project, which could not fetch it</source>
        <translation>von diesem Projekt nicht ausprobiert, weil es nicht zu laden war</translation>
    </message>
    <message>
        <source>comes with its engine</source>
        <translation>kommt mit seiner Engine</translation>
    </message>
    <message>
        <source>{n} speakers</source>
        <translation>{n} Stimmen</translation>
    </message>
    <message>
        <source>The configuration {path} has 1 problem:
{lines}</source>
        <translation>Die Konfiguration {path} hat einen Fehler:
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} problems:
{lines}</source>
        <translation>Die Konfiguration {path} hat {n} Fehler:
{lines}</translation>
    </message>
    <message>
        <source>The microphone {name} cannot be opened: {why}. Choose another one.</source>
        <translation>Das Mikrofon {name} lässt sich nicht öffnen: {why}. Ein anderes wählen.</translation>
    </message>
    <message>
        <source>The speaker {name} cannot be opened: {why}. Choose another one.</source>
        <translation>Der Lautsprecher {name} lässt sich nicht öffnen: {why}. Einen anderen wählen.</translation>
    </message>
    <message>
        <source>There is no microphone "{name}" now; there are: {names}.</source>
        <translation>Das Mikrofon „{name}“ ist nicht da; vorhanden: {names}.</translation>
    </message>
    <message>
        <source>There is no speaker "{name}" now; there are: {names}.</source>
        <translation>Der Lautsprecher „{name}“ ist nicht da; vorhanden: {names}.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be {what}.</source>
        <translation>„{field}“ ist „{text}“; der Wert muss {what} sein.</translation>
    </message>
    <message>
        <source>"{field}" must be {what}.</source>
        <translation>„{field}“ muss {what} sein.</translation>
    </message>
    <message>
        <source>a finite number of usual size</source>
        <translation>eine Zahl von üblicher Größe</translation>
    </message>
    <message>
        <source>a finite number of usual size and at most 40 digits</source>
        <translation>eine Zahl von üblicher Größe mit höchstens 40 Ziffern</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>eine ganze Zahl</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>a boolean</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true oder false</translation>
    </message>
    <message>
        <source>a string</source>
        <translation>ein Text</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>eine Liste</translation>
    </message>
    <message>
        <source>{setting}: it must be {what}.</source>
        <translation>{setting}: Der Wert muss {what} sein.</translation>
    </message>
    <message>
        <source>{setting}: it must be {what} (given: "{text}").</source>
        <translation>{setting}: Der Wert muss {what} sein (angegeben: „{text}“).</translation>
    </message>
    <message>
        <source>greater than or equal to {n}</source>
        <translation>mindestens {n}</translation>
    </message>
    <message>
        <source>greater than {n}</source>
        <translation>größer als {n}</translation>
    </message>
    <message>
        <source>less than or equal to {n}</source>
        <translation>höchstens {n}</translation>
    </message>
    <message>
        <source>less than {n}</source>
        <translation>kleiner als {n}</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>ein Text</translation>
    </message>
    <message>
        <source>a section with keys</source>
        <translation>ein Abschnitt mit Schlüsseln</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay).</source>
        <translation>{setting}: „{value}“ ist keine Dauer: 5m, 90s, 1h30m, 0 (sofort entladen) oder -1 (bleiben) schreiben.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is longer than ten years: write -1 (stay).</source>
        <translation>{setting}: „{value}“ ist länger als zehn Jahre: -1 (bleiben) schreiben.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a size: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}: „{value}“ ist keine Größe: 4GiB, 800MB oder eine Zahl in Byte schreiben.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is more than any machine has: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}: „{value}“ hat kein Rechner: 4GiB, 800MB oder eine Zahl in Byte schreiben.</translation>
    </message>
    <message>
        <source>{setting}: the last {n} days are always kept; write 0 for ever, or {again} or more.</source>
        <translation>{setting}: die letzten {n} Tage bleiben immer; 0 für immer schreiben oder {again} und mehr.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a target: write provider/model, as in whisper/base.</source>
        <translation>{setting}: „{value}“ ist kein Ziel: Anbieter/Modell schreiben, etwa whisper/base.</translation>
    </message>
    <message>
        <source>Ollama has no model {model}: fetch it on the page Models.</source>
        <translation>Ollama hat kein Modell {model}: auf der Seite Modelle laden.</translation>
    </message>
    <message>
        <source>This build names no place for packs. Set updates.address in voicegw.yaml.</source>
        <translation>Dieses Programm nennt keinen Ort für Pakete. updates.address in voicegw.yaml setzen.</translation>
    </message>
    <message>
        <source>{server} has no model {model}: fetch it there.</source>
        <translation>{server} hat kein Modell {model}: es dort holen.</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}. Start Ollama, or set engines.ollama.manage to auto.</source>
        <translation>Unter {url} antwortet kein Ollama-Server. Ollama starten oder engines.ollama.manage auf auto setzen.</translation>
    </message>
    <message>
        <source>Ollama does not answer at {url}: start it, or get it from ollama.com.</source>
        <translation>Ollama antwortet unter {url} nicht: starten oder von ollama.com holen.</translation>
    </message>
    <message>
        <source>Ollama is not installed: ollama.com has it.</source>
        <translation>Ollama ist nicht installiert: Es steht auf ollama.com.</translation>
    </message>
    <message>
        <source>no graphics card for CUDA</source>
        <translation>keine Grafikkarte für CUDA</translation>
    </message>
    <message>
        <source>sherpa-onnx runs on the processor</source>
        <translation>sherpa-onnx läuft auf dem Prozessor</translation>
    </message>
    <message>
        <source>Get it from ollama.com, or use a model of llama.cpp, which needs no server.</source>
        <translation>Von ollama.com holen oder ein Modell von llama.cpp nutzen, das keinen Server braucht.</translation>
    </message>
    <message>
        <source>{target} needs the plugins for cloud providers: fetch them on the page Providers.</source>
        <translation>{target} braucht die Plugins für Cloud-Anbieter: auf der Seite Anbieter laden.</translation>
    </message>
    <message>
        <source>{provider} has no key: store one on the page Providers.</source>
        <translation>{provider} hat keinen Schlüssel: auf der Seite Anbieter einen hinterlegen.</translation>
    </message>
    <message>
        <source>The key of {provider} was entered for {address} and is not sent to {place}: enter it again on the page Providers.</source>
        <translation>Der Schlüssel von {provider} gilt für {address} und geht nicht an {place}: auf der Seite Anbieter erneut eingeben.</translation>
    </message>
    <message>
        <source>There is a project "{name}" already; change that one.</source>
        <translation>Es gibt schon ein Projekt „{name}“; dieses ändern.</translation>
    </message>
    <message>
        <source>No engine "{name}" runs or is installed here.</source>
        <translation>Hier läuft keine Engine „{name}“, und installiert ist sie nicht.</translation>
    </message>
    <message>
        <source>{target} has no price, so it cannot be compared.</source>
        <translation>{target} hat keinen Preis und lässt sich nicht vergleichen.</translation>
    </message>
    <message>
        <source>{target} has no price for {again}, so it cannot be compared.</source>
        <translation>{target} hat keinen Preis für {again} und lässt sich nicht vergleichen.</translation>
    </message>
    <message>
        <source>The key of {provider} is not kept in the database: store it on the page Providers.</source>
        <translation>Der Schlüssel von {provider} gehört nicht in die Datenbank: auf der Seite Anbieter eingeben.</translation>
    </message>
    <message>
        <source>"{field}" is missing.</source>
        <translation>„{field}“ fehlt.</translation>
    </message>
    <message>
        <source>No model "{model}" is in the catalogue.</source>
        <translation>Im Katalog gibt es kein Modell „{model}“.</translation>
    </message>
    <message>
        <source>No model "{model}" is known.</source>
        <translation>Ein Modell „{model}“ ist nicht bekannt.</translation>
    </message>
    <message>
        <source>Files of {model} changed since they were checked: verify or repair it on the page Models.</source>
        <translation>Dateien von {model} haben sich seit der Prüfung geändert: auf der Seite Modelle prüfen oder reparieren.</translation>
    </message>
    <message>
        <source>{model} is being fetched. Cancel that first.</source>
        <translation>{model} wird gerade geladen. Das zuerst abbrechen.</translation>
    </message>
    <message>
        <source>Fetching {model} is paused at {done} of {total} MB.</source>
        <translation>Das Laden von {model} ist bei {done} von {total} MB angehalten.</translation>
    </message>
    <message>
        <source>{model} is not installed and offline mode is on: switch it off, then fetch it.</source>
        <translation>{model} ist nicht installiert, und der Offline-Modus ist an: ausschalten, dann laden.</translation>
    </message>
    <message>
        <source>{model} could not be fetched. {reasons}</source>
        <translation>{model} konnte nicht geladen werden. {reasons}</translation>
    </message>
    <message>
        <source>The packages of this model need pip, which is not installed. Install Python, which brings it.</source>
        <translation>Die Pakete dieses Modells brauchen pip; es ist nicht installiert. Python installieren, das es mitbringt.</translation>
    </message>
    <message>
        <source>One part of this model comes through npm, which is not installed. Install Node.js, which brings it.</source>
        <translation>Ein Teil dieses Modells kommt über npm; es ist nicht installiert. Node.js installieren, das es mitbringt.</translation>
    </message>
    <message>
        <source>Files of the pack {pack} are in use, so they stay on the disk. Stop its engines, then remove it again.</source>
        <translation>Dateien des Pakets {pack} sind in Gebrauch und bleiben auf dem Datenträger. Seine Engines stoppen und es noch einmal entfernen.</translation>
    </message>
    <message>
        <source>No folder with models is set.</source>
        <translation>Kein Ordner mit Modellen ist eingestellt.</translation>
    </message>
    <message>
        <source>The folders with models do not hold it.</source>
        <translation>In den Ordnern mit Modellen ist es nicht.</translation>
    </message>
    <message>
        <source>The packages do not hold every file.</source>
        <translation>In den Paketen fehlen Dateien.</translation>
    </message>
    <message>
        <source>{tool} could not fetch {name}: {said}</source>
        <translation>{tool} konnte {name} nicht laden: {said}</translation>
    </message>
    <message>
        <source>{provider} refused the key {key} ({said}): store another on the page Providers.</source>
        <translation>{provider} hat den Schlüssel {key} abgelehnt ({said}): auf der Seite Anbieter einen anderen hinterlegen.</translation>
    </message>
    <message>
        <source>{name} is not installed: fetch it on the page Models.</source>
        <translation>{name} ist nicht installiert: auf der Seite Modelle laden.</translation>
    </message>
    <message>
        <source>{name} is ready, but none of its models is installed: fetch one on the page Models.</source>
        <translation>{name} ist bereit, aber keines seiner Modelle ist installiert: auf der Seite Modelle eines laden.</translation>
    </message>
    <message>
        <source>"{name}" is a model for something else: choose another one.</source>
        <translation>„{name}“ ist ein Modell für etwas anderes: ein anderes wählen.</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop session that has it, or keep the keys in a file.</source>
        <translation>Der Schlüsselbund mit den Schlüsseln dieses Profils ist nicht erreichbar. Das Programm in der Sitzung starten, die ihn hat, oder die Schlüssel in einer Datei aufbewahren.</translation>
    </message>
    <message>
        <source>The key "{key}" works, but its text is not kept here any more: make another key.</source>
        <translation>Der Schlüssel „{key}“ gilt, aber sein Text ist hier nicht mehr vorhanden: einen anderen Schlüssel anlegen.</translation>
    </message>
    <message>
        <source>There is no working key "{key}".</source>
        <translation>Es gibt keinen gültigen Schlüssel „{key}“.</translation>
    </message>
    <message>
        <source>There is no key "{key}".</source>
        <translation>Es gibt keinen Schlüssel „{key}“.</translation>
    </message>
    <message>
        <source>The sound library PortAudio is missing: install the package libportaudio2, then try again.</source>
        <translation>Die Tonbibliothek PortAudio fehlt: das Paket libportaudio2 installieren, dann erneut versuchen.</translation>
    </message>
    <message>
        <source>Sound needs the package sounddevice, which is not installed.</source>
        <translation>Für Ton fehlt das Paket sounddevice.</translation>
    </message>
    <message>
        <source>{path} exists: give another name; no file is replaced.</source>
        <translation>{path} gibt es schon: einen anderen Namen geben; keine Datei wird ersetzt.</translation>
    </message>
    <message>
        <source>There is no folder {folder} for {path}.</source>
        <translation>Für {path} gibt es keinen Ordner {folder}.</translation>
    </message>
    <message>
        <source>There is no file {path}.</source>
        <translation>Es gibt keine Datei {path}.</translation>
    </message>
    <message>
        <source>{path} cannot be read ({error}).</source>
        <translation>{path} ist nicht lesbar ({error}).</translation>
    </message>
    <message>
        <source>{path} cannot be taken back ({error}).</source>
        <translation>{path} kann nicht zurückgespielt werden ({error}).</translation>
    </message>
    <message>
        <source>{path} cannot be written ({error}).</source>
        <translation>{path} ist nicht beschreibbar ({error}).</translation>
    </message>
    <message>
        <source>{path} is no backup of VoiceGateway Desktop.</source>
        <translation>{path} ist keine Sicherung von VoiceGateway Desktop.</translation>
    </message>
    <message>
        <source>{path} is damaged ({error}).</source>
        <translation>{path} ist beschädigt ({error}).</translation>
    </message>
    <message>
        <source>This program was installed by {way}, which brings the newer version.</source>
        <translation>Dieses Programm wurde mit {way} installiert, das auch die neuere Version bringt.</translation>
    </message>
    <message>
        <source>The configuration {path} cannot be read ({error}).</source>
        <translation>Die Konfiguration {path} ist nicht lesbar ({error}).</translation>
    </message>
    <message>
        <source>5 min</source>
        <translation>5 min</translation>
    </message>
    <message>
        <source>1 h</source>
        <translation>1 h</translation>
    </message>
    <message>
        <source>24 h</source>
        <translation>24 h</translation>
    </message>
    <message>
        <source>The gateway at {address} answers again.</source>
        <translation>Das Gateway unter {address} antwortet wieder.</translation>
    </message>
    <message>
        <source>{setting} did not hear of a budget. {why}</source>
        <translation>{setting} hat eine Budgetmeldung nicht erhalten. {why}</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. {then}; {setting} raises it.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. {then}; mit {setting} wird es erhöht.</translation>
    </message>
    <message>
        <source>Project "{name}"</source>
        <translation>Projekt „{name}“</translation>
    </message>
    <message>
        <source>Key "{name}"</source>
        <translation>Schlüssel „{name}“</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>daily</source>
        <translation>täglichen</translation>
    </message>
    <message>
        <source>weekly</source>
        <translation>wöchentlichen</translation>
    </message>
    <message>
        <source>monthly</source>
        <translation>monatlichen</translation>
    </message>
    <message>
        <source>midnight</source>
        <translation>Mitternacht</translation>
    </message>
    <message>
        <source>Monday</source>
        <translation>Montag</translation>
    </message>
    <message>
        <source>the first of the next month</source>
        <translation>zum Ersten des nächsten Monats</translation>
    </message>
    <message>
        <source>What costs more than is left is refused until {until}</source>
        <translation>Was mehr kostet als der Rest, wird bis {until} abgelehnt</translation>
    </message>
    <message>
        <source>Only what costs nothing is served until {until}</source>
        <translation>Bis {until} wird nur bedient, was nichts kostet</translation>
    </message>
    <message>
        <source>What costs more than is left is served by what costs nothing, until {until}</source>
        <translation>Was mehr kostet als der Rest, wird bis {until} kostenlos bedient</translation>
    </message>
    <message>
        <source>Requests are served on, because its {setting} is warn</source>
        <translation>Anfragen werden weiter bedient, weil {setting} auf „warn“ steht</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet der Tag bei {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet die Woche bei {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet der Monat bei {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}, and the budget is spent {when}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet der Tag bei {amount}, und das Budget ist um {when} verbraucht.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet die Woche bei {amount}, und das Budget ist am {when} verbraucht.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}: {spent} vom {period} Budget von {limit} sind ausgegeben. Geht es so weiter, endet der Monat bei {amount}, und das Budget ist am {when} verbraucht.</translation>
    </message>
    <message>
        <source>The price of {target} is not known, so the budget of {whose} does not count it. Give {price}, or set {setting} to "block".</source>
        <translation>Der Preis von {target} ist nicht bekannt; im Budget ({whose}) wird es deshalb nicht gezählt. {price} angeben oder {setting} auf „block“ setzen.</translation>
    </message>
    <message>
        <source>project "{name}"</source>
        <translation>Projekt „{name}“</translation>
    </message>
    <message>
        <source>key "{name}"</source>
        <translation>Schlüssel „{name}“</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>dieser Rechner</translation>
    </message>
    <message>
        <source>Today's cost has reached {spent}; cost_tracking.daily_budget_alert is {limit}.</source>
        <translation>Die Kosten von heute haben {spent} erreicht; cost_tracking.daily_budget_alert ist {limit}.</translation>
    </message>
    <message>
        <source>The database {path} was deleted while the gateway ran. It was written again, with all its records and keys; stop the gateway first to begin a new one.</source>
        <translation>Die Datenbank {path} wurde gelöscht, während das Gateway lief. Sie wurde mit allen Einträgen und Schlüsseln neu geschrieben; für eine neue zuerst das Gateway stoppen.</translation>
    </message>
    <message>
        <source>The database {path} takes no records ({error}). Requests are served on and their records kept; free space on that disk or check the file.</source>
        <translation>Die Datenbank {path} nimmt keine Einträge an ({error}). Anfragen werden weiter bedient, ihre Einträge werden aufbewahrt; auf dem Datenträger Platz schaffen oder die Datei prüfen.</translation>
    </message>
    <message>
        <source>The disk of the database {path} has become read-only; records are kept in memory.</source>
        <translation>Der Datenträger der Datenbank {path} ist nur noch lesbar; Einträge bleiben im Arbeitsspeicher.</translation>
    </message>
    <message>
        <source>The disk of the database {path} is full; free space on it, or records are kept in memory.</source>
        <translation>Der Datenträger der Datenbank {path} ist voll; Platz schaffen, sonst bleiben Einträge nur im Arbeitsspeicher.</translation>
    </message>
    <message>
        <source>The database takes records again.</source>
        <translation>Die Datenbank nimmt wieder Einträge an.</translation>
    </message>
    <message>
        <source>The database takes records again. 1 record was lost.</source>
        <translation>Die Datenbank nimmt wieder Einträge an. Ein Eintrag ging verloren.</translation>
    </message>
    <message>
        <source>The database takes records again. {n} records were lost.</source>
        <translation>Die Datenbank nimmt wieder Einträge an. {n} Einträge gingen verloren.</translation>
    </message>
    <message>
        <source>Only {fits} connections are taken at a time instead of {wanted} (serve.max_connections): the process may open {limit} files. Raise the limit (`ulimit -n`) and start again.</source>
        <translation>Es werden nur {fits} statt {wanted} Verbindungen gleichzeitig angenommen (serve.max_connections), denn das Programm darf nur {limit} Dateien öffnen. Die Grenze erhöhen (`ulimit -n`) und neu starten.</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer; trying again.</source>
        <translation>Das Gateway unter {address} antwortet nicht; es wird weiter versucht.</translation>
    </message>
    <message>
        <source>{engine} does not use the graphics card: {why}</source>
        <translation>{engine} nutzt die Grafikkarte nicht: {why}</translation>
    </message>
    <message>
        <source>The disk is full ({error}). Free some space and pull again: what was fetched so far is kept.</source>
        <translation>Der Datenträger ist voll ({error}). Platz schaffen und erneut laden: Was schon da ist, bleibt erhalten.</translation>
    </message>
    <message>
        <source>The disk is full. Free some space and pull again: finished parts are kept.</source>
        <translation>Der Datenträger ist voll. Platz schaffen und erneut laden: Fertige Teile bleiben erhalten.</translation>
    </message>
    <message>
        <source>{model} needs {wanted} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and pull again.</source>
        <translation>{model} braucht noch {wanted} MB, in {folder} sind {free} MB frei (davon bleiben {reserve} MB als Reserve). Platz schaffen und erneut laden.</translation>
    </message>
    <message>
        <source>{engine} was lost while it loaded: it {why}.</source>
        <translation>{engine} ging beim Laden verloren: {why}.</translation>
    </message>
    <message>
        <source>{engine} was ended by the system (SIGKILL), because memory ran out.</source>
        <translation>{engine} wurde vom System beendet (SIGKILL), weil der Arbeitsspeicher ausging.</translation>
    </message>
    <message>
        <source>{engine} was ended from outside (SIGKILL).</source>
        <translation>{engine} wurde von außen beendet (SIGKILL).</translation>
    </message>
    <message>
        <source>{engine} ended by {signal}.</source>
        <translation>{engine} endete durch {signal}.</translation>
    </message>
    <message>
        <source>{engine} ended with status {status}.</source>
        <translation>{engine} endete mit dem Status {status}.</translation>
    </message>
    <message>
        <source>{engine} ended with status {status} after saying: {words}.</source>
        <translation>{engine} endete mit dem Status {status} nach der Meldung: {words}.</translation>
    </message>
    <message>
        <source>was ended by the system (SIGKILL), because memory ran out</source>
        <translation>vom System beendet (SIGKILL), weil der Arbeitsspeicher ausging</translation>
    </message>
    <message>
        <source>was ended from outside (SIGKILL)</source>
        <translation>von außen beendet (SIGKILL)</translation>
    </message>
    <message>
        <source>ended by {signal}</source>
        <translation>beendet durch {signal}</translation>
    </message>
    <message>
        <source>ended with status {status} after saying: {words}</source>
        <translation>beendet mit dem Status {status} nach der Meldung: {words}</translation>
    </message>
    <message>
        <source>ended with status {status}</source>
        <translation>beendet mit dem Status {status}</translation>
    </message>
    <message>
        <source>The engine could not load the model.</source>
        <translation>Die Engine konnte das Modell nicht laden.</translation>
    </message>
    <message>
        <source>The engine failed and gave no reason.</source>
        <translation>Die Engine ist ausgefallen und hat keinen Grund genannt.</translation>
    </message>
    <message>
        <source>{engine} failed {n} times in a row and rests for {wait} s; it {why}.</source>
        <translation>{engine} ist {n} Mal hintereinander ausgefallen und pausiert {wait} s: {why}.</translation>
    </message>
    <message>
        <source>The engines are shut down, because the program is ending.</source>
        <translation>Die Engines sind beendet, weil das Programm endet.</translation>
    </message>
    <message>
        <source>{name} is left out: {part} cannot be used: {why}</source>
        <translation>{name} wird ausgelassen: {part} ist nicht nutzbar: {why}</translation>
    </message>
    <message>
        <source>{now} took over from {before}: {why}</source>
        <translation>{now} hat von {before} übernommen: {why}</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password.</source>
        <translation>Der Schlüsselbund antwortet nicht; vielleicht fragt er nach seinem Passwort.</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached.</source>
        <translation>Der Schlüsselbund mit den Schlüsseln dieses Profils ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>The keychain did not take the secret: {error}.</source>
        <translation>Der Schlüsselbund hat das Geheimnis nicht angenommen: {error}.</translation>
    </message>
    <message>
        <source>The keychain is open again: the keys in it can be used.</source>
        <translation>Der Schlüsselbund ist wieder offen; die Schlüssel darin sind nutzbar.</translation>
    </message>
    <message>
        <source>Keys cannot be read or made now ({why}). Programs of this user are let in by the unix socket.</source>
        <translation>Schlüssel können gerade nicht gelesen oder erstellt werden ({why}). Programme dieses Benutzers kommen über den Unix-Socket herein.</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but engines.memory_limit allows {limit} for all engines together. Raise the limit or choose a smaller model.</source>
        <translation>{model} braucht etwa {need}, aber engines.memory_limit erlaubt {limit} für alle Engines zusammen. Die Grenze erhöhen oder ein kleineres Modell wählen.</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but of engines.memory_limit ({limit}) engines that are in use hold {held} ({engines}). Try again when they are idle, or raise the limit.</source>
        <translation>{model} braucht etwa {need}, aber von engines.memory_limit ({limit}) belegen Engines in Gebrauch {held} ({engines}). Noch einmal versuchen, wenn sie frei sind, oder die Grenze erhöhen.</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: the built-in settings are in use, with local engines only.</source>
        <translation>Keine voicegw.yaml gefunden: Es gelten die eingebauten Einstellungen, nur mit lokalen Engines.</translation>
    </message>
    <message>
        <source>{target} is not on this machine ({zone}) and offline mode is on. Turn routing.offline off, or map the name to a local target under routing.&lt;modality&gt;.offline.</source>
        <translation>{target} liegt nicht auf diesem Rechner ({zone}), und der Offline-Modus ist an. routing.offline ausschalten oder den Namen unter routing.&lt;modality&gt;.offline einem lokalen Ziel zuordnen.</translation>
    </message>
    <message>
        <source>{host} is not on this machine ({zone}) and offline mode is on.</source>
        <translation>{host} liegt nicht auf diesem Rechner ({zone}), und der Offline-Modus ist an.</translation>
    </message>
    <message>
        <source>observability.otel_endpoint did not get {what}. {why}</source>
        <translation>observability.otel_endpoint hat {what} nicht erhalten. {why}</translation>
    </message>
    <message>
        <source>Port {port} on {host} is taken by another program (or by a gateway that runs already): stop it, or set serve.port to another number, or to 0 for any free one.</source>
        <translation>Port {port} auf {host} ist von einem anderen Programm belegt (oder von einem Gateway, das schon läuft): Dieses beenden oder serve.port auf eine andere Zahl setzen, oder auf 0 für einen freien Port.</translation>
    </message>
    <message>
        <source>delete the files of {model}</source>
        <translation>die Dateien von {model} werden gelöscht</translation>
    </message>
    <message>
        <source>fetch {names}: {size} MB, {size2} MB on the disk</source>
        <translation>{names} wird geholt: {size} MB, auf der Platte {size2} MB</translation>
    </message>
    <message>
        <source>delete the project "{name}" and revoke its keys</source>
        <translation>das Projekt „{name}“ wird gelöscht, seine Schlüssel werden widerrufen</translation>
    </message>
    <message>
        <source>forget the provider "{name}"</source>
        <translation>der Anbieter „{name}“ wird vergessen</translation>
    </message>
    <message>
        <source>forget the provider "{name}" and its stored key</source>
        <translation>der Anbieter „{name}“ und sein gespeicherter Schlüssel werden vergessen</translation>
    </message>
    <message>
        <source>keep every secret in the {place}, and only there</source>
        <translation>alle Geheimnisse liegen danach nur hier: {place}</translation>
    </message>
    <message>
        <source>keep secrets in the {place} from now on, without those that a closed keychain holds</source>
        <translation>Geheimnisse liegen ab jetzt hier: {place}; die eines geschlossenen Schlüsselbunds bleiben dort</translation>
    </message>
    <message>
        <source>keychain</source>
        <translation>Schlüsselbund</translation>
    </message>
    <message>
        <source>replace all requests, sums and settings made here by those of this backup</source>
        <translation>alle Anfragen, Summen und hier gemachten Einstellungen werden durch die dieser Sicherung ersetzt</translation>
    </message>
    <message>
        <source>revoke the key {key} and close every connection it has open</source>
        <translation>der Schlüssel {key} wird widerrufen, seine offenen Verbindungen werden geschlossen</translation>
    </message>
    <message>
        <source>sealed file</source>
        <translation>versiegelte Datei</translation>
    </message>
    <message>
        <source>{engine} could not be preloaded: {why}</source>
        <translation>{engine} konnte nicht vorab geladen werden: {why}</translation>
    </message>
    <message>
        <source>A request record cannot be stored ({error}) and is {kept}; {n} since the start. Its cost is missing in the reports.</source>
        <translation>Ein Eintrag einer Anfrage kann nicht gespeichert werden ({error}; {kept}); {n} seit dem Start. Seine Kosten fehlen in den Berichten.</translation>
    </message>
    <message>
        <source>Request records cannot be written beside {path} ({error}). Requests are served on and their records kept in memory; free space on that disk.</source>
        <translation>Einträge können neben {path} nicht geschrieben werden ({error}). Anfragen werden weiter bedient, ihre Einträge bleiben im Arbeitsspeicher; auf dem Datenträger Platz schaffen.</translation>
    </message>
    <message>
        <source>Request records are written to disk again.</source>
        <translation>Einträge werden wieder auf den Datenträger geschrieben.</translation>
    </message>
    <message>
        <source>{target} took {n} ms to its first byte; latency.ttfb_warning_ms is {limit}.</source>
        <translation>{target} brauchte {n} ms bis zum ersten Byte; latency.ttfb_warning_ms ist {limit}.</translation>
    </message>
    <message>
        <source>{target} falls behind live speech: words are owed for {n} s. Fewer streams at once, a smaller model or more `engines.cores` help.</source>
        <translation>{target} kommt bei laufender Sprache nicht mit: Es fehlen die Worte von {n} s. Weniger Streams zugleich, ein kleineres Modell oder mehr `engines.cores` helfen.</translation>
    </message>
    <message>
        <source>{failed} of the last {n} failed: {why}</source>
        <translation>{failed} der letzten {n} sind fehlgeschlagen: {why}</translation>
    </message>
    <message>
        <source>observability.transcripts is true, but the secret that seals them cannot be had ({why}), so nothing that is said is kept until the next start.</source>
        <translation>observability.transcripts ist eingeschaltet, aber das Geheimnis, das sie verschlüsselt, ist nicht verfügbar ({why}); bis zum nächsten Start wird nichts Gesagtes aufbewahrt.</translation>
    </message>
    <message>
        <source>{target} sent no first token within {n} ms.</source>
        <translation>{target} hat in {n} ms kein erstes Token gesendet.</translation>
    </message>
    <message>
        <source>{target} sent no audio within {n} ms.</source>
        <translation>{target} hat in {n} ms keinen Ton gesendet.</translation>
    </message>
    <message>
        <source>{target} did not answer within {n} s.</source>
        <translation>{target} hat in {n} s nicht geantwortet.</translation>
    </message>
    <message>
        <source>{target} accepted the request and gave no answer within {n} s.</source>
        <translation>{target} hat die Anfrage angenommen und in {n} s keine Antwort gegeben.</translation>
    </message>
    <message>
        <source>{target} sent no transcript within {n} s of the end of speech.</source>
        <translation>{target} hat {n} s nach dem Ende der Sprache keinen Text gesendet.</translation>
    </message>
    <message>
        <source>{target} sent no response to speech for {n} s.</source>
        <translation>{target} hat {n} s lang nicht auf Sprache geantwortet.</translation>
    </message>
    <message>
        <source>{name} cannot be reached at {host} ({reason}).</source>
        <translation>{name} ist unter {host} nicht erreichbar ({reason}).</translation>
    </message>
    <message>
        <source>{name} cannot be reached ({reason}).</source>
        <translation>{name} ist nicht erreichbar ({reason}).</translation>
    </message>
    <message>
        <source>{target} stopped in the middle of its answer.</source>
        <translation>{target} brach mitten in der Antwort ab.</translation>
    </message>
    <message>
        <source>{target} answered {status}.</source>
        <translation>{target} antwortete mit {status}.</translation>
    </message>
    <message>
        <source>{target} asks to slow down (429: {said}).</source>
        <translation>{target} bittet um weniger Anfragen (429: {said}).</translation>
    </message>
    <message>
        <source>about {n} times faster than speech</source>
        <translation>etwa {n}-mal schneller als Sprache</translation>
    </message>
    <message>
        <source>{n} times faster than speech</source>
        <translation>{n}-mal schneller als Sprache</translation>
    </message>
    <message>
        <source>about {time} s for a clip of up to {n} s</source>
        <translation>etwa {time} s für eine Aufnahme bis {n} s</translation>
    </message>
    <message>
        <source>{time} s for a clip of up to {n} s</source>
        <translation>{time} s für eine Aufnahme bis {n} s</translation>
    </message>
    <message>
        <source>about {n} tokens/s</source>
        <translation>etwa {n} Token/s</translation>
    </message>
    <message>
        <source>{n} tokens/s</source>
        <translation>{n} Token/s</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} bis {high}</translation>
    </message>
    <message>
        <source>a graphics card is advised</source>
        <translation>eine Grafikkarte wird empfohlen</translation>
    </message>
    <message>
        <source>about {n} ms for a pause</source>
        <translation>etwa {n} ms für eine Pause</translation>
    </message>
    <message>
        <source>words {time} s after the end of speech, by its publisher</source>
        <translation>Worte {time} s nach Sprechende, laut Herausgeber</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({reason}). It was moved to {aside} and a new one begun. {rest} taken over; check that disk, and the keys on the page Projects.</source>
        <translation>Die Datenbank {path} ist beschädigt ({reason}). Sie wurde nach {aside} verschoben und eine neue begonnen. Übernommen: {rest}; diesen Datenträger prüfen, und die Schlüssel auf der Seite Projekte.</translation>
    </message>
    <message>
        <source>All rows were</source>
        <translation>alle Zeilen</translation>
    </message>
    <message>
        <source>The 1 row that could be read was</source>
        <translation>die eine lesbare Zeile</translation>
    </message>
    <message>
        <source>The {n} rows that could be read were</source>
        <translation>die {n} lesbaren Zeilen</translation>
    </message>
    <message>
        <source>Nothing could be</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>{model} is not installed: fetch it on the page Models.</source>
        <translation>{model} ist nicht installiert: auf der Seite Modelle laden.</translation>
    </message>
    <message>
        <source>{model} is damaged: repair it on the page Models.</source>
        <translation>{model} ist beschädigt: auf der Seite Modelle reparieren.</translation>
    </message>
    <message>
        <source>{target}, which was chosen for {modality}, is gone. Until it is back, requests go where the settings say; choose another one on the page Overview.</source>
        <translation>{target}, gewählt für {modality}, gibt es nicht mehr. Bis es wieder da ist, gehen Anfragen dorthin, wohin die Einstellungen sie leiten; auf der Seite Übersicht etwas anderes wählen.</translation>
    </message>
    <message>
        <source>{setting} is set, but {model} is not installed: fetch it on the page Models, then stop the engine.</source>
        <translation>{setting} ist gesetzt, aber {model} ist nicht installiert: auf der Seite Modelle laden, dann die Engine stoppen.</translation>
    </message>
    <message>
        <source>The keychain also holds keys of this profile ({names}), but the encrypted file is in use.</source>
        <translation>Auch im Schlüsselbund liegen Schlüssel dieses Profils ({names}), in Gebrauch ist aber die verschlüsselte Datei.</translation>
    </message>
    <message>
        <source>Version {version} is available.</source>
        <translation>Version {version} ist verfügbar.</translation>
    </message>
    <message>
        <source>{provider} refused the key ({said}): store another on the page Providers.</source>
        <translation>{provider} hat den Schlüssel abgelehnt ({said}): auf der Seite Anbieter einen anderen hinterlegen.</translation>
    </message>
    <message>
        <source>Did you mean "{name}"?</source>
        <translation>Meinten Sie „{name}“?</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 Tage</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 Tage</translation>
    </message>
    <message>
        <source>This month</source>
        <translation>Dieser Monat</translation>
    </message>
    <message>
        <source>Last month</source>
        <translation>Letzter Monat</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>Tag</translation>
    </message>
    <message>
        <source>{count} without a known price, not in the sum</source>
        <translation>{count} ohne bekannten Preis, nicht in der Summe</translation>
    </message>
    <message>
        <source>{count} with an estimated amount</source>
        <translation>{count} mit geschätztem Betrag</translation>
    </message>
    <message>
        <source>{estimated} estimated</source>
        <translation>{estimated} geschätzt</translation>
    </message>
    <message>
        <source>Speech to text</source>
        <translation>Spracherkennung</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>Sprachmodell</translation>
    </message>
    <message>
        <source>Text to speech</source>
        <translation>Sprachausgabe</translation>
    </message>
    <message>
        <source>voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>turn taking</source>
        <translation>Gesprächswechsel</translation>
    </message>
    <message>
        <source>who speaks</source>
        <translation>Wer spricht</translation>
    </message>
    <message>
        <source>transcript</source>
        <translation>Transkript</translation>
    </message>
    <message>
        <source>first token</source>
        <translation>erstes Token</translation>
    </message>
    <message>
        <source>first sound</source>
        <translation>erster Ton</translation>
    </message>
    <message>
        <source>Up to 100 MB</source>
        <translation>Bis 100 MB</translation>
    </message>
    <message>
        <source>Up to 500 MB</source>
        <translation>Bis 500 MB</translation>
    </message>
    <message>
        <source>Up to 1 GB</source>
        <translation>Bis 1 GB</translation>
    </message>
    <message>
        <source>Up to 3 GB</source>
        <translation>Bis 3 GB</translation>
    </message>
    <message>
        <source>{first} after {time}, {requests}</source>
        <translation>{first} nach {time}, {requests}</translation>
    </message>
    <message>
        <source>Language models</source>
        <translation>Sprachmodelle</translation>
    </message>
    <message>
        <source>Voices</source>
        <translation>Stimmen</translation>
    </message>
    <message>
        <source>Turn taking</source>
        <translation>Gesprächswechsel</translation>
    </message>
    <message>
        <source>Who speaks</source>
        <translation>Wer spricht</translation>
    </message>
    <message>
        <source>{size} free</source>
        <translation>{size} frei</translation>
    </message>
    <message>
        <source>engines may use {size}</source>
        <translation>Engines dürfen {size} belegen</translation>
    </message>
    <message>
        <source>{used} of {limit}</source>
        <translation>{used} von {limit}</translation>
    </message>
    <message>
        <source>many</source>
        <translation>viele</translation>
    </message>
    <message>
        <source>Small and fast: a good first choice.</source>
        <translation>Klein und schnell: gut für den Anfang.</translation>
    </message>
    <message>
        <source>Speaks your language.</source>
        <translation>Spricht deine Sprache.</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>Installiert</translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation>Für diesen Rechner empfohlen</translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n Modell</numerusform>
            <numerusform>%n Modelle</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pack(s)</source>
        <translation>
            <numerusform>%n Paket</numerusform>
            <numerusform>%n Pakete</numerusform>
        </translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} von {total}</translation>
    </message>
    <message>
        <source>{size} a second</source>
        <translation>{size} pro Sekunde</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>Sprachen</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>Auf der Platte</translation>
    </message>
    <message>
        <source>Measured here</source>
        <translation>Hier gemessen</translation>
    </message>
    <message>
        <source>Usual speed</source>
        <translation>Übliches Tempo</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>Empfohlen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Anmerkung</translation>
    </message>
    <message>
        <source>The most capable that leaves memory for the others.</source>
        <translation>Das fähigste, das den anderen noch Speicher lässt.</translation>
    </message>
    <message>
        <source>{time} to go</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>begonnen</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>installiert</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>Its files have no known hashes: those of the first download are recorded</source>
        <translation>Für die Dateien sind keine Prüfsummen bekannt: die des ersten Downloads werden festgehalten</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>wird geprüft</translation>
    </message>
    <message>
        <source>paused at {share}</source>
        <translation>angehalten bei {share}</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>words</source>
        <translation>Wörter</translation>
    </message>
    <message>
        <source>token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>audio</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Hold the button or Space and speak; let go to be answered.</source>
        <translation>Taste oder Leertaste halten und sprechen; loslassen für die Antwort.</translation>
    </message>
    <message>
        <source>Hold the button or Space and say what each choice is to answer.</source>
        <translation>Taste oder Leertaste halten und sagen, was jede Auswahl beantworten soll.</translation>
    </message>
    <message>
        <source>Hands-free: speak whenever you like, also over an answer.</source>
        <translation>Freihändig: jederzeit sprechen, auch in eine Antwort hinein.</translation>
    </message>
    <message>
        <source>Opening the microphone …</source>
        <translation>Mikrofon wird geöffnet …</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>Hört zu …</translation>
    </message>
    <message>
        <source>Thinking …</source>
        <translation>Denkt nach …</translation>
    </message>
    <message>
        <source>Speaking …</source>
        <translation>Spricht …</translation>
    </message>
    <message>
        <source>Ask something: by voice, by typing, or with the recorded question. Local models answer without a network.</source>
        <translation>Frage etwas: mit der Stimme, durch Tippen oder mit der aufgenommenen Frage. Lokale Modelle antworten ohne Netz.</translation>
    </message>
    <message>
        <source>{lower} by {v}</source>
        <translation>{lower} durch {v}</translation>
    </message>
    <message>
        <source>Routed elsewhere: {join}. Set these routes to As requested on Overview to compare freely.</source>
        <translation>Anders geleitet: {join}. Hebe die Routen in der Übersicht auf, um frei zu vergleichen.</translation>
    </message>
    <message>
        <source>The gateway does not serve, so nothing can answer. Start serving first.</source>
        <translation>Das Gateway arbeitet nicht, also kann nichts antworten. Starte erst den Dienst.</translation>
    </message>
    <message>
        <source>You interrupted this answer.</source>
        <translation>Du hast diese Antwort unterbrochen.</translation>
    </message>
    <message>
        <source>endpoint</source>
        <translation>Redeende</translation>
    </message>
    <message>
        <source>to the model</source>
        <translation>zum Modell</translation>
    </message>
    <message>
        <source>first clause</source>
        <translation>erster Satzteil</translation>
    </message>
    <message>
        <source>to the voice</source>
        <translation>zur Stimme</translation>
    </message>
    <message>
        <source>after {time} of the answer</source>
        <translation>nach {time} der Antwort</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>unterbrochen</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Mensch</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agent</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Unterbrochen</translation>
    </message>
    <message>
        <source>Spoke at once</source>
        <translation>Gleichzeitig</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>Stille</translation>
    </message>
    <message>
        <source>Went wrong</source>
        <translation>Schief ging</translation>
    </message>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation>
            <numerusform>%n Fehler</numerusform>
            <numerusform>%n Fehler</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fallback(s)</source>
        <translation>
            <numerusform>%n Ausweichen</numerusform>
            <numerusform>%n Ausweichen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n false start(s)</source>
        <translation>
            <numerusform>%n Fehlstart</numerusform>
            <numerusform>%n Fehlstarts</numerusform>
        </translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>unbekannt</translation>
    </message>
    <message>
        <source>forever</source>
        <translation>für immer</translation>
    </message>
    <message>
        <source>unloads at once</source>
        <translation>wird sofort entladen</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>First</source>
        <translation>Erstes</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>Arten</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Anfragen</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Dauer</translation>
    </message>
    <message>
        <source>Sent to</source>
        <translation>Gesendet an</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Zone</source>
        <translation>Zone</translation>
    </message>
    <message>
        <source>Audio</source>
        <translation>Ton</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Stufe</translation>
    </message>
    <message>
        <source>A server's answer named this host for a redirect. Nothing was sent there.</source>
        <translation>Die Antwort eines Servers nannte diesen Host für eine Umleitung. Nichts wurde dorthin gesendet.</translation>
    </message>
    <message>
        <source>Still open, or the program was killed before the rest was counted.</source>
        <translation>Noch offen, oder das Programm wurde beendet, bevor der Rest gezählt war.</translation>
    </message>
    <message>
        <source>Time to first byte</source>
        <translation>Zeit bis zum ersten Byte</translation>
    </message>
    <message>
        <source>live</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>live, {errors}</source>
        <translation>läuft, {errors}</translation>
    </message>
    <message>
        <source>only warn</source>
        <translation>nur warnen</translation>
    </message>
    <message>
        <source>serve what is free</source>
        <translation>Kostenloses bedienen</translation>
    </message>
    <message>
        <source>refuse what costs</source>
        <translation>Kostenpflichtiges ablehnen</translation>
    </message>
    <message>
        <source>Budget a day, US$</source>
        <translation>Tagesbudget, US$</translation>
    </message>
    <message>
        <source>Budget a week, US$</source>
        <translation>Wochenbudget, US$</translation>
    </message>
    <message>
        <source>Budget a month, US$</source>
        <translation>Monatsbudget, US$</translation>
    </message>
    <message>
        <source>When it is spent</source>
        <translation>Wenn verbraucht</translation>
    </message>
    <message>
        <source>An empty field means no limit.</source>
        <translation>Was leer bleibt, hat keine Grenze.</translation>
    </message>
    <message>
        <source>Mark-up and rate are what you give; nothing is looked up.</source>
        <translation>Aufschlag und Kurs gibst du an; nichts davon wird nachgeschlagen.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Mark-up, per cent</source>
        <translation>Aufschlag in Prozent</translation>
    </message>
    <message>
        <source>Currency, three letters</source>
        <translation>Währung, drei Buchstaben</translation>
    </message>
    <message>
        <source>Amount for one US dollar</source>
        <translation>Wie viel davon ein US-Dollar ist</translation>
    </message>
    <message>
        <source>Write the invoice</source>
        <translation>Rechnung schreiben</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>{name}: saved</source>
        <translation>{name}: gespeichert</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>keine Grenze</translation>
    </message>
    <message>
        <source>The budget is "{text}"; write US dollars, as in 2.50, or nothing.</source>
        <translation>Das Budget ist „{text}“; schreibe US-Dollar wie 2.50 oder nichts.</translation>
    </message>
    <message>
        <source>"{text}" is no number; write it as in 2.50, or nothing.</source>
        <translation>„{text}“ ist keine Zahl; schreib sie wie 2,50 oder gar nichts.</translation>
    </message>
    <message>
        <source>What needs attention</source>
        <translation>Was Aufmerksamkeit braucht</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>und {n} weitere</translation>
    </message>
    <message>
        <source>The microphone is on: an agent listens.</source>
        <translation>Das Mikrofon ist offen: Ein Agent hört diesen Raum.</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>Sprechen</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Gespräche</translation>
    </message>
    <message>
        <source>Money</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>Engines</translation>
    </message>
    <message>
        <source>Providers</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>Projekte</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Left this machine</source>
        <translation>Abgeflossen</translation>
    </message>
    <message>
        <source>Notices</source>
        <translation>Hinweise</translation>
    </message>
    <message>
        <source>No sessions yet. A live transcription starts one, and so does an agent that names its room or session. Single requests are under Requests.</source>
        <translation>Noch kein Gespräch. Eine Transkription beginnt eines, ebenso ein Agent, der Raum oder Sitzung nennt; was allein steht, ist unter Anfragen.</translation>
    </message>
    <message>
        <source>No requests yet. They appear here as agents talk: which target served each, how fast, for how much.</source>
        <translation>Noch keine Anfragen. Sie erscheinen hier, sobald Agenten sprechen: welches Ziel sie bediente, wie schnell, für wie viel.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Left this machine {left_when}: {amount}. To {named}. Enter shows the request.</source>
        <translation>Abgeflossen {left_when}: {amount}. An {named}. Enter zeigt die Anfrage.</translation>
    </message>
    <message>
        <source>Nothing has left this machine {left_when}.</source>
        <translation>Nichts hat diesen Rechner verlassen ({left_when}).</translation>
    </message>
    <message>
        <source>What left this machine</source>
        <translation>Was diesen Rechner verließ</translation>
    </message>
    <message>
        <source>Nothing fits these filters.</source>
        <translation>Nichts passt zu diesen Filtern.</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>Wird gesucht …</translation>
    </message>
    <message>
        <source>What is said is not kept (observability.transcripts)</source>
        <translation>Gesagtes wird nicht aufbewahrt (observability.transcripts)</translation>
    </message>
    <message>
        <source>No notices.</source>
        <translation>Nichts zu melden.</translation>
    </message>
    <message>
        <source>Money over time</source>
        <translation>Kosten im Verlauf</translation>
    </message>
    <message>
        <source>Most: {words}, {name}</source>
        <translation>Höchstwert: {words}, {name}</translation>
    </message>
    <message>
        <source>No requests in this period.</source>
        <translation>In dieser Zeit wurde nichts angefragt.</translation>
    </message>
    <message>
        <source>Money over time, {name}: {words}</source>
        <translation>Kosten im Verlauf, {name}: {words}</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>Startet …</translation>
    </message>
    <message>
        <source>The gateway is not serving</source>
        <translation>Das Gateway ist nicht in Betrieb</translation>
    </message>
    <message>
        <source>This page will be here in a moment.</source>
        <translation>Diese Seite zeigt gleich etwas.</translation>
    </message>
    <message>
        <source>No model is installed yet. The page Models has them.</source>
        <translation>Noch kein Modell installiert. Die Seite Modelle holt sie.</translation>
    </message>
    <message>
        <source>Memory of the engines</source>
        <translation>Speicher der Engines</translation>
    </message>
    <message>
        <source>Open Models</source>
        <translation>Modelle öffnen</translation>
    </message>
    <message>
        <source>How long it stays in memory without requests</source>
        <translation>Wie lange sie ohne Anfragen im Speicher bleibt</translation>
    </message>
    <message>
        <source>The chosen engine</source>
        <translation>Die gewählte Engine</translation>
    </message>
    <message>
        <source>Memory of the chosen engine</source>
        <translation>Speicher der gewählten Engine</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Engine</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Memory over {time}: {least} to {most}</source>
        <translation>Speicher über {time}: {least} bis {most}</translation>
    </message>
    <message numerus="yes">
        <source>%n engine(s)</source>
        <translation>
            <numerusform>%n Engine</numerusform>
            <numerusform>%n Engines</numerusform>
        </translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>im Speicher</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>Jederzeit</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Letzte 7 Tage</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>Letzte 30 Tage</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Only errors</source>
        <translation>Nur Fehler</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Alle Arten</translation>
    </message>
    <message>
        <source>All projects</source>
        <translation>Alle Projekte</translation>
    </message>
    <message>
        <source>All targets</source>
        <translation>Alle Ziele</translation>
    </message>
    <message>
        <source>Copy lines</source>
        <translation>Zeilen kopieren</translation>
    </message>
    <message>
        <source>Welcome. Your first voice turn is one click away</source>
        <translation>Willkommen. Ein Klick bis zum ersten Gespräch</translation>
    </message>
    <message>
        <source>Get models and talk</source>
        <translation>Modelle holen und sprechen</translation>
    </message>
    <message>
        <source>Take a voice turn</source>
        <translation>Ein Gespräch führen</translation>
    </message>
    <message>
        <source>Play it</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>{each}. {size} in all; they stay on this machine.</source>
        <translation>{each}. Zusammen {size}; sie bleiben auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Heard: {heard}
Answered, in {speech_s} s of speech: {answered}
{time} in all: {stages}.{cost}{cold}</source>
        <translation>Gehört: {heard}
Geantwortet, in {speech_s} s Sprache: {answered}
{time} insgesamt: {stages}.{cost}{cold}</translation>
    </message>
    <message>
        <source>Lines for your agent</source>
        <translation>Zeilen für deinen Agenten</translation>
    </message>
    <message>
        <source>Lines for {name}</source>
        <translation>Zeilen für {name}</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Ausblenden</translation>
    </message>
    <message>
        <source>Models fetched</source>
        <translation>Geholte Modelle</translation>
    </message>
    <message>
        <source>What was fetched so far is kept.</source>
        <translation>Was schon geholt ist, bleibt.</translation>
    </message>
    <message>
        <source>Looking at the model store …</source>
        <translation>Modelle werden gelesen …</translation>
    </message>
    <message>
        <source>Talking …</source>
        <translation>Im Gespräch …</translation>
    </message>
    <message>
        <source>Listening, thinking, speaking. The first turn loads three models …</source>
        <translation>Hören, denken, sprechen. Beim ersten Mal werden drei Modelle geladen …</translation>
    </message>
    <message>
        <source> It cost {amount}.</source>
        <translation> Kosten: {amount}.</translation>
    </message>
    <message>
        <source> The models had to load; take another to see how fast it is from now on.</source>
        <translation> Die Modelle mussten laden; versuche es noch einmal, um das künftige Tempo zu sehen.</translation>
    </message>
    <message>
        <source>Models that run on this machine</source>
        <translation>Modelle, die auf diesem Rechner laufen</translation>
    </message>
    <message>
        <source>A voice turn that never leaves this machine</source>
        <translation>Ein Gespräch, das ihn nie verlässt</translation>
    </message>
    <message>
        <source>Your agent, unchanged</source>
        <translation>Dein Agent, unverändert</translation>
    </message>
    <message>
        <source>Fetching …</source>
        <translation>Wird geholt …</translation>
    </message>
    <message>
        <source>Installed: </source>
        <translation>Installiert: </translation>
    </message>
    <message>
        <source>A recorded question goes in, a spoken answer comes out, timed and priced.</source>
        <translation>Eine aufgenommene Frage geht hinein, eine gesprochene Antwort kommt heraus, mit Zeit und Preis.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>diese Liste</translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+0</source>
        <translation>Strg+1 … Strg+0</translation>
    </message>
    <message>
        <source>the pages, from the top</source>
        <translation>die Seiten, von oben</translation>
    </message>
    <message>
        <source>Ctrl+F</source>
        <translation>Strg+F</translation>
    </message>
    <message>
        <source>search on this page</source>
        <translation>auf dieser Seite suchen</translation>
    </message>
    <message>
        <source>Ctrl+W</source>
        <translation>Strg+W</translation>
    </message>
    <message>
        <source>close the window; the tray keeps serving</source>
        <translation>Fenster schließen; der Dienst läuft weiter</translation>
    </message>
    <message>
        <source>Ctrl+Q</source>
        <translation>Strg+Q</translation>
    </message>
    <message>
        <source>quit</source>
        <translation>beenden</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Leertaste</translation>
    </message>
    <message>
        <source>on Talk: hold to speak</source>
        <translation>auf Sprechen: halten zum Sprechen</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab, Umschalt+Tab</translation>
    </message>
    <message>
        <source>to the next control, and back</source>
        <translation>von Element zu Element</translation>
    </message>
    <message>
        <source>Arrows, Enter</source>
        <translation>Pfeile, Enter</translation>
    </message>
    <message>
        <source>in a list: move, open</source>
        <translation>in einer Liste: bewegen, öffnen</translation>
    </message>
    <message>
        <source>Ctrl+S</source>
        <translation>Strg+S</translation>
    </message>
    <message>
        <source>in a list: sort by the next column</source>
        <translation>in einer Liste: nach der nächsten Spalte ordnen</translation>
    </message>
    <message>
        <source>Escape</source>
        <translation>Esc</translation>
    </message>
    <message>
        <source>clear the search; close a dialog; leave a new project or server</source>
        <translation>Suche leeren; Frage schließen; neues Projekt oder neuen Server verwerfen</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Do</source>
        <translation>Wirkung</translation>
    </message>
    <message>
        <source>Package</source>
        <translation>Paket</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Über</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Bericht kopieren</translation>
    </message>
    <message>
        <source>Open the logs</source>
        <translation>Protokolle öffnen</translation>
    </message>
    <message>
        <source>Speech and language engines on one local socket. Apache-2.0 licence. It uses these packages, each with its licence:</source>
        <translation>Sprach- und Text-Engines an einem lokalen Socket. Apache-2.0-Lizenz. Worauf es aufbaut, mit Lizenzen:</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Lizenzen</translation>
    </message>
    <message>
        <source>VoiceGateway Desktop {version}</source>
        <translation>VoiceGateway Desktop {version}</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>Warnungen</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Bericht</translation>
    </message>
    <message>
        <source>Open {logs} by hand</source>
        <translation>{logs} von Hand öffnen</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>Nichts passt dazu.</translation>
    </message>
    <message>
        <source>Nothing was logged since the start.</source>
        <translation>Seit dem Start wurde nichts protokolliert.</translation>
    </message>
    <message>
        <source>{time} at {strftime}</source>
        <translation>{time} um {strftime}</translation>
    </message>
    <message>
        <source>Latency of recent requests</source>
        <translation>Latenz der letzten Anfragen</translation>
    </message>
    <message>
        <source>Requests shown: {v}</source>
        <translation>Gezeigte Anfragen: {v}</translation>
    </message>
    <message>
        <source>Each dot is a request. With more requests, a line shows the median and a band the middle half.</source>
        <translation>Jeder Punkt ist eine Anfrage. Bei mehr Anfragen zeigt eine Linie den Median und ein Band die mittlere Hälfte.</translation>
    </message>
    <message>
        <source>No requests in the last {span_text}.</source>
        <translation>Keine Anfragen in den letzten {span_text}.</translation>
    </message>
    <message>
        <source>{span_text} ago</source>
        <translation>vor {span_text}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>no requests in {span_text}</source>
        <translation>keine Anfragen in {span_text}</translation>
    </message>
    <message>
        <source>{failed} of {asked} failed</source>
        <translation>{failed} von {asked}: Fehler</translation>
    </message>
    <message>
        <source>{failed} failed</source>
        <translation>{failed} Fehler</translation>
    </message>
    <message>
        <source>{v}: median {time}, p95 {time2}; {told}</source>
        <translation>{v}: Median {time}, p95 {time2}; {told}</translation>
    </message>
    <message>
        <source>p95 {time} · last {time2}</source>
        <translation>p95 {time} · zuletzt {time2}</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>p95 {time}</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>LLM</source>
        <translation>LLM</translation>
    </message>
    <message>
        <source>Being fetched</source>
        <translation>Wird geholt</translation>
    </message>
    <message>
        <source>The chosen model</source>
        <translation>Das gewählte Modell</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Stimme</translation>
    </message>
    <message>
        <source>Play a sample</source>
        <translation>Probe abspielen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Fetch its engine</source>
        <translation>Engine dazu holen</translation>
    </message>
    <message>
        <source>About this model</source>
        <translation>Über dieses Modell</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Search by name, language or licence</source>
        <translation>Nach Name, Sprache, Lizenz suchen</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>Modelle suchen</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Pause all</source>
        <translation>Alle anhalten</translation>
    </message>
    <message>
        <source>All pulls together</source>
        <translation>Alle Downloads zusammen</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Fetch it first: a sample is made on this machine.</source>
        <translation>Erst holen: Die Probe entsteht auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Fetch the engine {name}?</source>
        <translation>Engine {name} holen?</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparieren</translation>
    </message>
    <message>
        <source>can be fetched</source>
        <translation>kann geholt werden</translation>
    </message>
    <message>
        <source>Stop fetching</source>
        <translation>Holen anhalten</translation>
    </message>
    <message>
        <source>{name}: its engine is here</source>
        <translation>{name}: Die Engine ist da</translation>
    </message>
    <message>
        <source>Any size</source>
        <translation>Jede Größe</translation>
    </message>
    <message>
        <source>Any language</source>
        <translation>Jede Sprache</translation>
    </message>
    <message>
        <source>No matching model.</source>
        <translation>Kein passendes Modell.</translation>
    </message>
    <message>
        <source>Not in the cost, or estimated</source>
        <translation>Nicht enthalten oder geschätzt</translation>
    </message>
    <message>
        <source>Costs</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>Budgets</translation>
    </message>
    <message>
        <source>No budgets are set.</source>
        <translation>Kein Projekt, Schlüssel oder Rechner hat ein Budget.</translation>
    </message>
    <message>
        <source>On another stack</source>
        <translation>Mit anderem Stack</translation>
    </message>
    <message>
        <source>There is no stack to compare with.</source>
        <translation>Es gibt keinen Stack zum Vergleichen.</translation>
    </message>
    <message>
        <source>Budgets of projects and keys</source>
        <translation>Budgets von Projekten und Schlüsseln</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Nach</translation>
    </message>
    <message>
        <source>Invoice</source>
        <translation>Rechnung</translation>
    </message>
    <message>
        <source>Set budgets</source>
        <translation>Budgets setzen</translation>
    </message>
    <message>
        <source>What these requests would have cost on another stack.</source>
        <translation>Was diese Anfragen dort gekostet hätten.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Budget of the machine</source>
        <translation>Budget des Rechners</translation>
    </message>
    <message>
        <source>the default project</source>
        <translation>das Standardprojekt</translation>
    </message>
    <message>
        <source>Invoice of {name}, {month}</source>
        <translation>Rechnung für {name}, {month}</translation>
    </message>
    <message>
        <source>Not written: {v}</source>
        <translation>Nicht geschrieben: {v}</translation>
    </message>
    <message>
        <source>{rows} rows written</source>
        <translation>{rows} Zeilen geschrieben</translation>
    </message>
    <message>
        <source>Invoice written: {total}</source>
        <translation>Rechnung geschrieben: {total}</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Adresse kopieren</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Stack</source>
        <translation>Stack</translation>
    </message>
    <message>
        <source>Median latency</source>
        <translation>Mittlere Latenz</translation>
    </message>
    <message>
        <source>Spent today</source>
        <translation>Heute ausgegeben</translation>
    </message>
    <message>
        <source>Spending today</source>
        <translation>Ausgaben heute</translation>
    </message>
    <message>
        <source>Nothing used today.</source>
        <translation>Heute nichts benutzt.</translation>
    </message>
    <message>
        <source>Budgets today</source>
        <translation>Budgets heute</translation>
    </message>
    <message>
        <source>Connect an agent</source>
        <translation>Einen Agenten verbinden</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>Offline</translation>
    </message>
    <message>
        <source>Nothing leaves this machine.</source>
        <translation>Nichts verlässt diesen Rechner.</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>Gezeigte Zeit</translation>
    </message>
    <message>
        <source>How late the gateway's own loop ran over the last second; streams wait for it.</source>
        <translation>Wie verspätet die Schleife des Gateways in der letzten Sekunde lief; Streams warten auf sie.</translation>
    </message>
    <message>
        <source>What serves {lower}</source>
        <translation>Was {lower} bedient</translation>
    </message>
    <message>
        <source>not serving</source>
        <translation>nicht in Betrieb</translation>
    </message>
    <message>
        <source>Gateway loop: p99 {p99_ms} ms late</source>
        <translation>Gateway-Schleife: p99 {p99_ms} ms verspätet</translation>
    </message>
    <message>
        <source>Last: {last}</source>
        <translation>Zuletzt: {last}</translation>
    </message>
    <message>
        <source>Not used yet</source>
        <translation>Noch nicht benutzt</translation>
    </message>
    <message>
        <source>Answered by</source>
        <translation>Was antwortet</translation>
    </message>
    <message>
        <source>Stack: {name}</source>
        <translation>Stack: {name}</translation>
    </message>
    <message>
        <source>Current routes</source>
        <translation>Die geltenden Routen</translation>
    </message>
    <message>
        <source>Three targets I choose</source>
        <translation>Drei Ziele nach Wahl</translation>
    </message>
    <message>
        <source>Current route</source>
        <translation>Wie geleitet</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Erstellt</translation>
    </message>
    <message>
        <source>No key yet. Copy API key makes the first.</source>
        <translation>Noch kein Schlüssel: Kopieren legt ihn an.</translation>
    </message>
    <message>
        <source>Keys of the project</source>
        <translation>Schlüssel des Projekts</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Neuer Schlüssel</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>Budget</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Widerrufen</translation>
    </message>
    <message>
        <source>Spent in 30 days</source>
        <translation>Ausgaben in 30 Tagen</translation>
    </message>
    <message>
        <source>API keys</source>
        <translation>API-Schlüssel</translation>
    </message>
    <message>
        <source>Budget of the key</source>
        <translation>Budget des Schlüssels</translation>
    </message>
    <message>
        <source>Revoke the key?</source>
        <translation>Schlüssel widerrufen?</translation>
    </message>
    <message>
        <source>Budget of {name}</source>
        <translation>Budget von {name}</translation>
    </message>
    <message>
        <source>{key}: revoked</source>
        <translation>{key}: widerrufen</translation>
    </message>
    <message>
        <source>serve them, uncounted</source>
        <translation>bedienen, nicht gezählt</translation>
    </message>
    <message>
        <source>refuse them</source>
        <translation>ablehnen</translation>
    </message>
    <message>
        <source>the local network</source>
        <translation>das lokale Netz</translation>
    </message>
    <message>
        <source>the cloud</source>
        <translation>die Cloud</translation>
    </message>
    <message>
        <source>Budget a day</source>
        <translation>Tagesbudget</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>Eigene Einstellungen</translation>
    </message>
    <message>
        <source>Projects and budgets</source>
        <translation>Projekte und Budgets</translation>
    </message>
    <message>
        <source>Models without a price</source>
        <translation>Modelle ohne Preis</translation>
    </message>
    <message>
        <source>More budgets</source>
        <translation>Weitere Budgets</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Budgets of {name}</source>
        <translation>Budgets von {name}</translation>
    </message>
    <message>
        <source>stack {name}</source>
        <translation>Stack {name}</translation>
    </message>
    <message>
        <source>only {place}</source>
        <translation>nur {place}</translation>
    </message>
    <message>
        <source>in voicegw.yaml</source>
        <translation>in voicegw.yaml</translation>
    </message>
    <message>
        <source>Kitchen assistant</source>
        <translation>Küchenhilfe</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>Neues Projekt</translation>
    </message>
    <message>
        <source>What voicegw.yaml sets for it is changed in that file.</source>
        <translation>Was voicegw.yaml dafür festlegt, wird in dieser Datei geändert.</translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation>{name} löschen?</translation>
    </message>
    <message>
        <source>A new project</source>
        <translation>Ein neues Projekt</translation>
    </message>
    <message>
        <source>It gets a key of its own when you copy it.</source>
        <translation>Es bekommt einen eigenen Schlüssel, wenn du ihn kopierst.</translation>
    </message>
    <message>
        <source>{name}: deleted</source>
        <translation>{name}: gelöscht</translation>
    </message>
    <message>
        <source>A project needs an id, such as kitchen.</source>
        <translation>Ein Projekt braucht eine Id, etwa kueche.</translation>
    </message>
    <message>
        <source>Keys are kept in this system's keychain.</source>
        <translation>Schlüssel liegen im Schlüsselbund des Systems.</translation>
    </message>
    <message>
        <source>Keys are kept in a sealed file that only you can read.</source>
        <translation>Schlüssel liegen in einer versiegelten Datei, die nur du lesen kannst.</translation>
    </message>
    <message>
        <source>Does</source>
        <translation>Kann</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Providers and keys</source>
        <translation>Anbieter und Schlüssel</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>Neuer Server</translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation>Schlüssel?</translation>
    </message>
    <message>
        <source>Fetch its package</source>
        <translation>Sein Paket holen</translation>
    </message>
    <message>
        <source>Fetch the plugins for cloud providers?</source>
        <translation>Die Erweiterungen für Cloud-Anbieter holen?</translation>
    </message>
    <message>
        <source>{name} answers in {time}.</source>
        <translation>{name} antwortet in {time}.</translation>
    </message>
    <message>
        <source>Asking {name} …</source>
        <translation>{name} wird gefragt …</translation>
    </message>
    <message>
        <source>Forget {name}?</source>
        <translation>{name} vergessen?</translation>
    </message>
    <message>
        <source>the provider's default</source>
        <translation>die des Anbieters</translation>
    </message>
    <message>
        <source>Move to the keychain</source>
        <translation>In den Schlüsselbund verschieben</translation>
    </message>
    <message>
        <source>Move to a file</source>
        <translation>In eine Datei verschieben</translation>
    </message>
    <message>
        <source>The plugins for cloud providers are here</source>
        <translation>Die Erweiterungen für Cloud-Anbieter sind da</translation>
    </message>
    <message>
        <source>A server of your own</source>
        <translation>Ein eigener Server</translation>
    </message>
    <message>
        <source>vLLM, LM Studio, LiteLLM, llama-server, Ollama, or a Wyoming server.</source>
        <translation>vLLM, LM Studio, LiteLLM, llama-server, Ollama oder ein Wyoming-Server.</translation>
    </message>
    <message>
        <source>{name}: forgotten</source>
        <translation>{name}: vergessen</translation>
    </message>
    <message>
        <source>paste a key</source>
        <translation>Schlüssel einfügen</translation>
    </message>
    <message>
        <source>A server needs a name and an address.</source>
        <translation>Ein Server braucht Namen und Adresse.</translation>
    </message>
    <message>
        <source>Paste a key or an address first.</source>
        <translation>Erst einen Schlüssel oder eine Adresse einfügen.</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Serving</source>
        <translation>Dienst</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>Aufzeichnungen</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Neu starten</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Dateien</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open the models folder</source>
        <translation>Modelle öffnen</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>Sicherung</translation>
    </message>
    <message>
        <source>A backup holds requests, totals, settings made here and hashes of keys. A revoked key stays revoked.</source>
        <translation>Anfragen, Summen, hier gemachte Einstellungen und Hashes der Schlüssel; ein widerrufener Schlüssel bleibt widerrufen.</translation>
    </message>
    <message>
        <source>Back up</source>
        <translation>Sichern</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Zurückspielen</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: what is not set here has its default.</source>
        <translation>Keine voicegw.yaml gefunden: Was hier nicht gesetzt ist, gilt wie geliefert.</translation>
    </message>
    <message>
        <source>Restore this backup?</source>
        <translation>Diese Sicherung zurückspielen?</translation>
    </message>
    <message>
        <source>Reset {lower}</source>
        <translation>{lower} zurücksetzen</translation>
    </message>
    <message>
        <source>{rows} requests backed up</source>
        <translation>{rows} Anfragen gesichert</translation>
    </message>
    <message>
        <source>The backup was restored</source>
        <translation>Die Sicherung gilt jetzt</translation>
    </message>
    <message>
        <source>Set in {name}</source>
        <translation>Festgelegt in {name}</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>die Datei</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>Arbeitet</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>Handlungsbedarf</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message numerus="yes">
        <source>%n running request(s)</source>
        <translation>
            <numerusform>%n laufende Anfrage</numerusform>
            <numerusform>%n laufende Anfragen</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing leaves this machine</source>
        <translation>Nichts verlässt diesen Rechner</translation>
    </message>
    <message>
        <source>Agents can connect</source>
        <translation>Agenten können sich verbinden</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>Nr.</translation>
    </message>
    <message>
        <source>Wait by stage</source>
        <translation>Wartezeit je Stufe</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nach</translation>
    </message>
    <message>
        <source>Turns</source>
        <translation>Wechsel</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Worte</translation>
    </message>
    <message>
        <source>Turns of the session</source>
        <translation>Wechsel der Sitzung</translation>
    </message>
    <message>
        <source>Requests of the session</source>
        <translation>Anfragen der Sitzung</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>ok</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source> · {failed} failed</source>
        <translation> · {failed} fehlgeschlagen</translation>
    </message>
    <message>
        <source>Scroll to the end of the list to sort it.</source>
        <translation>Blättern Sie ans Ende der Liste, um sie zu ordnen.</translation>
    </message>
    <message>
        <source>Waits for its turn …</source>
        <translation>Wartet …</translation>
    </message>
    <message>
        <source>Answering …</source>
        <translation>Antwortet …</translation>
    </message>
    <message>
        <source>Keep as route</source>
        <translation>Als Route nehmen</translation>
    </message>
    <message>
        <source>Compare now</source>
        <translation>Jetzt vergleichen</translation>
    </message>
    <message>
        <source>Add a third</source>
        <translation>Dritte hinzufügen</translation>
    </message>
    <message>
        <source>, choice {n}</source>
        <translation>, Auswahl {n}</translation>
    </message>
    <message>
        <source>Keep choice {n} as route</source>
        <translation>Auswahl {n} als Route nehmen</translation>
    </message>
    <message>
        <source>, {size} in memory</source>
        <translation>, {size} im Speicher</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>Auswahl</translation>
    </message>
    <message>
        <source>your last utterance</source>
        <translation>deine letzte Äußerung</translation>
    </message>
    <message>
        <source>the recorded question</source>
        <translation>die aufgenommene Frage</translation>
    </message>
    <message>
        <source>Each choice answers {what}. A model that is not loaded yet takes longer the first time.</source>
        <translation>Jede Auswahl bekommt {what}. Ein Modell, das erst laden muss, braucht dann länger.</translation>
    </message>
    <message>
        <source>Fastest to first sound</source>
        <translation>Zuerst zu hören</translation>
    </message>
    <message>
        <source>The target's default</source>
        <translation>Die des Ziels</translation>
    </message>
    <message>
        <source>Agents may speak and listen here</source>
        <translation>Agenten dürfen hier sprechen und zuhören</translation>
    </message>
    <message>
        <source>Lets agents use the MCP tools speak, listen and converse on this machine.</source>
        <translation>Erlaubt Agenten die MCP-Werkzeuge speak, listen und converse auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation>Anweisungen</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Mikrofon</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Lautsprecher</translation>
    </message>
    <message>
        <source>Gain</source>
        <translation>Verstärkung</translation>
    </message>
    <message>
        <source>The system's default</source>
        <translation>Standard des Systems</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Optionen</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>Halten: reden</translation>
    </message>
    <message>
        <source>Hands-free</source>
        <translation>Freihändig</translation>
    </message>
    <message>
        <source>Recorded question</source>
        <translation>Beispielfrage</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Talk or compare</source>
        <translation>Sprechen oder vergleichen</translation>
    </message>
    <message>
        <source>Or hold Space</source>
        <translation>Oder Leertaste halten</translation>
    </message>
    <message>
        <source>Microphone level</source>
        <translation>Mikrofonpegel</translation>
    </message>
    <message>
        <source>Type, and hear the answer</source>
        <translation>Tippen und die Antwort hören</translation>
    </message>
    <message>
        <source>Release to get the answer</source>
        <translation>Loslassen für die Antwort</translation>
    </message>
    <message>
        <source>Time of each stage</source>
        <translation>Zeit jeder Stufe</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Where agents connect; 0 takes any free one at each start.</source>
        <translation>Wo sich Agenten verbinden; 0 nimmt bei jedem Start einen freien.</translation>
    </message>
    <message>
        <source>Allow other machines</source>
        <translation>Andere Rechner zulassen</translation>
    </message>
    <message>
        <source>Listens on every address. Keys are still required; nothing is encrypted without serve.tls_cert.</source>
        <translation>Lauscht an jeder Adresse. Schlüssel bleiben nötig; ohne serve.tls_cert ist nichts verschlüsselt.</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Farbschema</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>English</source>
        <translation>English</translation>
    </message>
    <message>
        <source>Deutsch</source>
        <translation>Deutsch</translation>
    </message>
    <message>
        <source>Español</source>
        <translation>Español</translation>
    </message>
    <message>
        <source>简体中文</source>
        <translation>简体中文</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>Textgröße</translation>
    </message>
    <message>
        <source>Start in the tray</source>
        <translation>Im Infobereich starten</translation>
    </message>
    <message>
        <source>Without a window, where the desktop has a tray.</source>
        <translation>Ohne Fenster, wo der Desktop einen Infobereich hat.</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Benachrichtigungen</translation>
    </message>
    <message>
        <source>For what needs your attention, such as a spent budget.</source>
        <translation>Für das, was einen Menschen braucht, etwa ein verbrauchtes Budget.</translation>
    </message>
    <message>
        <source>Checks once a day. A downloaded version starts after a restart.</source>
        <translation>Fragt einmal am Tag die Stelle, die dieses Programm nennt. Geholte Versionen starten nach einem Neustart.</translation>
    </message>
    <message>
        <source>ask me</source>
        <translation>mich fragen</translation>
    </message>
    <message>
        <source>do not check</source>
        <translation>nach keinen sehen</translation>
    </message>
    <message>
        <source>tell me</source>
        <translation>mir melden</translation>
    </message>
    <message>
        <source>fetch them</source>
        <translation>holen</translation>
    </message>
    <message>
        <source>Keep idle engines</source>
        <translation>Wartende Engines behalten</translation>
    </message>
    <message>
        <source>How long a model stays in memory without requests.</source>
        <translation>Wie lange ein Modell ohne Anfragen im Speicher bleibt.</translation>
    </message>
    <message>
        <source>until the answer is given</source>
        <translation>bis zur Antwort</translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation>1 Minute</translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation>5 Minuten</translation>
    </message>
    <message>
        <source>30 minutes</source>
        <translation>30 Minuten</translation>
    </message>
    <message>
        <source>always</source>
        <translation>immer</translation>
    </message>
    <message>
        <source>Memory for engines</source>
        <translation>Speicher für Engines</translation>
    </message>
    <message>
        <source>For all engines together, such as 4GiB. Empty: 60 % of this machine's memory.</source>
        <translation>Alle Engines zusammen, etwa 4GiB; leer: 60 % dieses Rechners.</translation>
    </message>
    <message>
        <source>Models folder</source>
        <translation>Modellordner</translation>
    </message>
    <message>
        <source>Where models are kept. Models that are elsewhere are not moved.</source>
        <translation>Wo Modelle liegen; solche an anderem Ort werden nicht verschoben.</translation>
    </message>
    <message>
        <source>Keep requests, days</source>
        <translation>Anfragen behalten, Tage</translation>
    </message>
    <message>
        <source>Totals of costs are kept forever. 0: forever, else 7 or more.</source>
        <translation>Kostensummen bleiben für immer. 0: für immer, sonst 7 oder mehr.</translation>
    </message>
    <message>
        <source>Keep turns, days</source>
        <translation>Wechsel behalten, Tage</translation>
    </message>
    <message>
        <source>Turns of conversations. 0: forever, else 7 or more.</source>
        <translation>Wechsel in Gesprächen. 0: für immer, sonst 7 oder mehr.</translation>
    </message>
    <message>
        <source>Keep latency by day, days</source>
        <translation>Latenz je Tag behalten, Tage</translation>
    </message>
    <message>
        <source>After that by month. 0: forever, else 7 or more.</source>
        <translation>Danach je Monat. 0: für immer, sonst 7 oder mehr.</translation>
    </message>
    <message>
        <source>Keep transcripts, days</source>
        <translation>Transkripte behalten, Tage</translation>
    </message>
    <message>
        <source>What was said, where it is kept. 0: as long as its turn.</source>
        <translation>Gesagtes, wo es aufbewahrt wird. 0: so lange wie der Wechsel.</translation>
    </message>
    <message>
        <source>Keep the egress log, days</source>
        <translation>Abfluss-Protokoll behalten, Tage</translation>
    </message>
    <message>
        <source>What left this machine. 0: forever.</source>
        <translation>Was diesen Rechner verließ. 0: unabhängig vom Alter.</translation>
    </message>
    <message>
        <source>Largest database</source>
        <translation>Größte Datenbank</translation>
    </message>
    <message>
        <source>For example 10GiB. Above it the oldest requests, then turns, are deleted early.</source>
        <translation>Etwa 10GiB; darüber gehen die ältesten Anfragen, dann Wechsel, vorzeitig.</translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation>Beim Anmelden starten</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>Proxy</translation>
    </message>
    <message>
        <source>For addresses in the cloud only; taken from HTTPS_PROXY or the system's settings.</source>
        <translation>Nur für Adressen in der Cloud; aus HTTPS_PROXY oder den Systemeinstellungen.</translation>
    </message>
    <message>
        <source>error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>fell back</source>
        <translation>ausgewichen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>info</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>today</source>
        <translation>heute</translation>
    </message>
    <message>
        <source>success</source>
        <translation>ok</translation>
    </message>
</context>
</TS>
