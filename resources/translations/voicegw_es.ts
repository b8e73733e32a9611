<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es">
<context>
    <name>voicegw</name>
    <message>
        <source>This will {would}.{more}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the keys?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{what} copied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Checking {model} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{id} is installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{voice} speaks …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> It is named in: {join}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{moved} secrets are in the {kind}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{model} removed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{error} The answer is in {audio}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>API key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{model}: every byte is right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VoiceGateway lives in the tray: its icon says how it is, and keeps serving when the window is closed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop shows no tray icons: keep this window, or use voicegw on the command line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{those} now. Quitting ends {v}; the clients are told.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{running} requests run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One request runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit VoiceGateway?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quitting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped by you; requests are refused.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VoiceGateway keeps running in the tray; click the icon to reopen this window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was no whole answer within {RECORDED_LIMIT} s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The program ended without being asked to the last time. Help has the log and a report to copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{written} rows written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept as the routes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{error} You can type, or ask the recorded question.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, or type.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{error} The answer is shown, not heard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VoiceGateway: {why}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today {amount}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last turn {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other machines can connect without TLS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>today {amount}, {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VoiceGateway: {v}{told}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stack: {v}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning: other machines can connect without TLS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy API key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No API key: not serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock the keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offline: nothing leaves this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rebuild menu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing installed for it: open the window, page Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add stacks in voicegw.yaml, section stacks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model installed: open the window, page Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy {endpoint}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No endpoint: not serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> (last {last})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engines: {running} in memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>budget spent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>budget nearly spent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last turn {time}: {stages}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> and {n} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left {left_when}: {amount}, to {first}{others}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetching {summary}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As requested</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More in the window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each project's own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{target}: needs a key, page Providers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as each project says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as requested</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No connection. Nothing was fetched; try again when the network is back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} of {size2}{left}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, about {time} to go</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It could not be fetched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown: no price of it is known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fell back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Served by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Should have</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First byte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Total</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the gateway</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Came by</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Id</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{instead} failed, and {target} took over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an estimate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>as billed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>speech</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>voices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>keychain locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none needed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>answers in {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It cannot be tested: its package is not installed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It cannot be tested: the keychain that holds its key is locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It can be tested once it has a key.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Servers of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paste one below</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs a package</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlocks: {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is set in voicegw.yaml.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its package is not installed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>busy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>idle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unloading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>Failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loaded when asked for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Serves now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loaded in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stays</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Process</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What happened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computes with</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Would get</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changed; taken when it is idle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keychain locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The keychain asks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the keys in a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys in two places</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bring them together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cannot serve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} failed: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} failed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{message} ({more} more in Notices)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The port is taken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use a free port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See budgets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See engines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See notices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A hint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone is open: an agent listens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ready, offline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>since the start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Serving </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>5 min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 h</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>24 h</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>7 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>30 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last month</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Provider</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} without a known price, not in the sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} with an estimated amount</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{unpriced} without a price</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{estimated} estimated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speech to text</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text to speech</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>turn taking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>transcript</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first sound</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up to 100 MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up to 500 MB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up to 1 GB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Up to 3 GB</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{first} after {time}, {requests}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn taking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>engines may hold {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>{used} of {limit}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>many</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small and quick: made to begin with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaks your language.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begun</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Languages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On disk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measured here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Usual speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The most capable that leaves memory for the others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} to go</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>begun</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its files have no known hashes: those of the first download are recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>checking</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paused at {share}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>audio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold the button or Space and speak; let go to be answered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold the button or Space and say what every choice shall answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hands-free: speak whenever you like, also over an answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening the microphone …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thinking …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaking …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ask something: by voice, by typing, or with the recorded question. Local models answer without a network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lower} by {v}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Routed elsewhere: {join}. Lift the routes on Overview to compare freely.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gateway does not serve, so nothing can answer. Start serving first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You interrupted this answer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>endpoint</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to the model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first clause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to the voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>after {time} of the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Person</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spoke at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Silence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Went wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fallback(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n false start(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>for ever</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unloads at once</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>good</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bad</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>warn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Length</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent to</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Target</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Audio</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server's answer named this host for a redirect. Nothing was sent there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Still open, or the program was killed before the rest was counted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time to first byte</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>live</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What needs attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overview</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Money</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Providers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projects</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No conversation yet. A transcription begins one, as does an agent that names its room or session; what stands alone is in Requests.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No requests yet. They appear here as agents talk: which target served each, how fast, for how much.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left this machine {left_when}: {amount}. To {named}. Enter shows the request.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has left this machine {left_when}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What left this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing fits these filters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is said is not kept (observability.transcripts)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing to tell.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Money over time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>most in one: {words}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was asked in this time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Money over time, {name}: {words}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gateway is not serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This page shows something in a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No model is installed yet. The page Models fetches them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory of the engines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long it stays in memory without requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Engine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>%n engine(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message>
        <source>in memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only errors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All projects</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All targets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy lines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Welcome. Your first voice turn is one click away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get models and talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take a voice turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{each}. {size} in all; they stay on this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines for your agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hide</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models fetched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was fetched so far is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at the model store …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listening, thinking, speaking. The first turn loads three models …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> It cost {amount}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> The models had to load; take another to see how fast it is from now on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Heard: {heard}
Answered, in {speech_s} s of speech: {answered}
{time} in all: {stages}.{cost}{cold}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models that run on this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A voice turn that never leaves it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your agent, unchanged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetching …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talking …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A recorded question goes in, a spoken answer comes out, timed and priced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines for {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed: </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the pages, from the top</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+F</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>search on this page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+W</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>close the window; the tray keeps serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ctrl+Q</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Space</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on Talk: hold to speak</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from control to control</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrows, Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in a list: move, open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Escape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>empty the search; close a question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Package</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the logs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speech and language engines on one local socket. MIT licence. What is built upon, with its licences:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VoiceGateway Desktop {version}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open {logs} by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} at {strftime}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Latency of recent requests</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests shown: {v}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No requests in the last {span_text}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{span_text} ago</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The microphone is open: an agent listens to this room.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speech</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Being fetched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play a sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>About this model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verify</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search by name, language or licence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All pulls together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fetch it first: a sample is made on this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repair</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>can be fetched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No matching model.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Any language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not in the cost, or estimated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Costs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Budgets today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No project has a budget.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>By</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set budgets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{rows} rows written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not written: {v}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{used} of {amount}{over}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stack</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Median latency</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spent today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spending today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing used today.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, {amount} over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect an agent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Offline</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing leaves this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How late the gateway's own loop ran over the last second; streams wait for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{failed} of {asked} failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{v}: median {time}, p95 {time2}; {told}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What serves {lower}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gateway loop: p99 {p99_ms} ms late</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>p95 {time} · last {time2}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no requests in {span_text}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last: {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not used yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stack: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The routes in force</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three of my choice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As routed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No key yet: copying one makes it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys of the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spent in 30 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Revoke the key?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>never</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{key}: revoked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only warn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>serve what is free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refuse what costs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>serve them, uncounted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refuse them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the local network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the cloud</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{v} of {amount}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Budget a day</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What differs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no limit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projects and budgets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When it is spent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models without a price</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Budget a day, US$</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stack {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only {place}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in voicegw.yaml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kitchen assistant</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Defined in voicegw.yaml; change it in that file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It gets a key of its own when you copy it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: saved</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: deleted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The budget is "{text}"; write US dollars, as in 2.50, or nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A project needs an id, such as kitchen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys are kept in this system's keychain.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys are kept in a sealed file that only you can read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Providers and keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the provider's own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} answers in {time}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asking {name} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget {name}?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move to the keychain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move to a file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vLLM, LM Studio, LiteLLM, llama-server, or a Wyoming server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>paste a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Written in voicegw.yaml, and the file wins.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: forgotten</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A server needs a name and an address.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste a key or an address first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Serving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Records</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Serve anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open voicegw.yaml</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the models</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: what is not set here is as it comes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset {lower}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing opened {v}: open it by hand.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set in {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Working</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pages</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing leaves this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agents can connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait by stage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns of the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Requests of the session</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ok</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Request</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · {failed} failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waits for its turn …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Answering …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep as route</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A third</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, choice {n}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep choice {n} as route</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, {size} in memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>your last utterance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the recorded question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each choice gets {what}. A model that has to load first takes longer that time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First to be heard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The target's own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Agents may speak and listen here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lets agents use the MCP tools speak, listen and converse on this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gain</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system's default</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Options</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hands-free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded question</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Talk or compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Or hold Space</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microphone level</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type, and hear the answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let go to be answered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Time of each stage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Port</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where agents connect; 0 takes any free one at each start.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let other machines in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Listens on every address. Keys are still required; nothing is encrypted without serve.tls_cert.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As the system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Light</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>English</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deutsch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Español</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>简体中文</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Text size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start in the tray</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without a window, where the desktop has a tray.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For what needs a person, such as a spent budget.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep idle engines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long a model stays in memory without requests.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>until the answer is given</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>30 minutes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>always</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Memory for engines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All engines together, such as 4GiB; empty: 60 % of this machine's.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Models folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where models are kept; those that are elsewhere are not moved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep requests, days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sums of costs stay for ever. 0: for ever, else 7 or more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep turns, days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns of conversations. 0: for ever, else 7 or more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep latency by day, days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After that by month. 0: for ever, else 7 or more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep transcripts, days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was said, where it is kept. 0: as long as its turn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the egress log, days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What left this machine. 0: whatever its age.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest database</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Such as 10GiB; above it the oldest requests, then turns, go before their time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For addresses in the cloud only; taken from HTTPS_PROXY or the system's settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>warning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>info</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>today</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>success</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
