<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es">
<context>
    <name>voicegw</name>
    <message>
        <source>This will {would}.{more}</source>
        <translation>Esto hará lo siguiente: {would}.{more}</translation>
    </message>
    <message>
        <source>Move the keys?</source>
        <translation>¿Mover las claves?</translation>
    </message>
    <message>
        <source>Move</source>
        <translation>Mover</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Remove {model}?</source>
        <translation>¿Quitar {model}?</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Checking {model} …</source>
        <translation>Comprobando {model} …</translation>
    </message>
    <message>
        <source>{id} is installed</source>
        <translation>{id} está instalado</translation>
    </message>
    <message>
        <source>Fetch</source>
        <translation>Bajar</translation>
    </message>
    <message>
        <source>{voice} speaks …</source>
        <translation>{voice} habla …</translation>
    </message>
    <message>
        <source> It is named in: {join}.</source>
        <translation> Se nombra en: {join}.</translation>
    </message>
    <message>
        <source>{moved} secrets are in the {kind}</source>
        <translation>{moved} secretos están ahora en: {kind}</translation>
    </message>
    <message>
        <source>{what} copied</source>
        <translation>{what}: copiado</translation>
    </message>
    <message>
        <source>{model} removed</source>
        <translation>{model} quitado</translation>
    </message>
    <message>
        <source>{error} The answer is in {audio}.</source>
        <translation>{error} La respuesta está en {audio}.</translation>
    </message>
    <message>
        <source>{v} could not be opened. Open it in your file manager.</source>
        <translation>Nada abrió {v}: ábralo a mano.</translation>
    </message>
    <message>
        <source>API key</source>
        <translation>Clave de API</translation>
    </message>
    <message>
        <source>{model}: all files are intact</source>
        <translation>{model}: todos los bytes son correctos</translation>
    </message>
    <message>
        <source>VoiceGateway runs in the tray: its icon shows the state, and it keeps serving when the window is closed.</source>
        <translation>VoiceGateway está en la bandeja: su icono muestra el estado y sigue sirviendo con la ventana cerrada.</translation>
    </message>
    <message>
        <source>{those} now. Quitting ends {v}; the clients are told.</source>
        <translation>{those} ahora. Salir termina {v}; se avisa a los clientes.</translation>
    </message>
    <message>
        <source>{running} requests run</source>
        <translation>{running} solicitudes en curso</translation>
    </message>
    <message>
        <source>One request runs</source>
        <translation>Hay una solicitud en curso</translation>
    </message>
    <message>
        <source>them</source>
        <translation>estas solicitudes</translation>
    </message>
    <message>
        <source>it</source>
        <translation>esta solicitud</translation>
    </message>
    <message>
        <source>Quit VoiceGateway?</source>
        <translation>¿Salir de VoiceGateway?</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Salir</translation>
    </message>
    <message>
        <source>Quitting</source>
        <translation>Saliendo</translation>
    </message>
    <message>
        <source>The program has an error. Start it again, or copy the report on the page Help and send it to the developers.</source>
        <translation>Un fallo del programa; vuelva a iniciarlo o copie el informe de la página Ayuda para sus desarrolladores.</translation>
    </message>
    <message>
        <source>Stopped by you; requests are refused.</source>
        <translation>Detenido por usted; se rechazan las solicitudes.</translation>
    </message>
    <message>
        <source>VoiceGateway keeps running in the tray; click the icon to reopen this window.</source>
        <translation>VoiceGateway sigue en la bandeja; haga clic en el icono para volver a abrir esta ventana.</translation>
    </message>
    <message>
        <source>The answer did not finish within {RECORDED_LIMIT} s.</source>
        <translation>No hubo respuesta completa en {RECORDED_LIMIT} s.</translation>
    </message>
    <message>
        <source>The program ended unexpectedly last time. Help has the log and a report to copy.</source>
        <translation>La última vez el programa terminó sin que se pidiera. En Ayuda están el registro y un informe para copiar.</translation>
    </message>
    <message>
        <source>{written} rows written</source>
        <translation>{written} filas escritas</translation>
    </message>
    <message>
        <source>The gateway was started outside this window: Quit leaves it running.</source>
        <translation>La pasarela se inició fuera de esta ventana: al salir sigue funcionando.</translation>
    </message>
    <message>
        <source>Attached to {address}</source>
        <translation>Conectado a {address}</translation>
    </message>
    <message>
        <source>Kept as the routes</source>
        <translation>Guardado como rutas</translation>
    </message>
    <message>
        <source>{error} You can type, or ask the recorded question.</source>
        <translation>{error} Puede escribir o hacer la pregunta grabada.</translation>
    </message>
    <message>
        <source>Talk was stopped by a fault in this program. Try again; the log on the page Help tells more.</source>
        <translation>Un fallo de este programa detuvo la conversación. Inténtalo de nuevo; el registro de la página Ayuda dice más.</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, or type.</source>
        <translation>No se encontró ningún micrófono. Conecte uno o escriba.</translation>
    </message>
    <message>
        <source>{error} The answer is shown, not heard.</source>
        <translation>{error} La respuesta se muestra, no se oye.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window ends the program.</source>
        <translation>Este escritorio no muestra iconos en la bandeja. Al cerrar esta ventana termina el programa.</translation>
    </message>
    <message>
        <source>This desktop shows no tray icons. Closing this window leaves the gateway running.</source>
        <translation>Este escritorio no muestra iconos en la bandeja. Al cerrar esta ventana, la pasarela sigue funcionando.</translation>
    </message>
    <message>
        <source>VoiceGateway: {why}</source>
        <translation>VoiceGateway: {why}</translation>
    </message>
    <message>
        <source>Today {amount}</source>
        <translation>Hoy {amount}</translation>
    </message>
    <message>
        <source>Last turn {time}</source>
        <translation>Último turno {time}</translation>
    </message>
    <message>
        <source>Other machines can connect without TLS</source>
        <translation>Otros equipos pueden conectarse sin TLS</translation>
    </message>
    <message>
        <source>starting</source>
        <translation>iniciando</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>listo</translation>
    </message>
    <message>
        <source>working</source>
        <translation>trabajando</translation>
    </message>
    <message>
        <source>needs attention</source>
        <translation>requiere atención</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>detenido</translation>
    </message>
    <message>
        <source>today {amount}, {count}</source>
        <translation>hoy {amount}, {count}</translation>
    </message>
    <message>
        <source>Open window</source>
        <translation>Abrir ventana</translation>
    </message>
    <message>
        <source>VoiceGateway: {v}{told}</source>
        <translation>VoiceGateway: {v}{told}</translation>
    </message>
    <message>
        <source>Stack: {v}</source>
        <translation>Conjunto: {v}</translation>
    </message>
    <message>
        <source>Warning: other machines can connect without TLS</source>
        <translation>Aviso: otros equipos pueden conectarse sin TLS</translation>
    </message>
    <message>
        <source>Copy API key</source>
        <translation>Copiar clave de API</translation>
    </message>
    <message>
        <source>No API key: not serving</source>
        <translation>Sin clave de API: no está sirviendo</translation>
    </message>
    <message>
        <source>Unlock the keychain</source>
        <translation>Desbloquear el llavero</translation>
    </message>
    <message>
        <source>Offline: nothing leaves this machine</source>
        <translation>Sin conexión: nada sale de este equipo</translation>
    </message>
    <message numerus="yes">
        <source>%n live session(s)</source>
        <translation>
            <numerusform>%n sesión en curso</numerusform>
            <numerusform>%n sesiones en curso</numerusform>
        </translation>
    </message>
    <message>
        <source>{v} of {amount}</source>
        <translation>{v} de {amount}</translation>
    </message>
    <message>
        <source>No model for it is installed: open the window, page Models</source>
        <translation>No hay nada instalado: abra la ventana, página Modelos</translation>
    </message>
    <message>
        <source>Add stacks in voicegw.yaml, section stacks</source>
        <translation>Añada conjuntos en voicegw.yaml, sección stacks</translation>
    </message>
    <message>
        <source>No model installed: open the window, page Models</source>
        <translation>Ningún modelo instalado: abra la ventana, página Modelos</translation>
    </message>
    <message>
        <source>Copy {endpoint}</source>
        <translation>Copiar {endpoint}</translation>
    </message>
    <message>
        <source>No endpoint: not serving</source>
        <translation>Sin dirección: no está sirviendo</translation>
    </message>
    <message>
        <source> (last {last})</source>
        <translation> (último: {last})</translation>
    </message>
    <message>
        <source>Engines: {running} in memory</source>
        <translation>Motores: {running} en memoria</translation>
    </message>
    <message numerus="yes">
        <source>%n request(s)</source>
        <translation>
            <numerusform>%n solicitud</numerusform>
            <numerusform>%n solicitudes</numerusform>
        </translation>
    </message>
    <message>
        <source>budget spent</source>
        <translation>presupuesto agotado</translation>
    </message>
    <message>
        <source>budget nearly spent</source>
        <translation>presupuesto casi agotado</translation>
    </message>
    <message>
        <source>Last turn {time}: {stages}</source>
        <translation>Último turno {time}: {stages}</translation>
    </message>
    <message>
        <source> and {n} more</source>
        <translation> y {n} más</translation>
    </message>
    <message>
        <source>Left {left_when}: {amount}, to {first}{others}</source>
        <translation>Salió {left_when}: {amount}, a {first}{others}</translation>
    </message>
    <message>
        <source>Fetching {summary}</source>
        <translation>Descargando {summary}</translation>
    </message>
    <message>
        <source>Stop serving</source>
        <translation>Dejar de servir</translation>
    </message>
    <message>
        <source>Start serving</source>
        <translation>Empezar a servir</translation>
    </message>
    <message>
        <source>As requested</source>
        <translation>Según se pida</translation>
    </message>
    <message>
        <source>More in the window</source>
        <translation>Más en la ventana</translation>
    </message>
    <message>
        <source>Each project's own</source>
        <translation>El de cada proyecto</translation>
    </message>
    <message>
        <source>as each project says</source>
        <translation>según cada proyecto</translation>
    </message>
    <message>
        <source>as requested</source>
        <translation>según se pida</translation>
    </message>
    <message>
        <source>{used} of {amount}</source>
        <translation>{used} de {amount}</translation>
    </message>
    <message>
        <source>Over the budget at this pace: {budgets}</source>
        <translation>A este ritmo se supera el presupuesto: {budgets}</translation>
    </message>
    <message>
        <source>As served: {amount}</source>
        <translation>Tal como se sirvió: {amount}</translation>
    </message>
    <message>
        <source>Machine</source>
        <translation>Equipo</translation>
    </message>
    <message>
        <source>{used}, {amount} over</source>
        <translation>{used}, {amount} de más</translation>
    </message>
    <message>
        <source>At this pace it ends at {amount}.</source>
        <translation>A este ritmo acaba en {amount}.</translation>
    </message>
    <message>
        <source>, {count} without a price</source>
        <translation>, {count} sin precio</translation>
    </message>
    <message>
        <source>day</source>
        <translation>día</translation>
    </message>
    <message>
        <source>week</source>
        <translation>semana</translation>
    </message>
    <message>
        <source>month</source>
        <translation>mes</translation>
    </message>
    <message>
        <source>The gateway could not do this.</source>
        <translation>La pasarela no pudo hacerlo.</translation>
    </message>
    <message>
        <source>A key is missing or refused.</source>
        <translation>Falta una clave o fue rechazada.</translation>
    </message>
    <message>
        <source>A value is not valid.</source>
        <translation>Un valor no es como debe ser.</translation>
    </message>
    <message>
        <source>An update is being installed already.</source>
        <translation>Ya se está instalando una actualización.</translation>
    </message>
    <message>
        <source>Fetching was stopped.</source>
        <translation>La descarga se detuvo.</translation>
    </message>
    <message>
        <source>Microphone or speaker does not answer.</source>
        <translation>El micrófono o el altavoz no responde.</translation>
    </message>
    <message>
        <source>Nothing may leave this machine now.</source>
        <translation>Ahora nada puede salir de este equipo.</translation>
    </message>
    <message>
        <source>It does not exist.</source>
        <translation>Eso no existe.</translation>
    </message>
    <message>
        <source>The budget is spent.</source>
        <translation>El presupuesto está agotado.</translation>
    </message>
    <message>
        <source>The configuration cannot be used.</source>
        <translation>La configuración no se puede usar.</translation>
    </message>
    <message>
        <source>The database cannot be used.</source>
        <translation>La base de datos no se puede usar.</translation>
    </message>
    <message>
        <source>The disk is full.</source>
        <translation>El disco está lleno.</translation>
    </message>
    <message>
        <source>The engine does not answer.</source>
        <translation>El motor no responde.</translation>
    </message>
    <message>
        <source>The engine is not installed.</source>
        <translation>El motor no está instalado.</translation>
    </message>
    <message>
        <source>The files of the model cannot be used.</source>
        <translation>Los archivos del modelo no se pueden usar.</translation>
    </message>
    <message>
        <source>The keychain is locked, so the keys in it cannot be used.</source>
        <translation>El llavero está bloqueado; sus claves no se pueden usar.</translation>
    </message>
    <message>
        <source>The model is in use.</source>
        <translation>El modelo está en uso.</translation>
    </message>
    <message>
        <source>The model is not installed.</source>
        <translation>El modelo no está instalado.</translation>
    </message>
    <message>
        <source>The model needs more memory than there is.</source>
        <translation>El modelo necesita más memoria de la que hay.</translation>
    </message>
    <message>
        <source>The pack cannot be used.</source>
        <translation>El paquete no se puede usar.</translation>
    </message>
    <message>
        <source>The provider does not answer as it should.</source>
        <translation>El proveedor no responde como debe.</translation>
    </message>
    <message>
        <source>The request was stopped.</source>
        <translation>La solicitud se detuvo.</translation>
    </message>
    <message>
        <source>The update cannot be used.</source>
        <translation>La actualización no se puede usar.</translation>
    </message>
    <message>
        <source>This cannot be done here.</source>
        <translation>Esto no se puede hacer aquí.</translation>
    </message>
    <message>
        <source>This is not allowed.</source>
        <translation>Esto no está permitido.</translation>
    </message>
    <message>
        <source>Too many requests at once.</source>
        <translation>Demasiadas solicitudes a la vez.</translation>
    </message>
    <message>
        <source>{fault} In English: {said}</source>
        <translation>{fault} En inglés: {said}</translation>
    </message>
    <message>
        <source>No connection. Nothing was fetched; try again when the network is back.</source>
        <translation>Sin conexión. No se descargó nada; inténtelo cuando vuelva la red.</translation>
    </message>
    <message>
        <source>{size} of {size2}{left}.</source>
        <translation>{size} de {size2}{left}.</translation>
    </message>
    <message>
        <source>{n} models could not be fetched. {first}</source>
        <translation>No se pudieron descargar {n} modelos. {first}</translation>
    </message>
    <message>
        <source>, about {time} to go</source>
        <translation>, quedan unos {time}</translation>
    </message>
    <message>
        <source>It could not be fetched.</source>
        <translation>No se pudo descargar.</translation>
    </message>
    <message numerus="yes">
        <source>%n session(s)</source>
        <translation>
            <numerusform>%n sesión</numerusform>
            <numerusform>%n sesiones</numerusform>
        </translation>
    </message>
    <message>
        <source>{told}. Scroll down for older ones.</source>
        <translation>{told}. Más abajo hay anteriores.</translation>
    </message>
    <message>
        <source>now</source>
        <translation>ahora</translation>
    </message>
    <message>
        <source>unknown: no price of it is known</source>
        <translation>desconocido: no se conoce su precio</translation>
    </message>
    <message>
        <source>{unpriced} without a price</source>
        <translation>{unpriced} sin precio</translation>
    </message>
    <message>
        <source>Served by</source>
        <translation>Servido por</translation>
    </message>
    <message>
        <source>Asked for</source>
        <translation>Pedido</translation>
    </message>
    <message>
        <source>Should have</source>
        <translation>Debía ser</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Error</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Cuándo</translation>
    </message>
    <message>
        <source>First byte</source>
        <translation>Primer byte</translation>
    </message>
    <message>
        <source>Total</source>
        <translation>Total</translation>
    </message>
    <message>
        <source>In the gateway</source>
        <translation>En la pasarela</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Coste</translation>
    </message>
    <message>
        <source>Project</source>
        <translation>Proyecto</translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sesión</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>Clave</translation>
    </message>
    <message>
        <source>Came by</source>
        <translation>Llegó por</translation>
    </message>
    <message>
        <source>Id</source>
        <translation>Id</translation>
    </message>
    <message>
        <source>free</source>
        <translation>gratis</translation>
    </message>
    <message>
        <source>{instead} failed, and {target} took over</source>
        <translation>{instead} falló y {target} lo sustituyó</translation>
    </message>
    <message>
        <source>an estimate</source>
        <translation>una estimación</translation>
    </message>
    <message>
        <source>as billed</source>
        <translation>según factura</translation>
    </message>
    <message>
        <source>speech</source>
        <translation>voz a texto</translation>
    </message>
    <message>
        <source>language</source>
        <translation>lenguaje</translation>
    </message>
    <message>
        <source>voices</source>
        <translation>voces</translation>
    </message>
    <message>
        <source>OpenAI-compatible server</source>
        <translation>Servidor compatible con OpenAI</translation>
    </message>
    <message>
        <source>Wyoming server</source>
        <translation>Servidor Wyoming</translation>
    </message>
    <message>
        <source>answers in {time}</source>
        <translation>responde en {time}</translation>
    </message>
    <message>
        <source>keychain locked</source>
        <translation>llavero bloqueado</translation>
    </message>
    <message>
        <source>none needed</source>
        <translation>no hace falta</translation>
    </message>
    <message>
        <source>It cannot be tested: its package is not installed.</source>
        <translation>No se puede probar: su paquete no está instalado.</translation>
    </message>
    <message>
        <source>It cannot be tested: the keychain that holds its key is locked.</source>
        <translation>No se puede probar: el llavero con su clave está bloqueado.</translation>
    </message>
    <message>
        <source>It can be tested once it has a key.</source>
        <translation>Se podrá probar cuando tenga una clave.</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Listo</translation>
    </message>
    <message>
        <source>Keychain locked</source>
        <translation>Llavero bloqueado</translation>
    </message>
    <message>
        <source>Servers of your own</source>
        <translation>Servidores propios</translation>
    </message>
    <message>
        <source>Needs a key</source>
        <translation>Necesita una clave</translation>
    </message>
    <message>
        <source>paste one below</source>
        <translation>péguela abajo</translation>
    </message>
    <message>
        <source>Needs a package</source>
        <translation>Necesita un paquete</translation>
    </message>
    <message>
        <source>Unlocks: {what}.</source>
        <translation>Permite: {what}.</translation>
    </message>
    <message>
        <source>Its package is not installed.</source>
        <translation>Su paquete no está instalado.</translation>
    </message>
    <message>
        <source>It is set in voicegw.yaml.</source>
        <translation>Está definido en voicegw.yaml.</translation>
    </message>
    <message>
        <source>Install VoiceGateway with its part "cloud", as the README tells.</source>
        <translation>Instale VoiceGateway con su parte "cloud", como dice el README.</translation>
    </message>
    <message>
        <source>loading</source>
        <translation>cargando</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>ocupado</translation>
    </message>
    <message>
        <source>idle</source>
        <translation>en espera</translation>
    </message>
    <message>
        <source>unloading</source>
        <translation>descargándose</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>falló</translation>
    </message>
    <message>
        <source>answers</source>
        <translation>responde</translation>
    </message>
    <message>
        <source>does not answer</source>
        <translation>no responde</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Iniciar</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>no instalado</translation>
    </message>
    <message>
        <source>until {time}</source>
        <translation>hasta {time}</translation>
    </message>
    <message>
        <source>network</source>
        <translation>red</translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation>
            <numerusform>%n hilo</numerusform>
            <numerusform>%n hilos</numerusform>
        </translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallidos</translation>
    </message>
    <message>
        <source>In memory</source>
        <translation>En memoria</translation>
    </message>
    <message>
        <source>Loaded when asked for</source>
        <translation>Se cargan al pedirlos</translation>
    </message>
    <message>
        <source>Not installed</source>
        <translation>No instalados</translation>
    </message>
    <message>
        <source>Serves now</source>
        <translation>Atiende ahora</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Memoria</translation>
    </message>
    <message>
        <source>Reserved</source>
        <translation>Reservado</translation>
    </message>
    <message>
        <source>Graphics card</source>
        <translation>Tarjeta gráfica</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>Dispositivo</translation>
    </message>
    <message>
        <source>Loaded in</source>
        <translation>Cargado en</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Último uso</translation>
    </message>
    <message>
        <source>Stays</source>
        <translation>Permanece</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelos</translation>
    </message>
    <message>
        <source>Process</source>
        <translation>Proceso</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Qué pasó</translation>
    </message>
    <message>
        <source>Computes with</source>
        <translation>Calcula con</translation>
    </message>
    <message>
        <source>Would get</source>
        <translation>Recibiría</translation>
    </message>
    <message>
        <source>changed; taken when it is idle</source>
        <translation>cambiados; se aplican en espera</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Desbloquear</translation>
    </message>
    <message>
        <source>The keychain asks</source>
        <translation>El llavero pregunta</translation>
    </message>
    <message>
        <source>No keychain</source>
        <translation>Sin llavero</translation>
    </message>
    <message>
        <source>Keep the keys in a file</source>
        <translation>Guardar las claves en un archivo</translation>
    </message>
    <message>
        <source>Keys in two places</source>
        <translation>Claves en dos sitios</translation>
    </message>
    <message>
        <source>Combine them</source>
        <translation>Reunirlas</translation>
    </message>
    <message>
        <source>Check for new versions once a day? Only the list of versions is downloaded.</source>
        <translation>Versiones nuevas: ¿buscarlas una vez al día? Solo se pide la lista de versiones.</translation>
    </message>
    <message>
        <source>Another program has taken the port that voicegw.yaml sets. Write another number at serve.port there, or 0 for any free one, then try again.</source>
        <translation>Otro programa ocupa el puerto que fija voicegw.yaml. Escriba allí otro número en serve.port, o 0 para cualquiera que esté libre, y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Cannot serve</source>
        <translation>No puede servir</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>{name} failed: {reason}</source>
        <translation>{name} falló: {reason}</translation>
    </message>
    <message>
        <source>{name} failed.</source>
        <translation>{name} falló.</translation>
    </message>
    <message>
        <source>{message} ({more} more in Notices)</source>
        <translation>{message} ({more} más en Avisos)</translation>
    </message>
    <message>
        <source>Check and tell me</source>
        <translation>Buscar y avisar</translation>
    </message>
    <message>
        <source>Do not check</source>
        <translation>No buscar</translation>
    </message>
    <message>
        <source>The port is taken</source>
        <translation>El puerto está ocupado</translation>
    </message>
    <message>
        <source>Use a free port</source>
        <translation>Usar un puerto libre</translation>
    </message>
    <message>
        <source>Open voicegw.yaml</source>
        <translation>Abrir voicegw.yaml</translation>
    </message>
    <message>
        <source>See budgets</source>
        <translation>Ver presupuestos</translation>
    </message>
    <message>
        <source>See requests</source>
        <translation>Ver solicitudes</translation>
    </message>
    <message>
        <source>{name} failed</source>
        <translation>{name} falló</translation>
    </message>
    <message>
        <source>See engines</source>
        <translation>Ver motores</translation>
    </message>
    <message>
        <source>See notices</source>
        <translation>Ver avisos</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Descartar</translation>
    </message>
    <message>
        <source>New versions</source>
        <translation>Versiones nuevas</translation>
    </message>
    <message>
        <source>Not serving</source>
        <translation>No está sirviendo</translation>
    </message>
    <message>
        <source>Hint</source>
        <translation>Una sugerencia</translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>Detenido.</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Iniciando</translation>
    </message>
    <message>
        <source>The microphone is open: an agent listens</source>
        <translation>El micrófono está abierto: un agente escucha</translation>
    </message>
    <message>
        <source>Ready, offline</source>
        <translation>Listo, sin conexión</translation>
    </message>
    <message>
        <source>since the start</source>
        <translation>desde el inicio</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Detenido</translation>
    </message>
    <message>
        <source>Serving </source>
        <translation>Sirviendo </translation>
    </message>
    <message>
        <source>{stack}: not all on this machine, offline mode is on</source>
        <translation>{stack}: no todo está en este equipo, el modo sin conexión está activo</translation>
    </message>
    <message>
        <source>{target}: not on this machine, offline mode is on</source>
        <translation>{target}: no está en este equipo, el modo sin conexión está activo</translation>
    </message>
    <message>
        <source>{target}: needs a key, page Providers</source>
        <translation>{target}: necesita una clave, página Proveedores</translation>
    </message>
    <message>
        <source>The proxy for {scheme} is a {kind} proxy, which is not supported. Set {variable}_PROXY to an http:// proxy, or add {host} to NO_PROXY to connect directly.</source>
        <translation>El proxy para {scheme} es un proxy {kind}, que no se admite. Ponga en {variable}_PROXY un proxy http:// o añada {host} a NO_PROXY para conectar directamente.</translation>
    </message>
    <message>
        <source>The request asked for a {zone} target, and {target} is in the cloud. Set projects.{project}.allow_local_to_cloud: true to let such requests leave.</source>
        <translation>La petición pedía un destino de la zona {zone} y {target} está en la nube. Ponga projects.{project}.allow_local_to_cloud: true para dejar salir tales peticiones.</translation>
    </message>
    <message>
        <source>{name} ({zone}) redirects {what} to {host} ({other}). A download stays in one zone; name another source.</source>
        <translation>{name} ({zone}) redirige {what} a {host} ({other}). Una descarga no sale de su zona; indique otra fuente.</translation>
    </message>
    <message>
        <source>This build names no key to check packs with. Set updates.keys in voicegw.yaml to the public key of those who made the packs at {place}.</source>
        <translation>Este programa no trae ninguna clave para comprobar paquetes. Ponga en updates.keys de voicegw.yaml la clave pública de quienes hicieron los paquetes de {place}.</translation>
    </message>
    <message>
        <source>This build names no place for new versions. Set updates.address and updates.keys in voicegw.yaml, or take the newer package from where you got this one.</source>
        <translation>Este programa no indica ningún lugar para versiones nuevas. Ponga updates.address y updates.keys en voicegw.yaml u obtenga el paquete nuevo donde obtuvo este.</translation>
    </message>
    <message>
        <source>This build names no key to check new versions with. Set updates.keys in voicegw.yaml to the public key of those who made the list at {place}.</source>
        <translation>Este programa no trae ninguna clave para comprobar versiones nuevas. Ponga en updates.keys de voicegw.yaml la clave pública de quienes hicieron la lista de {place}.</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer: {why}. Start it there, or check the address.</source>
        <translation>La pasarela de {address} no responde: {why}. Iníciela allí o revise la dirección.</translation>
    </message>
    <message>
        <source>nothing listens there</source>
        <translation>allí no escucha nada</translation>
    </message>
    <message>
        <source>the connection ended</source>
        <translation>la conexión terminó</translation>
    </message>
    <message>
        <source>its certificate is not trusted</source>
        <translation>su certificado no es de confianza</translation>
    </message>
    <message>
        <source>The database {path} cannot be used ({error}): {next}.</source>
        <translation>La base de datos {path} no se puede usar ({error}): {next}.</translation>
    </message>
    <message>
        <source>a running gateway moves it aside within seconds and begins a new one</source>
        <translation>una pasarela en marcha la aparta en segundos y empieza otra</translation>
    </message>
    <message>
        <source>free space on its disk</source>
        <translation>libere espacio en su disco</translation>
    </message>
    <message>
        <source>make the file and its folder writable for this user</source>
        <translation>permita que este usuario escriba en el archivo y su carpeta</translation>
    </message>
    <message>
        <source>another program holds it for long: try again</source>
        <translation>otro programa la ocupa mucho tiempo: inténtelo de nuevo</translation>
    </message>
    <message>
        <source>check its disk and folder, cost_tracking.db_path and VOICEGW_DB_PATH</source>
        <translation>compruebe el disco, la carpeta, cost_tracking.db_path y VOICEGW_DB_PATH</translation>
    </message>
    <message>
        <source>There is no provider "{name}". Known: {names}.</source>
        <translation>No existe el proveedor «{name}». Conocidos: {names}.</translation>
    </message>
    <message>
        <source>There is no provider "{name}".</source>
        <translation>No existe el proveedor «{name}».</translation>
    </message>
    <message>
        <source>"{field}" has {n} characters; at most {most} are taken.</source>
        <translation>«{field}» tiene {n} caracteres; se admiten {most} como máximo.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}", which {problem}; choose another name.</source>
        <translation>«{field}» es «{text}»; {problem}. Elija otro nombre.</translation>
    </message>
    <message>
        <source>is empty</source>
        <translation>está vacío</translation>
    </message>
    <message>
        <source>begins or ends with a space</source>
        <translation>empieza o termina con un espacio</translation>
    </message>
    <message>
        <source>holds a slash</source>
        <translation>contiene una barra</translation>
    </message>
    <message>
        <source>is or holds "{part}", which a path reads as a folder</source>
        <translation>contiene «{part}», que en una ruta es una carpeta</translation>
    </message>
    <message>
        <source>holds a control, format or line-break character</source>
        <translation>contiene un carácter de control o un salto de línea</translation>
    </message>
    <message>
        <source>has {n} characters; at most {most} are taken</source>
        <translation>tiene {n} caracteres; se admiten {most} como máximo</translation>
    </message>
    <message>
        <source>{target} answered {status}: {said}</source>
        <translation>{target} respondió {status}: {said}</translation>
    </message>
    <message>
        <source>{target} ended the stream before everything was answered.</source>
        <translation>{target} terminó el flujo antes de responder a todo.</translation>
    </message>
    <message>
        <source>{target} took no audio for {n} s.</source>
        <translation>{target} no aceptó audio durante {n} s.</translation>
    </message>
    <message>
        <source>{target} took no text for {n} s.</source>
        <translation>{target} no aceptó texto durante {n} s.</translation>
    </message>
    <message>
        <source>{target} sent no audio for {n} s before its text was spoken.</source>
        <translation>{target} no envió audio durante {n} s, con texto aún por decir.</translation>
    </message>
    <message>
        <source>{target} sent audio that is not 16-bit samples.</source>
        <translation>{target} envió audio que no es de 16 bits.</translation>
    </message>
    <message>
        <source>A person at the gateway stopped this request.</source>
        <translation>Alguien en la pasarela detuvo esta solicitud.</translation>
    </message>
    <message>
        <source>The Wyoming server sends {rate} Hz, {width} bytes, {channels} channels.</source>
        <translation>El servidor Wyoming envía {rate} Hz, {width} bytes, {channels} canales.</translation>
    </message>
    <message>
        <source>The Wyoming server sends samples of {n} bytes; only 2 (int16) are understood.</source>
        <translation>El servidor Wyoming envía muestras de {n} bytes; solo se entienden 2 (int16).</translation>
    </message>
    <message>
        <source>The recording is empty (0 bytes).</source>
        <translation>La grabación está vacía (0 bytes).</translation>
    </message>
    <message>
        <source>The recording holds no sound.</source>
        <translation>La grabación no contiene sonido.</translation>
    </message>
    <message>
        <source>The recording is larger than {n} bytes.</source>
        <translation>La grabación ocupa más de {n} bytes.</translation>
    </message>
    <message>
        <source>The recording is longer than {n} s.</source>
        <translation>La grabación dura más de {n} s.</translation>
    </message>
    <message>
        <source>{target} cannot take {kind}; name a model that can, or leave them out.</source>
        <translation>{target} no admite {kind}; elija otro modelo u omítalo.</translation>
    </message>
    <message>
        <source>This request got nothing from {engine} for {n} s and was ended; the engine continues with its other requests. Send the request again.</source>
        <translation>Esta solicitud no recibió nada de {engine} durante {n} s y se terminó; el motor sigue con las demás. Envíela de nuevo.</translation>
    </message>
    <message>
        <source>{engine} was lost while it served the request: it {why}. It is being restarted; send the request again.</source>
        <translation>{engine} se perdió durante la solicitud: {why}. Se está reiniciando; envíe la solicitud de nuevo.</translation>
    </message>
    <message>
        <source>{engine} was unloaded in the middle of the request ({why}). Send the request again.</source>
        <translation>{engine} se descargó de la memoria en mitad de la solicitud ({why}). Envíela de nuevo.</translation>
    </message>
    <message>
        <source>{engine} closed the connection in the middle of the request.</source>
        <translation>{engine} cerró la conexión en mitad de la solicitud.</translation>
    </message>
    <message>
        <source>{name} cannot be reached: {why}</source>
        <translation>No se puede contactar con {name}: {why}</translation>
    </message>
    <message>
        <source>{name} broke off in the middle of its answer: {why}</source>
        <translation>{name} se interrumpió en mitad de la respuesta: {why}</translation>
    </message>
    <message>
        <source>engines.{engine}.enabled is false; set it to true to use {target}.</source>
        <translation>engines.{engine}.enabled es false; póngalo en true para usar {target}.</translation>
    </message>
    <message>
        <source>engines.ollama.enabled is false; set it to true to use Ollama's models.</source>
        <translation>engines.ollama.enabled es false; póngalo en true para usar los modelos de Ollama.</translation>
    </message>
    <message>
        <source>A provider of the type openai_compatible needs base_url, the server's address up to /v1, such as http://127.0.0.1:8000/v1.</source>
        <translation>Un proveedor del tipo openai_compatible necesita base_url, la dirección del servidor hasta /v1, como http://127.0.0.1:8000/v1.</translation>
    </message>
    <message>
        <source>engines.ollama.binary names {path}, which does not exist.</source>
        <translation>engines.ollama.binary indica {path}, que no existe.</translation>
    </message>
    <message>
        <source>Ollama's server was stopped while it started; send the request again.</source>
        <translation>El servidor de Ollama se detuvo mientras arrancaba; envíe la solicitud de nuevo.</translation>
    </message>
    <message>
        <source>Another Ollama server already answers at {url}. Set engines.ollama.manage to attach to use it, or engines.ollama.base_url to another port.</source>
        <translation>Otro servidor de Ollama ya responde en {url}. Ponga engines.ollama.manage en attach para usarlo, o engines.ollama.base_url en otro puerto.</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}: start it there, or change providers.{provider}.base_url.</source>
        <translation>Ningún servidor de Ollama responde en {url}: inícielo allí o cambie providers.{provider}.base_url.</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is "{url}"; write an address such as http://192.168.1.20:8000/v1.</source>
        <translation>providers.{provider}.base_url es «{url}»; escriba una dirección como http://192.168.1.20:8000/v1.</translation>
    </message>
    <message>
        <source>providers.{provider}.base_url is missing; write the server's address.</source>
        <translation>Falta providers.{provider}.base_url; escriba la dirección del servidor.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} cannot be reached: {why}</source>
        <translation>No se puede contactar con el servidor Wyoming {url}: {why}</translation>
    </message>
    <message>
        <source>base_url "{url}" is no Wyoming address; write wyoming://host:port.</source>
        <translation>base_url «{url}» no es una dirección Wyoming; escriba wyoming://host:port.</translation>
    </message>
    <message>
        <source>A Wyoming provider needs base_url, such as wyoming://192.168.1.20:10300.</source>
        <translation>Un proveedor Wyoming necesita base_url, como wyoming://192.168.1.20:10300.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} closed the connection in the middle of the request.</source>
        <translation>El servidor Wyoming {url} cerró la conexión en mitad de la solicitud.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} reports: {said}</source>
        <translation>El servidor Wyoming {url} informa: {said}</translation>
    </message>
    <message>
        <source>The Wyoming server {url} sent nothing for {n} s.</source>
        <translation>El servidor Wyoming {url} no envió nada durante {n} s.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} takes no more data.</source>
        <translation>El servidor Wyoming {url} no acepta más datos.</translation>
    </message>
    <message>
        <source>The Wyoming server {url} broke the protocol: {why}</source>
        <translation>El servidor Wyoming {url} no respetó el protocolo: {why}</translation>
    </message>
    <message>
        <source>"{provider}" is no local engine; there are {names}.</source>
        <translation>«{provider}» no es un motor local; existen {names}.</translation>
    </message>
    <message>
        <source>The worker process of {engine} could not be started: {why}</source>
        <translation>No se pudo iniciar el proceso de {engine}: {why}</translation>
    </message>
    <message>
        <source>{engine} was stopped while it loaded.</source>
        <translation>{engine} se detuvo mientras cargaba.</translation>
    </message>
    <message>
        <source>{engine} {why}. It is being restarted; send the request again.</source>
        <translation>{engine}: {why}. Se está reiniciando; envíe la solicitud de nuevo.</translation>
    </message>
    <message>
        <source>made no progress for {n} s and was ended</source>
        <translation>no avanzó durante {n} s y se terminó</translation>
    </message>
    <message>
        <source>did not finish loading within {n} s</source>
        <translation>no terminó de cargar en {n} s</translation>
    </message>
    <message>
        <source>was idle for {n} s</source>
        <translation>estuvo {n} s sin uso</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} thread</source>
        <translation>cargado en {n} s con {threads} hilo</translation>
    </message>
    <message>
        <source>loaded in {n} s with {threads} threads</source>
        <translation>cargado en {n} s con {threads} hilos</translation>
    </message>
    <message>
        <source>is back</source>
        <translation>ha vuelto</translation>
    </message>
    <message>
        <source>failed: {why}</source>
        <translation>falló: {why}</translation>
    </message>
    <message>
        <source>a request got nothing for {n} s and was ended; the engine continues</source>
        <translation>una solicitud no recibió nada durante {n} s y se terminó; el motor sigue</translation>
    </message>
    <message>
        <source>unloaded: {why}</source>
        <translation>descargado de la memoria: {why}</translation>
    </message>
    <message>
        <source>made room for {engine}</source>
        <translation>dejó sitio a {engine}</translation>
    </message>
    <message>
        <source>made room</source>
        <translation>dejó sitio</translation>
    </message>
    <message>
        <source>has new settings</source>
        <translation>tiene ajustes nuevos</translation>
    </message>
    <message>
        <source>was stopped</source>
        <translation>se detuvo</translation>
    </message>
    <message>
        <source>was asked to unload after the request</source>
        <translation>se pidió descargarlo tras la solicitud</translation>
    </message>
    <message>
        <source>the program ends</source>
        <translation>el programa termina</translation>
    </message>
    <message>
        <source>as configured</source>
        <translation>según los ajustes</translation>
    </message>
    <message>
        <source>this onnxruntime has no CUDA</source>
        <translation>esta onnxruntime no tiene CUDA</translation>
    </message>
    <message>
        <source>{type} is the fastest type it supports</source>
        <translation>{type} es el tipo más rápido que admite</translation>
    </message>
    <message>
        <source>on the processor</source>
        <translation>en el procesador</translation>
    </message>
    <message>
        <source>this onnxruntime has CUDA</source>
        <translation>esta onnxruntime tiene CUDA</translation>
    </message>
    <message>
        <source>engines.llamacpp.device is cpu</source>
        <translation>engines.llamacpp.device es cpu</translation>
    </message>
    <message>
        <source>this build of llama.cpp found no GPU</source>
        <translation>esta llama.cpp no encontró ninguna tarjeta gráfica</translation>
    </message>
    <message>
        <source>this build of llama.cpp found {card}</source>
        <translation>esta llama.cpp encontró {card}</translation>
    </message>
    <message>
        <source>the models run at their providers</source>
        <translation>los modelos se ejecutan en sus proveedores</translation>
    </message>
    <message>
        <source>Moonshine runs on the processor</source>
        <translation>Moonshine se ejecuta en el procesador</translation>
    </message>
    <message>
        <source>Smart Turn runs on the processor</source>
        <translation>Smart Turn se ejecuta en el procesador</translation>
    </message>
    <message>
        <source>the network {name} is fastest here ({times})</source>
        <translation>la red {name} es aquí la más rápida ({times})</translation>
    </message>
    <message>
        <source>the card was tried and does not work: {why}</source>
        <translation>se probó la tarjeta gráfica y no funciona: {why}</translation>
    </message>
    <message>
        <source>{card} was tried and does not work: {why}</source>
        <translation>se probó {card} y no funciona: {why}</translation>
    </message>
    <message>
        <source>The start at login could not be changed: {why}. Change it in the system's settings.</source>
        <translation>No se pudo cambiar el inicio al entrar en la sesión: {why}. Cámbielo en los ajustes del sistema.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}.</source>
        <translation>{provider} no tiene {modality}; ofrece {offers}.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}; it offers {offers}. {again} is offered by {names}.</source>
        <translation>{provider} no tiene {modality}; ofrece {offers}. {again} lo ofrecen {names}.</translation>
    </message>
    <message>
        <source>{provider} has no {modality}.</source>
        <translation>{provider} no tiene {modality}.</translation>
    </message>
    <message>
        <source>There is no project "{name}".</source>
        <translation>No existe el proyecto «{name}».</translation>
    </message>
    <message>
        <source>The project "{name}" is written in {path}; remove it there.</source>
        <translation>El proyecto «{name}» está escrito en {path}; quítelo allí.</translation>
    </message>
    <message>
        <source>"{name}" needs a stack while there is no voicegw.yaml; choose another one.</source>
        <translation>«{name}» necesita un conjunto mientras no haya voicegw.yaml; elija otro.</translation>
    </message>
    <message>
        <source>"{name}" is the default project; choose another default_project first.</source>
        <translation>«{name}» es el proyecto por defecto; elija antes otro default_project.</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins.</source>
        <translation>{setting} está escrito en {path}, y el archivo manda.</translation>
    </message>
    <message>
        <source>{setting} is written in {path}, and the file wins; change it there.</source>
        <translation>{setting} está escrito en {path}, y el archivo manda; cámbielo allí.</translation>
    </message>
    <message>
        <source>{setting} is set in {path}, which overrides this: change it there.</source>
        <translation>{setting} está en {path}, que manda sobre esto: cámbielo allí.</translation>
    </message>
    <message>
        <source>There is no stack "{name}".</source>
        <translation>No existe el stack «{name}».</translation>
    </message>
    <message>
        <source>There is no stack "{name}". Stacks: {names}.</source>
        <translation>No existe el stack «{name}». Stacks: {names}.</translation>
    </message>
    <message>
        <source>"currency" is "{text}"; write three letters, as in EUR.</source>
        <translation>La moneda es «{text}»; escriba tres letras, como EUR.</translation>
    </message>
    <message>
        <source>"rate" is required: how much {currency} a US dollar is.</source>
        <translation>Falta el cambio: cuántos {currency} vale un dólar.</translation>
    </message>
    <message>
        <source>"rate" is {n}; it must be more than 0 and less than 1,000,000.</source>
        <translation>El cambio es {n}; debe ser mayor que 0 y menor que 1 000 000.</translation>
    </message>
    <message>
        <source>"rate" is {n}, but the currency is USD: name the currency as well.</source>
        <translation>El cambio es {n}, pero la moneda es USD: indique también la moneda.</translation>
    </message>
    <message>
        <source>"markup" is {n}; it must lie between -100 and 10,000 per cent.</source>
        <translation>El margen es {n}; debe estar entre -100 y 10 000 por ciento.</translation>
    </message>
    <message>
        <source>"month" is "{text}"; write it as in 2026-01.</source>
        <translation>El mes es «{text}»; escríbalo como 2026-01.</translation>
    </message>
    <message>
        <source>There is no key yet. {why}</source>
        <translation>Aún no hay ninguna clave. {why}</translation>
    </message>
    <message>
        <source>models.{modality}.{model} is written in {path}; change it there.</source>
        <translation>models.{modality}.{model} está escrito en {path}; cámbielo allí.</translation>
    </message>
    <message>
        <source>{users} needs the pack {pack}: remove that first.</source>
        <translation>{users} necesita el paquete {pack}: quite antes aquel.</translation>
    </message>
    <message>
        <source>"{modality}" is "{target}", which is no target; write provider/model, as in openai/gpt-4o.</source>
        <translation>«{target}» no es un destino para {modality}; escriba proveedor/modelo, como openai/gpt-4o.</translation>
    </message>
    <message>
        <source>{provider} is not on this machine and the gateway is offline.</source>
        <translation>{provider} no está en este equipo y la pasarela está sin conexión.</translation>
    </message>
    <message>
        <source>{target} is not installed, so there is nothing to remove.</source>
        <translation>{target} no está instalado, así que no hay nada que quitar.</translation>
    </message>
    <message>
        <source>There is no database to keep this in: cost_tracking.enabled is false. Write it into voicegw.yaml instead.</source>
        <translation>No hay base de datos donde guardarlo: cost_tracking.enabled es false. Escríbalo en voicegw.yaml.</translation>
    </message>
    <message>
        <source>{operation} tells of every project, and this key belongs to the project "{project}"; use a key with the scope admin, or one without a project.</source>
        <translation>{operation} trata de todos los proyectos y esta clave pertenece al proyecto «{project}»; use una clave con el permiso admin o una sin proyecto.</translation>
    </message>
    <message>
        <source>This key belongs to the project "{project}" and reaches no other; leave "{field}" out, or use a key with the scope admin.</source>
        <translation>Esta clave pertenece al proyecto «{project}» y no alcanza otro; omita «{field}» o use una clave con el permiso admin.</translation>
    </message>
    <message>
        <source>{provider} gave no list within {n} s.</source>
        <translation>{provider} no dio ninguna lista en {n} s.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of another project; take another name.</source>
        <translation>«{provider}» es un proveedor de otro proyecto; use otro nombre.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of the project {project} already; take another name, or remove that one first.</source>
        <translation>«{provider}» ya es un proveedor del proyecto {project}; elija otro nombre o quite antes ese.</translation>
    </message>
    <message>
        <source>"{provider}" is a provider of every project already; take another name, or remove that one first.</source>
        <translation>«{provider}» ya es un proveedor de todos los proyectos; elija otro nombre o quite antes ese.</translation>
    </message>
    <message>
        <source>"{provider}" is an engine of this machine; take another name.</source>
        <translation>«{provider}» es un motor de este equipo; use otro nombre.</translation>
    </message>
    <message>
        <source>No added provider is named "{name}".</source>
        <translation>Ningún proveedor añadido se llama «{name}».</translation>
    </message>
    <message>
        <source>"base_url" is "{url}"; for {kind} it must start with {schemes}.</source>
        <translation>«base_url» es «{url}»; para {kind} debe empezar por {schemes}.</translation>
    </message>
    <message>
        <source>"base_url" cannot be used. {why}</source>
        <translation>La dirección no se puede usar. {why}</translation>
    </message>
    <message>
        <source>"{target}" is not a target: write provider/model, as in whisper/base, or the name of an installed model.</source>
        <translation>«{target}» no es un destino: escriba proveedor/modelo, como whisper/base, o el nombre de un modelo instalado.</translation>
    </message>
    <message>
        <source>There is no session "{name}".</source>
        <translation>No existe la sesión «{name}».</translation>
    </message>
    <message>
        <source>There is no session "{name}" in the project "{project}".</source>
        <translation>No hay ninguna sesión «{name}» en el proyecto «{project}».</translation>
    </message>
    <message>
        <source>No request of "{model}" is stored, and no model of that name is installed or configured.</source>
        <translation>No hay ninguna solicitud de «{model}» guardada, ni ningún modelo con ese nombre instalado o configurado.</translation>
    </message>
    <message>
        <source>Another agent speaks or listens here now; try again when it has ended.</source>
        <translation>Otro agente habla o escucha aquí ahora; inténtelo cuando termine.</translation>
    </message>
    <message>
        <source>"gain" is {n}; it must be above 0 and at most {most}.</source>
        <translation>La ganancia es {n}; debe ser mayor que 0 y como máximo {most}.</translation>
    </message>
    <message>
        <source>There is no setting "{name}".</source>
        <translation>No existe el ajuste «{name}».</translation>
    </message>
    <message>
        <source>Nothing is recorded: cost_tracking.enabled (or observability.cost_tracking) is false.</source>
        <translation>No se registra nada: cost_tracking.enabled (u observability.cost_tracking) es false.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be one of {names}.</source>
        <translation>«{field}» es «{text}»; debe ser uno de {names}.</translation>
    </message>
    <message>
        <source>rate_limits."{name}" allows {n} requests a minute and they are used up; the next one fits in {wait} s.</source>
        <translation>rate_limits.«{name}» permite {n} solicitudes por minuto y están agotadas; la siguiente cabe en {wait} s.</translation>
    </message>
    <message>
        <source>Version {version} is not offered for {system}: take another installer.</source>
        <translation>La versión {version} no se ofrece para {system}: use otro instalador.</translation>
    </message>
    <message>
        <source>{name} is not the file that the signed list names; it is not used.</source>
        <translation>{name} no es el archivo que indica la lista firmada; no se usa.</translation>
    </message>
    <message>
        <source>{what} needs {n} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and try again.</source>
        <translation>{what} necesita {n} MB más y en {folder} hay {free} MB libres ({reserve} MB de ellos quedan de reserva). Libere espacio e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Another program is fetching {what} now: wait for it.</source>
        <translation>Otro programa está descargando {what} ahora: espere a que termine.</translation>
    </message>
    <message>
        <source>The list of the release is older than one that was seen before, so it may be kept back on purpose. Nothing was changed; try again later or from another network.</source>
        <translation>La lista de la versión es más antigua que otra ya vista, así que quizá se retiene a propósito. No se cambió nada; inténtelo más tarde o desde otra red.</translation>
    </message>
    <message>
        <source>The list of the release has run out. Either this machine's clock is wrong, or the place that offers it is no longer kept up. Nothing was changed.</source>
        <translation>La lista de la versión ha caducado. O el reloj de este equipo está mal, o el sitio que la ofrece ya no se mantiene. No se cambió nada.</translation>
    </message>
    <message>
        <source>{name} cannot be used: its archive does not hold one folder.</source>
        <translation>No se puede usar {name}: su archivo no contiene una sola carpeta.</translation>
    </message>
    <message>
        <source>{name} cannot be unpacked: {why}.</source>
        <translation>No se puede descomprimir {name}: {why}.</translation>
    </message>
    <message>
        <source>"{model}" is not a model id: write provider/model, as in whisper/base.</source>
        <translation>«{model}» no es un modelo: escriba proveedor/modelo, como whisper/base.</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions, or name another folder in engines.models_folder.</source>
        <translation>No se puede escribir en {folder}: {error}. Cambie sus permisos o indique otra carpeta en engines.models_folder.</translation>
    </message>
    <message>
        <source>{folder} cannot be written: {error}. Change its permissions.</source>
        <translation>No se puede escribir en {folder}: {error}. Cambie sus permisos.</translation>
    </message>
    <message>
        <source>There is no .gguf file in {folder}.</source>
        <translation>En {folder} no hay ningún archivo .gguf.</translation>
    </message>
    <message>
        <source>The model file {name} is damaged: {why}. Remove and pull the model again.</source>
        <translation>El archivo de modelo {name} está dañado: {why}. Elimine el modelo y vuelva a descargarlo.</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which does not exist.</source>
        <translation>engines.{provider}.models.{model} indica {path}, que no existe.</translation>
    </message>
    <message>
        <source>engines.{provider}.models.{model} names {path}, which cannot be read ({why}).</source>
        <translation>engines.{provider}.models.{model} indica {path}, que no se puede leer ({why}).</translation>
    </message>
    <message>
        <source>{model} is used by {names}. Confirm to remove it all the same.</source>
        <translation>{names} usa {model}. Confirme para eliminarlo de todos modos.</translation>
    </message>
    <message>
        <source>{model} is named in {setting}, so its files are your own: neither removed nor checked here.</source>
        <translation>{model} está en {setting}, así que sus archivos son suyos: aquí no se quitan ni se comprueban.</translation>
    </message>
    <message>
        <source>{model} is being worked on by another pull or check. Try again when that is done.</source>
        <translation>{model} se está descargando o comprobando. Inténtelo cuando termine.</translation>
    </message>
    <message>
        <source>Offline mode was switched on, so the pull of {model} stopped. What was fetched is kept: pull again later.</source>
        <translation>Se activó el modo sin conexión y la descarga de {model} se detuvo. Lo descargado se conserva: siga más tarde.</translation>
    </message>
    <message>
        <source>{name} is not the pinned file (SHA-256 {digest}…); it was thrown away.</source>
        <translation>{name} no es el archivo esperado (SHA-256 {digest}…) y se descartó.</translation>
    </message>
    <message>
        <source>There is no pack "{name}". There are: {names}.</source>
        <translation>No existe el paquete «{name}». Existen: {names}.</translation>
    </message>
    <message>
        <source>This program has its engines and providers inside, or takes them by pip: there are no packs to fetch.</source>
        <translation>Este programa ya incluye motores y proveedores, o los toma por pip: no hay paquetes que descargar.</translation>
    </message>
    <message>
        <source>{host} answered {status} for {name}.</source>
        <translation>{host} respondió {status} para {name}.</translation>
    </message>
    <message>
        <source>{host} did not deliver {name}: {why}.</source>
        <translation>{host} no entregó {name}: {why}.</translation>
    </message>
    <message>
        <source>{host} offers {n} bytes for {name}; the catalogue says {wanted}.</source>
        <translation>{host} ofrece {n} bytes de {name}; el catálogo dice {wanted}.</translation>
    </message>
    <message>
        <source>{host} sends more than the {n} bytes that {name} may have.</source>
        <translation>{host} envía más de los {n} bytes que puede tener {name}.</translation>
    </message>
    <message>
        <source>{name} would come over {scheme}://, which anyone can alter.</source>
        <translation>{name} llegaría por {scheme}://, que cualquiera puede alterar.</translation>
    </message>
    <message>
        <source>{host} redirects {name} in circles.</source>
        <translation>{host} redirige {name} en círculos.</translation>
    </message>
    <message>
        <source>The index offers another file than the pinned one for {name}.</source>
        <translation>El índice ofrece para {name} un archivo distinto del esperado.</translation>
    </message>
    <message>
        <source>{name} is not the pinned package; it was thrown away.</source>
        <translation>{name} no es el paquete esperado y se descartó.</translation>
    </message>
    <message>
        <source>{name} grows past its {n} bytes.</source>
        <translation>{name} supera sus {n} bytes.</translation>
    </message>
    <message>
        <source>{package} holds no {name}.</source>
        <translation>{package} no contiene {name}.</translation>
    </message>
    <message>
        <source>The pull was stopped.</source>
        <translation>La descarga se detuvo.</translation>
    </message>
    <message>
        <source>The pull of {model} was cancelled.</source>
        <translation>Se canceló la descarga de {model}.</translation>
    </message>
    <message>
        <source>The signature uses a method that is not known here.</source>
        <translation>La firma usa un método que aquí no se conoce.</translation>
    </message>
    <message>
        <source>The signature was made with the key {key}, which is not trusted.</source>
        <translation>La firma se hizo con la clave {key}, que no es de confianza.</translation>
    </message>
    <message>
        <source>The signature is no file of minisign: {why}</source>
        <translation>La firma no es un archivo de minisign: {why}</translation>
    </message>
    <message>
        <source>The signature does not belong to this file: one of them was changed.</source>
        <translation>La firma no corresponde a este archivo: uno de los dos se cambió.</translation>
    </message>
    <message>
        <source>The list of packs is for {system} and programs of the mark {mark}; this program is for {own} and has the mark {own_mark}. Take the list of version {version}.</source>
        <translation>La lista de paquetes es para {system} y programas con la marca {mark}; este es para {own} y tiene la marca {own_mark}. Tome la lista de la versión {version}.</translation>
    </message>
    <message>
        <source>The list of packs does not name {pack}.</source>
        <translation>La lista de paquetes no nombra {pack}.</translation>
    </message>
    <message>
        <source>{name} holds the folder {folder}, not {pack}.</source>
        <translation>{name} contiene la carpeta {folder}, no {pack}.</translation>
    </message>
    <message>
        <source>{provider} at {host} answered with something that is not JSON.</source>
        <translation>{provider} en {host} respondió con algo que no es JSON.</translation>
    </message>
    <message>
        <source>no answer in time</source>
        <translation>sin respuesta a tiempo</translation>
    </message>
    <message>
        <source>Nothing here serves {modality} for the provider {provider}. Install its package or choose another target.</source>
        <translation>Nada aquí atiende {modality} para el proveedor {provider}. Instale su paquete o elija otro destino.</translation>
    </message>
    <message>
        <source>{host} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer address.</source>
        <translation>{host} está en la zona {zone}; el proyecto {project} solo puede enviar datos hasta {reach}. Cambie {setting} o elija una dirección más cercana.</translation>
    </message>
    <message>
        <source>{target} lies in the zone {zone}; project {project} may send data no farther than {reach}. Change {setting}, or choose a nearer target.</source>
        <translation>{target} está en la zona {zone}; el proyecto {project} solo puede enviar datos hasta {reach}. Cambie {setting} o elija un destino más cercano.</translation>
    </message>
    <message>
        <source>There is no {modality} model "{name}". Write provider/model, as in whisper/base, or add the name under {where} or {aliases}.</source>
        <translation>No hay un modelo de {modality} «{name}». Escriba proveedor/modelo, como whisper/base, o añada el nombre en {where} o {aliases}.</translation>
    </message>
    <message>
        <source>No model was named and nothing is chosen for {modality}; name one, or set {setting}.</source>
        <translation>No se indicó ningún modelo y no hay nada elegido para {modality}; indique uno o defina {setting}.</translation>
    </message>
    <message>
        <source>"{name}" cannot be served. {why}</source>
        <translation>«{name}» no se puede servir. {why}</translation>
    </message>
    <message>
        <source>No provider "{provider}" serves {modality}. Known: {names}. A bare "*" under {setting} would serve any name.</source>
        <translation>Ningún proveedor «{provider}» atiende {modality}. Conocidos: {names}. Un «*» en {setting} aceptaría cualquier nombre.</translation>
    </message>
    <message>
        <source>The secret "{name}" is empty; delete it instead.</source>
        <translation>El secreto «{name}» está vacío; bórrelo.</translation>
    </message>
    <message>
        <source>The secrets of this profile stay in its encrypted file: VOICEGW_SECRET or VOICEGW_HOME is set, or it is a temporary profile.</source>
        <translation>Los secretos de este perfil siguen en su archivo cifrado: VOICEGW_SECRET o VOICEGW_HOME está definido, o es un perfil temporal.</translation>
    </message>
    <message>
        <source>No keychain is available, so the secrets stay in the encrypted file.</source>
        <translation>No hay llavero disponible, así que los secretos siguen en el archivo cifrado.</translation>
    </message>
    <message>
        <source>A secret did not come back from the {place} as it was written; nothing was removed.</source>
        <translation>Un secreto no volvió de {place} como se escribió; no se quitó nada.</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password. Answer its prompt, or dismiss it.</source>
        <translation>El llavero no responde; quizá esté pidiendo su contraseña. Responda a la pregunta o ciérrela.</translation>
    </message>
    <message>
        <source>The secrets in {path} cannot be opened with {key}: it is not the key they were sealed with, or the file is damaged. Give the right key, or delete the file and enter the keys again.</source>
        <translation>Los secretos de {path} no se abren con {key}: no es la clave con que se cifraron, o el archivo está dañado. Dé la clave correcta, o borre el archivo e introduzca las claves de nuevo.</translation>
    </message>
    <message>
        <source>The gateway ended the conversation; start again when it serves.</source>
        <translation>La pasarela terminó la conversación; empiece de nuevo cuando esté en servicio.</translation>
    </message>
    <message>
        <source>The gateway refused the conversation with status {status}.</source>
        <translation>La pasarela rechazó la conversación con el estado {status}.</translation>
    </message>
    <message>
        <source>The gateway does not answer: {why}</source>
        <translation>La pasarela no responde: {why}</translation>
    </message>
    <message>
        <source>The gateway answered with status {status}.</source>
        <translation>La pasarela respondió con el estado {status}.</translation>
    </message>
    <message>
        <source>The sound process ended; try again.</source>
        <translation>El proceso de sonido terminó; inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>The sound process ended after saying: {why}</source>
        <translation>El proceso de sonido terminó tras decir: {why}</translation>
    </message>
    <message>
        <source>The sound device did not answer within {n} s; try again, or choose another one.</source>
        <translation>El dispositivo de sonido no respondió en {n} s; inténtelo de nuevo o elija otro.</translation>
    </message>
    <message>
        <source>The speaker did not play all of it; choose another one.</source>
        <translation>El altavoz no lo reprodujo todo; elija otro.</translation>
    </message>
    <message>
        <source>No microphone was found. Connect one, then try again.</source>
        <translation>No se encontró ningún micrófono. Conecte uno e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>No speaker was found. Connect one, then try again.</source>
        <translation>No se encontró ningún altavoz. Conecte uno e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>"file" is "{path}"; give the whole path, from the root on.</source>
        <translation>El archivo es «{path}»; dé la ruta completa.</translation>
    </message>
    <message>
        <source>This needs {n} MB, and the disk of {folder} has {free} MB free.</source>
        <translation>Esto necesita {n} MB y el disco de {folder} tiene {free} MB libres.</translation>
    </message>
    <message>
        <source>This has more than {n} rows: ask for a shorter time, or by fewer properties.</source>
        <translation>Son más de {n} filas: elija un tiempo más corto o menos propiedades.</translation>
    </message>
    <message>
        <source>"from" ({start}) must lie before "to" ({end}).</source>
        <translation>El inicio ({start}) debe ser anterior al final ({end}).</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; write a day such as 2026-01-31, a month such as 2026-01, a time such as 2026-01-31T08:00, or an age such as 2h or 7d.</source>
        <translation>«{field}» es «{text}»; escriba un día como 2026-01-31, un mes como 2026-01, una hora como 2026-01-31T08:00 o una antigüedad como 2h o 7d.</translation>
    </message>
    <message>
        <source>The database {path} was written by a newer VoiceGateway Desktop (schema {current}; this one knows {newest}). Install the newer version again, or point cost_tracking.db_path at another file.</source>
        <translation>La base de datos {path} es de una versión más nueva de VoiceGateway Desktop (esquema {current}; esta conoce {newest}). Reinstale la versión nueva o apunte cost_tracking.db_path a otro archivo.</translation>
    </message>
    <message>
        <source>The database {path} cannot be opened ({error}): check cost_tracking.db_path and VOICEGW_DB_PATH.</source>
        <translation>No se puede abrir la base de datos {path} ({error}): compruebe cost_tracking.db_path y VOICEGW_DB_PATH.</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({error}).</source>
        <translation>La base de datos {path} está dañada ({error}).</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} bytes; at most {most} are read.</source>
        <translation>La configuración {path} tiene {n} bytes; se leen {most} como máximo.</translation>
    </message>
    <message>
        <source>The configuration {path} is not UTF-8 text (byte {n}).</source>
        <translation>La configuración {path} no es texto UTF-8 (byte {n}).</translation>
    </message>
    <message>
        <source>The configuration {path} is not valid YAML: {why}.</source>
        <translation>La configuración {path} no es YAML válido: {why}.</translation>
    </message>
    <message>
        <source>The configuration {path} is nested too deeply.</source>
        <translation>La configuración {path} está anidada con demasiada profundidad.</translation>
    </message>
    <message>
        <source>The configuration {path} must be sections such as `providers:`, not a {kind}.</source>
        <translation>La configuración {path} debe tener secciones como «providers:», no {kind}.</translation>
    </message>
    <message>
        <source>The configuration {path} has keys that appear twice:
{lines}</source>
        <translation>En la configuración {path} hay claves repetidas:
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has numbers that cannot be used:
{lines}</source>
        <translation>En la configuración {path} hay números que no se pueden usar:
{lines}</translation>
    </message>
    <message>
        <source>line {n}: {problem}</source>
        <translation>línea {n}: {problem}</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}". Known here: {names}.</source>
        <translation>{setting}: clave desconocida «{name}». Aquí se conocen: {names}.</translation>
    </message>
    <message>
        <source>{setting}: unknown key "{name}".</source>
        <translation>{setting}: clave desconocida «{name}».</translation>
    </message>
    <message>
        <source>{setting}: this is required.</source>
        <translation>{setting}: es obligatorio.</translation>
    </message>
    <message>
        <source>{path} cannot be read: {why}.</source>
        <translation>No se puede leer {path}: {why}.</translation>
    </message>
    <message>
        <source>Another program has locked {path} for {n} s.</source>
        <translation>Otro programa tiene bloqueado {path} desde hace {n} s.</translation>
    </message>
    <message>
        <source>`ollama serve` ended at once: {why}</source>
        <translation>El servidor de Ollama terminó enseguida: {why}</translation>
    </message>
    <message>
        <source>`ollama serve` did not answer within {n} s: {why}</source>
        <translation>El servidor de Ollama no respondió en {n} s: {why}</translation>
    </message>
    <message>
        <source>the card is faster here than the processor ({times})</source>
        <translation>la tarjeta gráfica es aquí más rápida que el procesador ({times})</translation>
    </message>
    <message>
        <source>the processor is as fast here as the card, or faster ({times})</source>
        <translation>el procesador es aquí tan rápido como la tarjeta gráfica, o más ({times})</translation>
    </message>
    <message>
        <source>its chat template knows no tools</source>
        <translation>su plantilla de chat no admite herramientas</translation>
    </message>
    <message>
        <source>its chat template has tools</source>
        <translation>su plantilla de chat admite herramientas</translation>
    </message>
    <message>
        <source>thinks before it answers unless told not to</source>
        <translation>piensa antes de responder, salvo que se le diga que no</translation>
    </message>
    <message>
        <source>not run by this project, which could not fetch it</source>
        <translation>este proyecto no lo probó, porque no pudo descargarlo</translation>
    </message>
    <message>
        <source>comes with its engine</source>
        <translation>viene con su motor</translation>
    </message>
    <message>
        <source>{n} speakers</source>
        <translation>{n} voces</translation>
    </message>
    <message>
        <source>The configuration {path} has 1 problem:
{lines}</source>
        <translation>La configuración {path} tiene un error:
{lines}</translation>
    </message>
    <message>
        <source>The configuration {path} has {n} problems:
{lines}</source>
        <translation>La configuración {path} tiene {n} errores:
{lines}</translation>
    </message>
    <message>
        <source>The microphone {name} cannot be opened: {why}. Choose another one.</source>
        <translation>No se puede abrir el micrófono {name}: {why}. Elija otro.</translation>
    </message>
    <message>
        <source>The speaker {name} cannot be opened: {why}. Choose another one.</source>
        <translation>No se puede abrir el altavoz {name}: {why}. Elija otro.</translation>
    </message>
    <message>
        <source>There is no microphone "{name}" now; there are: {names}.</source>
        <translation>El micrófono «{name}» no está ahora; hay: {names}.</translation>
    </message>
    <message>
        <source>There is no speaker "{name}" now; there are: {names}.</source>
        <translation>El altavoz «{name}» no está ahora; hay: {names}.</translation>
    </message>
    <message>
        <source>"{field}" is "{text}"; it must be {what}.</source>
        <translation>«{field}» es «{text}»; debe ser {what}.</translation>
    </message>
    <message>
        <source>"{field}" must be {what}.</source>
        <translation>«{field}» debe ser {what}.</translation>
    </message>
    <message>
        <source>a finite number of usual size</source>
        <translation>un número de tamaño normal</translation>
    </message>
    <message>
        <source>a finite number of usual size and at most 40 digits</source>
        <translation>un número de tamaño normal y de 40 cifras como máximo</translation>
    </message>
    <message>
        <source>a whole number</source>
        <translation>un número entero</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>un número</translation>
    </message>
    <message>
        <source>a boolean</source>
        <translation>true o false</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>true o false</translation>
    </message>
    <message>
        <source>a string</source>
        <translation>un texto</translation>
    </message>
    <message>
        <source>a list</source>
        <translation>una lista</translation>
    </message>
    <message>
        <source>{setting}: it must be {what}.</source>
        <translation>{setting}: el valor debe ser {what}.</translation>
    </message>
    <message>
        <source>{setting}: it must be {what} (given: "{text}").</source>
        <translation>{setting}: el valor debe ser {what} (dado: «{text}»).</translation>
    </message>
    <message>
        <source>greater than or equal to {n}</source>
        <translation>mayor o igual que {n}</translation>
    </message>
    <message>
        <source>greater than {n}</source>
        <translation>mayor que {n}</translation>
    </message>
    <message>
        <source>less than or equal to {n}</source>
        <translation>menor o igual que {n}</translation>
    </message>
    <message>
        <source>less than {n}</source>
        <translation>menor que {n}</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>un texto</translation>
    </message>
    <message>
        <source>a section with keys</source>
        <translation>una sección con claves</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a duration: write 5m, 90s, 1h30m, 0 (unload at once) or -1 (stay).</source>
        <translation>{setting}: «{value}» no es una duración: escriba 5m, 90s, 1h30m, 0 (descargar enseguida) o -1 (quedarse).</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is longer than ten years: write -1 (stay).</source>
        <translation>{setting}: «{value}» son más de diez años: escriba -1 (quedarse).</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a size: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}: «{value}» no es un tamaño: escriba 4GiB, 800MB o un número de bytes.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is more than any machine has: write 4GiB, 800MB or a number of bytes.</source>
        <translation>{setting}: Ningún equipo tiene «{value}»: escriba 4GiB, 800MB o un número de bytes.</translation>
    </message>
    <message>
        <source>{setting}: the last {n} days are always kept; write 0 for ever, or {again} or more.</source>
        <translation>{setting}: los últimos {n} días se guardan siempre; escriba 0 para siempre, o {again} o más.</translation>
    </message>
    <message>
        <source>{setting}: "{value}" is not a target: write provider/model, as in whisper/base.</source>
        <translation>{setting}: «{value}» no es un destino: escriba proveedor/modelo, como whisper/base.</translation>
    </message>
    <message>
        <source>Ollama has no model {model}: fetch it on the page Models.</source>
        <translation>Ollama no tiene el modelo {model}: descárguelo en la página Modelos.</translation>
    </message>
    <message>
        <source>This build names no place for packs. Set updates.address in voicegw.yaml.</source>
        <translation>Este programa no indica ningún lugar para paquetes. Ponga updates.address en voicegw.yaml.</translation>
    </message>
    <message>
        <source>{server} has no model {model}: fetch it there.</source>
        <translation>{server} no tiene el modelo {model}: descárguelo allí.</translation>
    </message>
    <message>
        <source>No Ollama server answers at {url}. Start Ollama, or set engines.ollama.manage to auto.</source>
        <translation>Ningún servidor de Ollama responde en {url}. Inicie Ollama o ponga engines.ollama.manage en auto.</translation>
    </message>
    <message>
        <source>Ollama does not answer at {url}: start it, or get it from ollama.com.</source>
        <translation>Ollama no responde en {url}: inícielo u obténgalo en ollama.com.</translation>
    </message>
    <message>
        <source>Ollama is not installed: ollama.com has it.</source>
        <translation>Ollama no está instalado: está en ollama.com.</translation>
    </message>
    <message>
        <source>no graphics card for CUDA</source>
        <translation>no hay tarjeta gráfica para CUDA</translation>
    </message>
    <message>
        <source>sherpa-onnx runs on the processor</source>
        <translation>sherpa-onnx se ejecuta en el procesador</translation>
    </message>
    <message>
        <source>Get it from ollama.com, or use a model of llama.cpp, which needs no server.</source>
        <translation>Obténgalo en ollama.com o use un modelo de llama.cpp, que no necesita servidor.</translation>
    </message>
    <message>
        <source>{target} needs the plugins for cloud providers: fetch them on the page Providers.</source>
        <translation>{target} necesita los plugins de proveedores en la nube: descárguelos en la página Proveedores.</translation>
    </message>
    <message>
        <source>{provider} has no key: store one on the page Providers.</source>
        <translation>{provider} no tiene clave: guarde una en la página Proveedores.</translation>
    </message>
    <message>
        <source>The key of {provider} was entered for {address} and is not sent to {place}: enter it again on the page Providers.</source>
        <translation>La clave de {provider} se introdujo para {address} y no se envía a {place}: introdúzcala de nuevo en la página Proveedores.</translation>
    </message>
    <message>
        <source>There is a project "{name}" already; change that one.</source>
        <translation>Ya existe el proyecto «{name}»; cámbielo.</translation>
    </message>
    <message>
        <source>No engine "{name}" runs or is installed here.</source>
        <translation>Aquí no hay ningún motor «{name}» en marcha ni instalado.</translation>
    </message>
    <message>
        <source>{target} has no price, so it cannot be compared.</source>
        <translation>{target} no tiene precio, así que no se puede comparar.</translation>
    </message>
    <message>
        <source>{target} has no price for {again}, so it cannot be compared.</source>
        <translation>{target} no tiene precio para {again}, así que no se puede comparar.</translation>
    </message>
    <message>
        <source>The key of {provider} is not kept in the database: store it on the page Providers.</source>
        <translation>La clave de {provider} no se guarda en la base de datos: guárdela en la página Proveedores.</translation>
    </message>
    <message>
        <source>"{field}" is missing.</source>
        <translation>Falta «{field}».</translation>
    </message>
    <message>
        <source>No model "{model}" is in the catalogue.</source>
        <translation>El modelo «{model}» no está en el catálogo.</translation>
    </message>
    <message>
        <source>No model "{model}" is known.</source>
        <translation>No se conoce ningún modelo «{model}».</translation>
    </message>
    <message>
        <source>Files of {model} changed since they were checked: verify or repair it on the page Models.</source>
        <translation>Los archivos de {model} cambiaron desde su comprobación: compruébelo o repárelo en la página Modelos.</translation>
    </message>
    <message>
        <source>{model} is being fetched. Cancel that first.</source>
        <translation>{model} se está descargando. Cancélelo primero.</translation>
    </message>
    <message>
        <source>Fetching {model} is paused at {done} of {total} MB.</source>
        <translation>La descarga de {model} está en pausa en {done} de {total} MB.</translation>
    </message>
    <message>
        <source>{model} is not installed and offline mode is on: switch it off, then fetch it.</source>
        <translation>{model} no está instalado y el modo sin conexión está activo: desactívelo y descárguelo.</translation>
    </message>
    <message>
        <source>{model} could not be fetched. {reasons}</source>
        <translation>No se pudo descargar {model}. {reasons}</translation>
    </message>
    <message>
        <source>The packages of this model need pip, which is not installed. Install Python, which brings it.</source>
        <translation>Los paquetes de este modelo necesitan pip, que no está instalado. Instale Python, que lo incluye.</translation>
    </message>
    <message>
        <source>One part of this model comes through npm, which is not installed. Install Node.js, which brings it.</source>
        <translation>Una parte de este modelo llega por npm, que no está instalado. Instale Node.js, que lo incluye.</translation>
    </message>
    <message>
        <source>Files of the pack {pack} are in use, so they stay on the disk. Stop its engines, then remove it again.</source>
        <translation>Hay archivos del paquete {pack} en uso, así que siguen en el disco. Detenga sus motores y quítelo de nuevo.</translation>
    </message>
    <message>
        <source>No folder with models is set.</source>
        <translation>No hay ninguna carpeta con modelos configurada.</translation>
    </message>
    <message>
        <source>The folders with models do not hold it.</source>
        <translation>Las carpetas con modelos no lo contienen.</translation>
    </message>
    <message>
        <source>The packages do not hold every file.</source>
        <translation>Los paquetes no contienen todos los archivos.</translation>
    </message>
    <message>
        <source>{tool} could not fetch {name}: {said}</source>
        <translation>{tool} no pudo descargar {name}: {said}</translation>
    </message>
    <message>
        <source>{provider} refused the key {key} ({said}): store another on the page Providers.</source>
        <translation>{provider} rechazó la clave {key} ({said}): guarde otra en la página Proveedores.</translation>
    </message>
    <message>
        <source>{name} is not installed: fetch it on the page Models.</source>
        <translation>{name} no está instalado: descárguelo en la página Modelos.</translation>
    </message>
    <message>
        <source>{name} is ready, but none of its models is installed: fetch one on the page Models.</source>
        <translation>{name} está listo, pero no hay ninguno de sus modelos instalado: descargue uno en la página Modelos.</translation>
    </message>
    <message>
        <source>"{name}" is a model for something else: choose another one.</source>
        <translation>«{name}» es un modelo para otra cosa: elija otro.</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached. Start the program in the desktop session that has it, or keep the keys in a file.</source>
        <translation>No se puede acceder al llavero que guarda las claves de este perfil. Inicie el programa en la sesión que lo tiene, o guarde las claves en un archivo.</translation>
    </message>
    <message>
        <source>The key "{key}" works, but its text is not kept here any more: make another key.</source>
        <translation>La clave «{key}» funciona, pero su texto ya no está aquí: cree otra clave.</translation>
    </message>
    <message>
        <source>There is no working key "{key}".</source>
        <translation>No hay ninguna clave válida «{key}».</translation>
    </message>
    <message>
        <source>There is no key "{key}".</source>
        <translation>No existe la clave «{key}».</translation>
    </message>
    <message>
        <source>The sound library PortAudio is missing: install the package libportaudio2, then try again.</source>
        <translation>Falta la biblioteca de sonido PortAudio: instale el paquete libportaudio2 e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Sound needs the package sounddevice, which is not installed.</source>
        <translation>El sonido necesita el paquete sounddevice, que no está instalado.</translation>
    </message>
    <message>
        <source>{path} exists: give another name; no file is replaced.</source>
        <translation>{path} ya existe: dé otro nombre; no se reemplaza ningún archivo.</translation>
    </message>
    <message>
        <source>There is no folder {folder} for {path}.</source>
        <translation>No existe la carpeta {folder} para {path}.</translation>
    </message>
    <message>
        <source>There is no file {path}.</source>
        <translation>No existe el archivo {path}.</translation>
    </message>
    <message>
        <source>{path} cannot be read ({error}).</source>
        <translation>No se puede leer {path} ({error}).</translation>
    </message>
    <message>
        <source>{path} cannot be taken back ({error}).</source>
        <translation>No se puede recuperar {path} ({error}).</translation>
    </message>
    <message>
        <source>{path} cannot be written ({error}).</source>
        <translation>No se puede escribir {path} ({error}).</translation>
    </message>
    <message>
        <source>{path} is no backup of VoiceGateway Desktop.</source>
        <translation>{path} no es una copia de seguridad de VoiceGateway Desktop.</translation>
    </message>
    <message>
        <source>{path} is damaged ({error}).</source>
        <translation>{path} está dañado ({error}).</translation>
    </message>
    <message>
        <source>This program was installed by {way}, which brings the newer version.</source>
        <translation>Este programa se instaló con {way}, que trae la versión más nueva.</translation>
    </message>
    <message>
        <source>The configuration {path} cannot be read ({error}).</source>
        <translation>No se puede leer la configuración {path} ({error}).</translation>
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
        <translation>La pasarela de {address} vuelve a responder.</translation>
    </message>
    <message>
        <source>{setting} did not hear of a budget. {why}</source>
        <translation>{setting} no recibió un aviso de presupuesto. {why}</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. {then}; {setting} raises it.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. {then}; se aumenta con {setting}.</translation>
    </message>
    <message>
        <source>Project "{name}"</source>
        <translation>Proyecto «{name}»</translation>
    </message>
    <message>
        <source>Key "{name}"</source>
        <translation>Clave «{name}»</translation>
    </message>
    <message>
        <source>This machine</source>
        <translation>Este equipo</translation>
    </message>
    <message>
        <source>daily</source>
        <translation>diario</translation>
    </message>
    <message>
        <source>weekly</source>
        <translation>semanal</translation>
    </message>
    <message>
        <source>monthly</source>
        <translation>mensual</translation>
    </message>
    <message>
        <source>midnight</source>
        <translation>la medianoche</translation>
    </message>
    <message>
        <source>Monday</source>
        <translation>el lunes</translation>
    </message>
    <message>
        <source>the first of the next month</source>
        <translation>el día 1 del próximo mes</translation>
    </message>
    <message>
        <source>What costs more than is left is refused until {until}</source>
        <translation>Lo que cueste más de lo que queda se rechaza hasta {until}</translation>
    </message>
    <message>
        <source>Only what costs nothing is served until {until}</source>
        <translation>Hasta {until} solo se atiende lo que no cuesta nada</translation>
    </message>
    <message>
        <source>What costs more than is left is served by what costs nothing, until {until}</source>
        <translation>Lo que cueste más de lo que queda se atiende gratis hasta {until}</translation>
    </message>
    <message>
        <source>Requests are served on, because its {setting} is warn</source>
        <translation>Las solicitudes se siguen atendiendo, porque {setting} es «warn»</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, el día termina en {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, la semana termina en {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, el mes termina en {amount}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the day ends at {amount}, and the budget is spent {when}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, el día termina en {amount} y el presupuesto se agota a las {when}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the week ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, la semana termina en {amount} y el presupuesto se agota el {when}.</translation>
    </message>
    <message>
        <source>{whose} has spent {spent} of its {period} budget of {limit}. At this pace the month ends at {amount}, and the budget is spent on {when}.</source>
        <translation>{whose}: se han gastado {spent} del presupuesto {period} de {limit}. A este ritmo, el mes termina en {amount} y el presupuesto se agota el {when}.</translation>
    </message>
    <message>
        <source>The price of {target} is not known, so the budget of {whose} does not count it. Give {price}, or set {setting} to "block".</source>
        <translation>No se conoce el precio de {target}, así que el presupuesto ({whose}) no lo cuenta. Indique {price} o ponga {setting} en «block».</translation>
    </message>
    <message>
        <source>project "{name}"</source>
        <translation>proyecto «{name}»</translation>
    </message>
    <message>
        <source>key "{name}"</source>
        <translation>clave «{name}»</translation>
    </message>
    <message>
        <source>this machine</source>
        <translation>este equipo</translation>
    </message>
    <message>
        <source>Today's cost has reached {spent}; cost_tracking.daily_budget_alert is {limit}.</source>
        <translation>El coste de hoy ha llegado a {spent}; cost_tracking.daily_budget_alert es {limit}.</translation>
    </message>
    <message>
        <source>The database {path} was deleted while the gateway ran. It was written again, with all its records and keys; stop the gateway first to begin a new one.</source>
        <translation>La base de datos {path} se borró con la pasarela en marcha. Se ha vuelto a escribir con todos sus registros y claves; para empezar una nueva, pare antes la pasarela.</translation>
    </message>
    <message>
        <source>The database {path} takes no records ({error}). Requests are served on and their records kept; free space on that disk or check the file.</source>
        <translation>La base de datos {path} no admite registros ({error}). Las solicitudes se siguen atendiendo y sus registros se conservan; libere espacio en ese disco o revise el archivo.</translation>
    </message>
    <message>
        <source>The disk of the database {path} has become read-only; records are kept in memory.</source>
        <translation>El disco de la base de datos {path} es ahora de solo lectura; los registros quedan en memoria.</translation>
    </message>
    <message>
        <source>The disk of the database {path} is full; free space on it, or records are kept in memory.</source>
        <translation>El disco de la base de datos {path} está lleno; libere espacio, o los registros quedarán en memoria.</translation>
    </message>
    <message>
        <source>The database takes records again.</source>
        <translation>La base de datos vuelve a admitir registros.</translation>
    </message>
    <message>
        <source>The database takes records again. 1 record was lost.</source>
        <translation>La base de datos vuelve a admitir registros. Se perdió un registro.</translation>
    </message>
    <message>
        <source>The database takes records again. {n} records were lost.</source>
        <translation>La base de datos vuelve a admitir registros. Se perdieron {n} registros.</translation>
    </message>
    <message>
        <source>Only {fits} connections are taken at a time instead of {wanted} (serve.max_connections): the process may open {limit} files. Raise the limit (`ulimit -n`) and start again.</source>
        <translation>Solo se admiten {fits} conexiones a la vez en lugar de {wanted} (serve.max_connections), porque el programa puede abrir {limit} archivos. Suba el límite (`ulimit -n`) y reinicie.</translation>
    </message>
    <message>
        <source>The gateway at {address} does not answer; trying again.</source>
        <translation>La pasarela de {address} no responde; se sigue intentando.</translation>
    </message>
    <message>
        <source>{engine} does not use the graphics card: {why}</source>
        <translation>{engine} no usa la tarjeta gráfica: {why}</translation>
    </message>
    <message>
        <source>The disk is full ({error}). Free some space and pull again: what was fetched so far is kept.</source>
        <translation>El disco está lleno ({error}). Libere espacio y vuelva a descargar: lo descargado se conserva.</translation>
    </message>
    <message>
        <source>The disk is full. Free some space and pull again: finished parts are kept.</source>
        <translation>El disco está lleno. Libere espacio y vuelva a descargar: las partes terminadas se conservan.</translation>
    </message>
    <message>
        <source>{model} needs {wanted} MB more and {folder} has {free} MB free ({reserve} MB of that stay in reserve). Free some space and pull again.</source>
        <translation>{model} necesita {wanted} MB más y en {folder} quedan {free} MB libres ({reserve} MB se reservan). Libere espacio y vuelva a descargar.</translation>
    </message>
    <message>
        <source>{engine} was lost while it loaded: it {why}.</source>
        <translation>{engine} se perdió mientras cargaba: {why}.</translation>
    </message>
    <message>
        <source>{engine} was ended by the system (SIGKILL), because memory ran out.</source>
        <translation>El sistema terminó {engine} (SIGKILL) porque se agotó la memoria.</translation>
    </message>
    <message>
        <source>{engine} was ended from outside (SIGKILL).</source>
        <translation>{engine} fue terminado desde fuera (SIGKILL).</translation>
    </message>
    <message>
        <source>{engine} ended by {signal}.</source>
        <translation>{engine} terminó por {signal}.</translation>
    </message>
    <message>
        <source>{engine} ended with status {status}.</source>
        <translation>{engine} terminó con el estado {status}.</translation>
    </message>
    <message>
        <source>{engine} ended with status {status} after saying: {words}.</source>
        <translation>{engine} terminó con el estado {status} tras decir: {words}.</translation>
    </message>
    <message>
        <source>was ended by the system (SIGKILL), because memory ran out</source>
        <translation>el sistema lo terminó (SIGKILL) porque se agotó la memoria</translation>
    </message>
    <message>
        <source>was ended from outside (SIGKILL)</source>
        <translation>terminado desde fuera (SIGKILL)</translation>
    </message>
    <message>
        <source>ended by {signal}</source>
        <translation>terminado por {signal}</translation>
    </message>
    <message>
        <source>ended with status {status} after saying: {words}</source>
        <translation>terminado con el estado {status} tras decir: {words}</translation>
    </message>
    <message>
        <source>ended with status {status}</source>
        <translation>terminado con el estado {status}</translation>
    </message>
    <message>
        <source>The engine could not load the model.</source>
        <translation>El motor no pudo cargar el modelo.</translation>
    </message>
    <message>
        <source>The engine failed and gave no reason.</source>
        <translation>El motor falló y no dio ningún motivo.</translation>
    </message>
    <message>
        <source>{engine} failed {n} times in a row and rests for {wait} s; it {why}.</source>
        <translation>{engine} falló {n} veces seguidas y descansa {wait} s: {why}.</translation>
    </message>
    <message>
        <source>The engines are shut down, because the program is ending.</source>
        <translation>Los motores están parados porque el programa está terminando.</translation>
    </message>
    <message>
        <source>{name} is left out: {part} cannot be used: {why}</source>
        <translation>{name} se omite: no se puede usar {part}: {why}</translation>
    </message>
    <message>
        <source>{now} took over from {before}: {why}</source>
        <translation>{now} ha relevado a {before}: {why}</translation>
    </message>
    <message>
        <source>The keychain does not answer; it may be asking for its password.</source>
        <translation>El llavero no responde; quizá esté pidiendo su contraseña.</translation>
    </message>
    <message>
        <source>The keychain that keeps the keys of this profile cannot be reached.</source>
        <translation>No se puede acceder al llavero que guarda las claves de este perfil.</translation>
    </message>
    <message>
        <source>The keychain did not take the secret: {error}.</source>
        <translation>El llavero no aceptó el secreto: {error}.</translation>
    </message>
    <message>
        <source>The keychain is open again: the keys in it can be used.</source>
        <translation>El llavero está abierto de nuevo; sus claves se pueden usar.</translation>
    </message>
    <message>
        <source>Keys cannot be read or made now ({why}). Programs of this user are let in by the unix socket.</source>
        <translation>Ahora no se pueden leer ni crear claves ({why}). Los programas de este usuario entran por el socket unix.</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but engines.memory_limit allows {limit} for all engines together. Raise the limit or choose a smaller model.</source>
        <translation>{model} necesita unos {need}, pero engines.memory_limit permite {limit} para todos los motores. Suba el límite o elija un modelo más pequeño.</translation>
    </message>
    <message>
        <source>{model} needs about {need}, but of engines.memory_limit ({limit}) engines that are in use hold {held} ({engines}). Try again when they are idle, or raise the limit.</source>
        <translation>{model} necesita unos {need}, pero de engines.memory_limit ({limit}) los motores en uso ocupan {held} ({engines}). Inténtelo cuando estén libres o suba el límite.</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: the built-in settings are in use, with local engines only.</source>
        <translation>No se encontró voicegw.yaml: se usan los ajustes incorporados, solo con motores locales.</translation>
    </message>
    <message>
        <source>{target} is not on this machine ({zone}) and offline mode is on. Turn routing.offline off, or map the name to a local target under routing.&lt;modality&gt;.offline.</source>
        <translation>{target} no está en este equipo ({zone}) y el modo sin conexión está activo. Desactive routing.offline o asigne el nombre a un destino local en routing.&lt;modality&gt;.offline.</translation>
    </message>
    <message>
        <source>{host} is not on this machine ({zone}) and offline mode is on.</source>
        <translation>{host} no está en este equipo ({zone}) y el modo sin conexión está activo.</translation>
    </message>
    <message>
        <source>observability.otel_endpoint did not get {what}. {why}</source>
        <translation>observability.otel_endpoint no recibió {what}. {why}</translation>
    </message>
    <message>
        <source>Port {port} on {host} is taken by another program (or by a gateway that runs already): stop it, or set serve.port to another number, or to 0 for any free one.</source>
        <translation>El puerto {port} de {host} está ocupado por otro programa (o por una pasarela ya en marcha): ciérrelo, o ponga otro número en serve.port, o 0 para uno libre.</translation>
    </message>
    <message>
        <source>delete the files of {model}</source>
        <translation>se borran los archivos de {model}</translation>
    </message>
    <message>
        <source>fetch {names}: {size} MB, {size2} MB on the disk</source>
        <translation>se baja {names}: {size} MB, {size2} MB en el disco</translation>
    </message>
    <message>
        <source>delete the project "{name}" and revoke its keys</source>
        <translation>se borra el proyecto «{name}» y se revocan sus claves</translation>
    </message>
    <message>
        <source>forget the provider "{name}"</source>
        <translation>se olvida el proveedor «{name}»</translation>
    </message>
    <message>
        <source>forget the provider "{name}" and its stored key</source>
        <translation>se olvidan el proveedor «{name}» y su clave guardada</translation>
    </message>
    <message>
        <source>keep every secret in the {place}, and only there</source>
        <translation>todos los secretos quedan solo aquí: {place}</translation>
    </message>
    <message>
        <source>keep secrets in the {place} from now on, without those that a closed keychain holds</source>
        <translation>los secretos se guardan desde ahora aquí: {place}; los de un llavero cerrado se quedan allí</translation>
    </message>
    <message>
        <source>keychain</source>
        <translation>llavero</translation>
    </message>
    <message>
        <source>replace all requests, sums and settings made here by those of this backup</source>
        <translation>todas las solicitudes, sumas y ajustes hechos aquí se sustituyen por los de esta copia</translation>
    </message>
    <message>
        <source>revoke the key {key} and close every connection it has open</source>
        <translation>se revoca la clave {key} y se cierran sus conexiones abiertas</translation>
    </message>
    <message>
        <source>sealed file</source>
        <translation>archivo sellado</translation>
    </message>
    <message>
        <source>{engine} could not be preloaded: {why}</source>
        <translation>{engine} no se pudo precargar: {why}</translation>
    </message>
    <message>
        <source>A request record cannot be stored ({error}) and is {kept}; {n} since the start. Its cost is missing in the reports.</source>
        <translation>No se puede guardar el registro de una solicitud ({error}; {kept}); {n} desde el inicio. Su coste falta en los informes.</translation>
    </message>
    <message>
        <source>Request records cannot be written beside {path} ({error}). Requests are served on and their records kept in memory; free space on that disk.</source>
        <translation>No se pueden escribir registros junto a {path} ({error}). Las solicitudes se siguen atendiendo y sus registros quedan en memoria; libere espacio en ese disco.</translation>
    </message>
    <message>
        <source>Request records are written to disk again.</source>
        <translation>Los registros vuelven a escribirse en el disco.</translation>
    </message>
    <message>
        <source>{target} took {n} ms to its first byte; latency.ttfb_warning_ms is {limit}.</source>
        <translation>{target} tardó {n} ms hasta el primer byte; latency.ttfb_warning_ms es {limit}.</translation>
    </message>
    <message>
        <source>{target} falls behind live speech: words are owed for {n} s. Fewer streams at once, a smaller model or more `engines.cores` help.</source>
        <translation>{target} se retrasa con el habla en directo: faltan las palabras de {n} s. Ayudan menos flujos a la vez, un modelo más pequeño o más `engines.cores`.</translation>
    </message>
    <message>
        <source>{failed} of the last {n} failed: {why}</source>
        <translation>{failed} de las últimas {n} fallaron: {why}</translation>
    </message>
    <message>
        <source>observability.transcripts is true, but the secret that seals them cannot be had ({why}), so nothing that is said is kept until the next start.</source>
        <translation>observability.transcripts está activo, pero no se puede obtener el secreto que las cifra ({why}); hasta el próximo inicio no se guarda nada de lo dicho.</translation>
    </message>
    <message>
        <source>{target} sent no first token within {n} ms.</source>
        <translation>{target} no envió ningún token en {n} ms.</translation>
    </message>
    <message>
        <source>{target} sent no audio within {n} ms.</source>
        <translation>{target} no envió audio en {n} ms.</translation>
    </message>
    <message>
        <source>{target} did not answer within {n} s.</source>
        <translation>{target} no respondió en {n} s.</translation>
    </message>
    <message>
        <source>{target} accepted the request and gave no answer within {n} s.</source>
        <translation>{target} aceptó la solicitud y no respondió en {n} s.</translation>
    </message>
    <message>
        <source>{target} sent no transcript within {n} s of the end of speech.</source>
        <translation>{target} no envió texto en {n} s tras el final del habla.</translation>
    </message>
    <message>
        <source>{target} sent no response to speech for {n} s.</source>
        <translation>{target} no respondió al habla durante {n} s.</translation>
    </message>
    <message>
        <source>{name} cannot be reached at {host} ({reason}).</source>
        <translation>No se puede contactar con {name} en {host} ({reason}).</translation>
    </message>
    <message>
        <source>{name} cannot be reached ({reason}).</source>
        <translation>No se puede contactar con {name} ({reason}).</translation>
    </message>
    <message>
        <source>{target} stopped in the middle of its answer.</source>
        <translation>{target} se detuvo en mitad de su respuesta.</translation>
    </message>
    <message>
        <source>{target} answered {status}.</source>
        <translation>{target} respondió {status}.</translation>
    </message>
    <message>
        <source>{target} asks to slow down (429: {said}).</source>
        <translation>{target} pide ir más despacio (429: {said}).</translation>
    </message>
    <message>
        <source>about {n} times faster than speech</source>
        <translation>unas {n} veces más rápido que el habla</translation>
    </message>
    <message>
        <source>{n} times faster than speech</source>
        <translation>{n} veces más rápido que el habla</translation>
    </message>
    <message>
        <source>about {time} s for a clip of up to {n} s</source>
        <translation>unos {time} s por una grabación de hasta {n} s</translation>
    </message>
    <message>
        <source>{time} s for a clip of up to {n} s</source>
        <translation>{time} s por una grabación de hasta {n} s</translation>
    </message>
    <message>
        <source>about {n} tokens/s</source>
        <translation>unos {n} tokens/s</translation>
    </message>
    <message>
        <source>{n} tokens/s</source>
        <translation>{n} tokens/s</translation>
    </message>
    <message>
        <source>{low} to {high}</source>
        <translation>{low} a {high}</translation>
    </message>
    <message>
        <source>a graphics card is advised</source>
        <translation>se recomienda una tarjeta gráfica</translation>
    </message>
    <message>
        <source>about {n} ms for a pause</source>
        <translation>unos {n} ms por una pausa</translation>
    </message>
    <message>
        <source>words {time} s after the end of speech, by its publisher</source>
        <translation>palabras {time} s después del final del habla, según el editor</translation>
    </message>
    <message>
        <source>The database {path} is damaged ({reason}). It was moved to {aside} and a new one begun. {rest} taken over; check that disk, and the keys on the page Projects.</source>
        <translation>La base de datos {path} está dañada ({reason}). Se movió a {aside} y se empezó otra. Recuperado: {rest}; revise ese disco y las claves en la página Proyectos.</translation>
    </message>
    <message>
        <source>All rows were</source>
        <translation>todas las filas</translation>
    </message>
    <message>
        <source>The 1 row that could be read was</source>
        <translation>la única fila legible</translation>
    </message>
    <message>
        <source>The {n} rows that could be read were</source>
        <translation>las {n} filas legibles</translation>
    </message>
    <message>
        <source>Nothing could be</source>
        <translation>nada</translation>
    </message>
    <message>
        <source>{model} is not installed: fetch it on the page Models.</source>
        <translation>{model} no está instalado: descárguelo en la página Modelos.</translation>
    </message>
    <message>
        <source>{model} is damaged: repair it on the page Models.</source>
        <translation>{model} está dañado: repárelo en la página Modelos.</translation>
    </message>
    <message>
        <source>{target}, which was chosen for {modality}, is gone. Until it is back, requests go where the settings say; choose another one on the page Overview.</source>
        <translation>{target}, elegido para {modality}, ya no existe. Hasta que vuelva, las solicitudes van adonde indican los ajustes; elija otro en la página Resumen.</translation>
    </message>
    <message>
        <source>{setting} is set, but {model} is not installed: fetch it on the page Models, then stop the engine.</source>
        <translation>{setting} está definido, pero {model} no está instalado: descárguelo en la página Modelos y detenga el motor.</translation>
    </message>
    <message>
        <source>The keychain also holds keys of this profile ({names}), but the encrypted file is in use.</source>
        <translation>El llavero también guarda claves de este perfil ({names}), pero se usa el archivo cifrado.</translation>
    </message>
    <message>
        <source>Version {version} is available.</source>
        <translation>La versión {version} está disponible.</translation>
    </message>
    <message>
        <source>{provider} refused the key ({said}): store another on the page Providers.</source>
        <translation>{provider} rechazó la clave ({said}): guarde otra en la página Proveedores.</translation>
    </message>
    <message>
        <source>Did you mean "{name}"?</source>
        <translation>¿Quiso decir «{name}»?</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>7 days</source>
        <translation>7 días</translation>
    </message>
    <message>
        <source>30 days</source>
        <translation>30 días</translation>
    </message>
    <message>
        <source>This month</source>
        <translation>Este mes</translation>
    </message>
    <message>
        <source>Last month</source>
        <translation>Mes pasado</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Proveedor</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modelo</translation>
    </message>
    <message>
        <source>Day</source>
        <translation>Día</translation>
    </message>
    <message>
        <source>{count} without a known price, not in the sum</source>
        <translation>{count} sin precio conocido, fuera de la suma</translation>
    </message>
    <message>
        <source>{count} with an estimated amount</source>
        <translation>{count} con importe estimado</translation>
    </message>
    <message>
        <source>{estimated} estimated</source>
        <translation>{estimated} estimadas</translation>
    </message>
    <message>
        <source>Speech to text</source>
        <translation>Voz a texto</translation>
    </message>
    <message>
        <source>Language model</source>
        <translation>Modelo de lenguaje</translation>
    </message>
    <message>
        <source>Text to speech</source>
        <translation>Texto a voz</translation>
    </message>
    <message>
        <source>voice</source>
        <translation>voz</translation>
    </message>
    <message>
        <source>turn taking</source>
        <translation>turnos</translation>
    </message>
    <message>
        <source>who speaks</source>
        <translation>quién habla</translation>
    </message>
    <message>
        <source>transcript</source>
        <translation>transcripción</translation>
    </message>
    <message>
        <source>first token</source>
        <translation>primer token</translation>
    </message>
    <message>
        <source>first sound</source>
        <translation>primer sonido</translation>
    </message>
    <message>
        <source>Up to 100 MB</source>
        <translation>Hasta 100 MB</translation>
    </message>
    <message>
        <source>Up to 500 MB</source>
        <translation>Hasta 500 MB</translation>
    </message>
    <message>
        <source>Up to 1 GB</source>
        <translation>Hasta 1 GB</translation>
    </message>
    <message>
        <source>Up to 3 GB</source>
        <translation>Hasta 3 GB</translation>
    </message>
    <message>
        <source>{first} after {time}, {requests}</source>
        <translation>{first} tras {time}, {requests}</translation>
    </message>
    <message>
        <source>Language models</source>
        <translation>Modelos de lenguaje</translation>
    </message>
    <message>
        <source>Voices</source>
        <translation>Voces</translation>
    </message>
    <message>
        <source>Turn taking</source>
        <translation>Turnos</translation>
    </message>
    <message>
        <source>Who speaks</source>
        <translation>Quién habla</translation>
    </message>
    <message>
        <source>{size} free</source>
        <translation>{size} libres</translation>
    </message>
    <message>
        <source>engines may use {size}</source>
        <translation>los motores pueden ocupar {size}</translation>
    </message>
    <message>
        <source>{used} of {limit}</source>
        <translation>{used} de {limit}</translation>
    </message>
    <message>
        <source>many</source>
        <translation>muchos</translation>
    </message>
    <message>
        <source>Small and fast: a good first choice.</source>
        <translation>Pequeño y rápido: para empezar.</translation>
    </message>
    <message>
        <source>Speaks your language.</source>
        <translation>Habla su idioma.</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Empezados</translation>
    </message>
    <message>
        <source>Installed</source>
        <translation>Instalados</translation>
    </message>
    <message>
        <source>Recommended for this machine</source>
        <translation>Recomendados para este equipo</translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n modelo</numerusform>
            <numerusform>%n modelos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pack(s)</source>
        <translation>
            <numerusform>%n paquete</numerusform>
            <numerusform>%n paquetes</numerusform>
        </translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} de {total}</translation>
    </message>
    <message>
        <source>{size} a second</source>
        <translation>{size} por segundo</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <source>Languages</source>
        <translation>Idiomas</translation>
    </message>
    <message>
        <source>On disk</source>
        <translation>En disco</translation>
    </message>
    <message>
        <source>Measured here</source>
        <translation>Medido aquí</translation>
    </message>
    <message>
        <source>Usual speed</source>
        <translation>Velocidad usual</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Licencia</translation>
    </message>
    <message>
        <source>Recommended</source>
        <translation>Recomendado</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Nota</translation>
    </message>
    <message>
        <source>The most capable that leaves memory for the others.</source>
        <translation>El más capaz que deja memoria a los demás.</translation>
    </message>
    <message>
        <source>{time} to go</source>
        <translation>quedan {time}</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>empezado</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>instalado</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>dañado</translation>
    </message>
    <message>
        <source>Its files have no known hashes: those of the first download are recorded</source>
        <translation>No se conocen las sumas de sus archivos: se registran las de la primera descarga</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en cola</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>comprobando</translation>
    </message>
    <message>
        <source>paused at {share}</source>
        <translation>en pausa al {share}</translation>
    </message>
    <message>
        <source>pause</source>
        <translation>pausa</translation>
    </message>
    <message>
        <source>words</source>
        <translation>palabras</translation>
    </message>
    <message>
        <source>token</source>
        <translation>token</translation>
    </message>
    <message>
        <source>audio</source>
        <translation>audio</translation>
    </message>
    <message>
        <source>Hold the button or Space and speak; let go to be answered.</source>
        <translation>Mantenga el botón o Espacio y hable; suelte para oír la respuesta.</translation>
    </message>
    <message>
        <source>Hold the button or Space and say what each choice is to answer.</source>
        <translation>Mantenga el botón o Espacio y diga qué debe responder cada opción.</translation>
    </message>
    <message>
        <source>Hands-free: speak whenever you like, also over an answer.</source>
        <translation>Manos libres: hable cuando quiera, incluso durante una respuesta.</translation>
    </message>
    <message>
        <source>Opening the microphone …</source>
        <translation>Abriendo el micrófono …</translation>
    </message>
    <message>
        <source>Listening …</source>
        <translation>Escuchando …</translation>
    </message>
    <message>
        <source>Thinking …</source>
        <translation>Pensando …</translation>
    </message>
    <message>
        <source>Speaking …</source>
        <translation>Hablando …</translation>
    </message>
    <message>
        <source>Ask something: by voice, by typing, or with the recorded question. Local models answer without a network.</source>
        <translation>Pregunte algo: de viva voz, escribiendo o con la pregunta grabada. Los modelos locales responden sin red.</translation>
    </message>
    <message>
        <source>{lower} by {v}</source>
        <translation>{lower} por {v}</translation>
    </message>
    <message>
        <source>Routed elsewhere: {join}. Set these routes to As requested on Overview to compare freely.</source>
        <translation>Enrutado a otro sitio: {join}. Quite las rutas en Resumen para comparar libremente.</translation>
    </message>
    <message>
        <source>The gateway does not serve, so nothing can answer. Start serving first.</source>
        <translation>La pasarela no sirve, así que nada puede responder. Empiece a servir primero.</translation>
    </message>
    <message>
        <source>You interrupted this answer.</source>
        <translation>Interrumpió esta respuesta.</translation>
    </message>
    <message>
        <source>endpoint</source>
        <translation>fin del habla</translation>
    </message>
    <message>
        <source>to the model</source>
        <translation>al modelo</translation>
    </message>
    <message>
        <source>first clause</source>
        <translation>primera frase</translation>
    </message>
    <message>
        <source>to the voice</source>
        <translation>a la voz</translation>
    </message>
    <message>
        <source>after {time} of the answer</source>
        <translation>tras {time} de la respuesta</translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation>interrumpido</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>Persona</translation>
    </message>
    <message>
        <source>Agent</source>
        <translation>Agente</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>Interrumpido</translation>
    </message>
    <message>
        <source>Spoke at once</source>
        <translation>A la vez</translation>
    </message>
    <message>
        <source>Silence</source>
        <translation>Silencio</translation>
    </message>
    <message>
        <source>Went wrong</source>
        <translation>Falló</translation>
    </message>
    <message numerus="yes">
        <source>%n error(s)</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fallback(s)</source>
        <translation>
            <numerusform>%n alternativa</numerusform>
            <numerusform>%n alternativas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n false start(s)</source>
        <translation>
            <numerusform>%n inicio en falso</numerusform>
            <numerusform>%n inicios en falso</numerusform>
        </translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>desconocido</translation>
    </message>
    <message>
        <source>forever</source>
        <translation>siempre</translation>
    </message>
    <message>
        <source>unloads at once</source>
        <translation>se descarga enseguida</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>First</source>
        <translation>Primero</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Kinds</source>
        <translation>Tipos</translation>
    </message>
    <message>
        <source>Requests</source>
        <translation>Solicitudes</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Duración</translation>
    </message>
    <message>
        <source>Sent to</source>
        <translation>Enviado a</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Destino</translation>
    </message>
    <message>
        <source>Zone</source>
        <translation>Zona</translation>
    </message>
    <message>
        <source>Audio</source>
        <translation>Audio</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Enviado</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nivel</translation>
    </message>
    <message>
        <source>A server's answer named this host for a redirect. Nothing was sent there.</source>
        <translation>La respuesta de un servidor nombró este host para una redirección. No se envió nada allí.</translation>
    </message>
    <message>
        <source>Still open, or the program was killed before the rest was counted.</source>
        <translation>Sigue abierto, o el programa terminó antes de contar el resto.</translation>
    </message>
    <message>
        <source>Time to first byte</source>
        <translation>Tiempo hasta el primer byte</translation>
    </message>
    <message>
        <source>live</source>
        <translation>en curso</translation>
    </message>
    <message>
        <source>live, {errors}</source>
        <translation>{errors}, en curso</translation>
    </message>
    <message>
        <source>only warn</source>
        <translation>solo avisar</translation>
    </message>
    <message>
        <source>serve what is free</source>
        <translation>servir lo gratuito</translation>
    </message>
    <message>
        <source>refuse what costs</source>
        <translation>rechazar lo de pago</translation>
    </message>
    <message>
        <source>Budget a day, US$</source>
        <translation>Presup. diario, US$</translation>
    </message>
    <message>
        <source>Budget a week, US$</source>
        <translation>Presupuesto semanal, US$</translation>
    </message>
    <message>
        <source>Budget a month, US$</source>
        <translation>Presupuesto mensual, US$</translation>
    </message>
    <message>
        <source>When it is spent</source>
        <translation>Al agotarse</translation>
    </message>
    <message>
        <source>An empty field means no limit.</source>
        <translation>Lo que quede vacío no tiene límite.</translation>
    </message>
    <message>
        <source>Mark-up and rate are what you give; nothing is looked up.</source>
        <translation>El margen y el cambio son los que indiques; no se consulta nada.</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Mark-up, per cent</source>
        <translation>Margen, por ciento</translation>
    </message>
    <message>
        <source>Currency, three letters</source>
        <translation>Moneda, tres letras</translation>
    </message>
    <message>
        <source>Amount for one US dollar</source>
        <translation>Cuánto de ella vale un dólar</translation>
    </message>
    <message>
        <source>Write the invoice</source>
        <translation>Escribir la factura</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>{name}: saved</source>
        <translation>{name}: guardado</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>sin límite</translation>
    </message>
    <message>
        <source>The budget is "{text}"; write US dollars, as in 2.50, or nothing.</source>
        <translation>El presupuesto es «{text}»; escriba dólares, como 2.50, o nada.</translation>
    </message>
    <message>
        <source>"{text}" is no number; write it as in 2.50, or nothing.</source>
        <translation>«{text}» no es un número; escríbelo como 2,50 o déjalo vacío.</translation>
    </message>
    <message>
        <source>What needs attention</source>
        <translation>Qué requiere atención</translation>
    </message>
    <message>
        <source>and {n} more</source>
        <translation>y {n} más</translation>
    </message>
    <message>
        <source>The microphone is on: an agent listens.</source>
        <translation>El micrófono está abierto: un agente escucha esta sala.</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Resumen</translation>
    </message>
    <message>
        <source>Talk</source>
        <translation>Hablar</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>Conversaciones</translation>
    </message>
    <message>
        <source>Money</source>
        <translation>Gastos</translation>
    </message>
    <message>
        <source>Engines</source>
        <translation>Motores</translation>
    </message>
    <message>
        <source>Providers</source>
        <translation>Proveedores</translation>
    </message>
    <message>
        <source>Projects</source>
        <translation>Proyectos</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Ayuda</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sesiones</translation>
    </message>
    <message>
        <source>Left this machine</source>
        <translation>Salió del equipo</translation>
    </message>
    <message>
        <source>Notices</source>
        <translation>Avisos</translation>
    </message>
    <message>
        <source>No sessions yet. A live transcription starts one, and so does an agent that names its room or session. Single requests are under Requests.</source>
        <translation>Aún no hay conversaciones. Una transcripción inicia una, y también un agente que nombra su sala o sesión; lo que va suelto está en Solicitudes.</translation>
    </message>
    <message>
        <source>No requests yet. They appear here as agents talk: which target served each, how fast, for how much.</source>
        <translation>Aún no hay solicitudes. Aparecen aquí cuando los agentes hablan: qué destino sirvió cada una, con qué rapidez y por cuánto.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Exportar</translation>
    </message>
    <message>
        <source>Left this machine {left_when}: {amount}. To {named}. Enter shows the request.</source>
        <translation>Salió del equipo {left_when}: {amount}. A {named}. Intro muestra la solicitud.</translation>
    </message>
    <message>
        <source>Nothing has left this machine {left_when}.</source>
        <translation>Nada ha salido de este equipo ({left_when}).</translation>
    </message>
    <message>
        <source>What left this machine</source>
        <translation>Lo que salió de este equipo</translation>
    </message>
    <message>
        <source>Nothing fits these filters.</source>
        <translation>Nada coincide con estos filtros.</translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation>Buscando …</translation>
    </message>
    <message>
        <source>What is said is not kept (observability.transcripts)</source>
        <translation>Lo que se dice no se guarda (observability.transcripts)</translation>
    </message>
    <message>
        <source>No notices.</source>
        <translation>Nada que contar.</translation>
    </message>
    <message>
        <source>Money over time</source>
        <translation>Gastos en el tiempo</translation>
    </message>
    <message>
        <source>Most: {words}, {name}</source>
        <translation>Máximo: {words}, {name}</translation>
    </message>
    <message>
        <source>No requests in this period.</source>
        <translation>No se pidió nada en este periodo.</translation>
    </message>
    <message>
        <source>Money over time, {name}: {words}</source>
        <translation>Gastos en el tiempo, {name}: {words}</translation>
    </message>
    <message>
        <source>Starting …</source>
        <translation>Iniciando …</translation>
    </message>
    <message>
        <source>The gateway is not serving</source>
        <translation>La pasarela no está sirviendo</translation>
    </message>
    <message>
        <source>This page will be here in a moment.</source>
        <translation>Esta página mostrará algo en un momento.</translation>
    </message>
    <message>
        <source>No model is installed yet. The page Models has them.</source>
        <translation>Aún no hay modelos instalados. La página Modelos los descarga.</translation>
    </message>
    <message>
        <source>Memory of the engines</source>
        <translation>Memoria de los motores</translation>
    </message>
    <message>
        <source>Open Models</source>
        <translation>Abrir Modelos</translation>
    </message>
    <message>
        <source>How long it stays in memory without requests</source>
        <translation>Cuánto permanece en memoria sin solicitudes</translation>
    </message>
    <message>
        <source>The chosen engine</source>
        <translation>El motor elegido</translation>
    </message>
    <message>
        <source>Memory of the chosen engine</source>
        <translation>Memoria del motor elegido</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>Motor</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Memory over {time}: {least} to {most}</source>
        <translation>Memoria en {time}: de {least} a {most}</translation>
    </message>
    <message numerus="yes">
        <source>%n engine(s)</source>
        <translation>
            <numerusform>%n motor</numerusform>
            <numerusform>%n motores</numerusform>
        </translation>
    </message>
    <message>
        <source>in memory</source>
        <translation>en memoria</translation>
    </message>
    <message>
        <source>Any time</source>
        <translation>Siempre</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ayer</translation>
    </message>
    <message>
        <source>Last 7 days</source>
        <translation>Últimos 7 días</translation>
    </message>
    <message>
        <source>Last 30 days</source>
        <translation>Últimos 30 días</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Buscar</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Errores</translation>
    </message>
    <message>
        <source>Only errors</source>
        <translation>Solo errores</translation>
    </message>
    <message>
        <source>All kinds</source>
        <translation>Todos los tipos</translation>
    </message>
    <message>
        <source>All projects</source>
        <translation>Todos los proyectos</translation>
    </message>
    <message>
        <source>All targets</source>
        <translation>Todos los destinos</translation>
    </message>
    <message>
        <source>Copy lines</source>
        <translation>Copiar líneas</translation>
    </message>
    <message>
        <source>Welcome. Your first voice turn is one click away</source>
        <translation>Bienvenido. Su primera conversación está a un clic</translation>
    </message>
    <message>
        <source>Get models and talk</source>
        <translation>Descargar modelos y hablar</translation>
    </message>
    <message>
        <source>Take a voice turn</source>
        <translation>Hacer una prueba de voz</translation>
    </message>
    <message>
        <source>Play it</source>
        <translation>Reproducir</translation>
    </message>
    <message>
        <source>{each}. {size} in all; they stay on this machine.</source>
        <translation>{each}. {size} en total; se quedan en este equipo.</translation>
    </message>
    <message>
        <source>Heard: {heard}
Answered, in {speech_s} s of speech: {answered}
{time} in all: {stages}.{cost}{cold}</source>
        <translation>Oído: {heard}
Respuesta, en {speech_s} s de voz: {answered}
{time} en total: {stages}.{cost}{cold}</translation>
    </message>
    <message>
        <source>Lines for your agent</source>
        <translation>Líneas para su agente</translation>
    </message>
    <message>
        <source>Lines for {name}</source>
        <translation>Líneas para {name}</translation>
    </message>
    <message>
        <source>Hide</source>
        <translation>Ocultar</translation>
    </message>
    <message>
        <source>Models fetched</source>
        <translation>Modelos descargados</translation>
    </message>
    <message>
        <source>What was fetched so far is kept.</source>
        <translation>Lo descargado se conserva.</translation>
    </message>
    <message>
        <source>Looking at the model store …</source>
        <translation>Leyendo los modelos …</translation>
    </message>
    <message>
        <source>Talking …</source>
        <translation>Hablando …</translation>
    </message>
    <message>
        <source>Listening, thinking, speaking. The first turn loads three models …</source>
        <translation>Escuchar, pensar, hablar. La primera vez carga tres modelos …</translation>
    </message>
    <message>
        <source> It cost {amount}.</source>
        <translation> Costó {amount}.</translation>
    </message>
    <message>
        <source> The models had to load; take another to see how fast it is from now on.</source>
        <translation> Los modelos tuvieron que cargarse; repita para ver la velocidad de ahora en adelante.</translation>
    </message>
    <message>
        <source>Models that run on this machine</source>
        <translation>Modelos que funcionan en este equipo</translation>
    </message>
    <message>
        <source>A voice turn that never leaves this machine</source>
        <translation>Una conversación que nunca sale de él</translation>
    </message>
    <message>
        <source>Your agent, unchanged</source>
        <translation>Su agente, sin cambios</translation>
    </message>
    <message>
        <source>Fetching …</source>
        <translation>Descargando …</translation>
    </message>
    <message>
        <source>Installed: </source>
        <translation>Instalados: </translation>
    </message>
    <message>
        <source>A recorded question goes in, a spoken answer comes out, timed and priced.</source>
        <translation>Entra una pregunta grabada y sale una respuesta hablada, con tiempo y precio.</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
    <message>
        <source>this list</source>
        <translation>esta lista</translation>
    </message>
    <message>
        <source>Ctrl+1 … Ctrl+0</source>
        <translation>Ctrl+1 … Ctrl+0</translation>
    </message>
    <message>
        <source>the pages, from the top</source>
        <translation>las páginas, desde arriba</translation>
    </message>
    <message>
        <source>Ctrl+F</source>
        <translation>Ctrl+F</translation>
    </message>
    <message>
        <source>search on this page</source>
        <translation>buscar en esta página</translation>
    </message>
    <message>
        <source>Ctrl+W</source>
        <translation>Ctrl+W</translation>
    </message>
    <message>
        <source>close the window; the tray keeps serving</source>
        <translation>cerrar la ventana; la bandeja sigue sirviendo</translation>
    </message>
    <message>
        <source>Ctrl+Q</source>
        <translation>Ctrl+Q</translation>
    </message>
    <message>
        <source>quit</source>
        <translation>salir</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>Espacio</translation>
    </message>
    <message>
        <source>on Talk: hold to speak</source>
        <translation>en Hablar: mantener para hablar</translation>
    </message>
    <message>
        <source>Tab, Shift+Tab</source>
        <translation>Tab, Mayús+Tab</translation>
    </message>
    <message>
        <source>to the next control, and back</source>
        <translation>de control a control</translation>
    </message>
    <message>
        <source>Arrows, Enter</source>
        <translation>Flechas, Intro</translation>
    </message>
    <message>
        <source>in a list: move, open</source>
        <translation>en una lista: mover, abrir</translation>
    </message>
    <message>
        <source>Ctrl+S</source>
        <translation>Ctrl+S</translation>
    </message>
    <message>
        <source>in a list: sort by the next column</source>
        <translation>en una lista: ordenar por la columna siguiente</translation>
    </message>
    <message>
        <source>Escape</source>
        <translation>Escape</translation>
    </message>
    <message>
        <source>clear the search; close a dialog; leave a new project or server</source>
        <translation>vaciar la búsqueda; cerrar una pregunta; descartar un proyecto o servidor nuevo</translation>
    </message>
    <message>
        <source>From</source>
        <translation>De</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Mensaje</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>Do</source>
        <translation>Acción</translation>
    </message>
    <message>
        <source>Package</source>
        <translation>Paquete</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Versión</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Registro</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Atajos</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Acerca de</translation>
    </message>
    <message>
        <source>Copy report</source>
        <translation>Copiar informe</translation>
    </message>
    <message>
        <source>Open the logs</source>
        <translation>Abrir los registros</translation>
    </message>
    <message>
        <source>Speech and language engines on one local socket. Apache-2.0 licence. It uses these packages, each with its licence:</source>
        <translation>Motores de voz y lenguaje en un socket local. Licencia Apache-2.0. Lo que utiliza, con sus licencias:</translation>
    </message>
    <message>
        <source>Licences</source>
        <translation>Licencias</translation>
    </message>
    <message>
        <source>VoiceGateway Desktop {version}</source>
        <translation>VoiceGateway Desktop {version}</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>Avisos</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>Informe</translation>
    </message>
    <message>
        <source>Open {logs} by hand</source>
        <translation>Abra {logs} a mano</translation>
    </message>
    <message>
        <source>Nothing matches.</source>
        <translation>Nada coincide.</translation>
    </message>
    <message>
        <source>Nothing was logged since the start.</source>
        <translation>No se ha registrado nada desde el inicio.</translation>
    </message>
    <message>
        <source>{time} at {strftime}</source>
        <translation>{time} a las {strftime}</translation>
    </message>
    <message>
        <source>Latency of recent requests</source>
        <translation>Latencia de las solicitudes recientes</translation>
    </message>
    <message>
        <source>Requests shown: {v}</source>
        <translation>Solicitudes mostradas: {v}</translation>
    </message>
    <message>
        <source>Each dot is a request. With more requests, a line shows the median and a band the middle half.</source>
        <translation>Cada punto es una solicitud. Con más solicitudes, una línea muestra la mediana y una banda la mitad central.</translation>
    </message>
    <message>
        <source>No requests in the last {span_text}.</source>
        <translation>Sin solicitudes en los últimos {span_text}.</translation>
    </message>
    <message>
        <source>{span_text} ago</source>
        <translation>hace {span_text}</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguna</translation>
    </message>
    <message>
        <source>no requests in {span_text}</source>
        <translation>sin solicitudes en {span_text}</translation>
    </message>
    <message>
        <source>{failed} of {asked} failed</source>
        <translation>{failed}/{asked} fallaron</translation>
    </message>
    <message>
        <source>{failed} failed</source>
        <translation>{failed} fallidas</translation>
    </message>
    <message>
        <source>{v}: median {time}, p95 {time2}; {told}</source>
        <translation>{v}: mediana {time}, p95 {time2}; {told}</translation>
    </message>
    <message>
        <source>p95 {time} · last {time2}</source>
        <translation>p95 {time} · último {time2}</translation>
    </message>
    <message>
        <source>p95 {time}</source>
        <translation>p95 {time}</translation>
    </message>
    <message>
        <source>Speech</source>
        <translation>Voz a texto</translation>
    </message>
    <message>
        <source>LLM</source>
        <translation>LLM</translation>
    </message>
    <message>
        <source>Being fetched</source>
        <translation>Descargándose</translation>
    </message>
    <message>
        <source>The chosen model</source>
        <translation>El modelo elegido</translation>
    </message>
    <message>
        <source>Voice</source>
        <translation>Voz</translation>
    </message>
    <message>
        <source>Play a sample</source>
        <translation>Oír una muestra</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Fetch its engine</source>
        <translation>Bajar su motor</translation>
    </message>
    <message>
        <source>About this model</source>
        <translation>Sobre este modelo</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Verificar</translation>
    </message>
    <message>
        <source>Search by name, language or licence</source>
        <translation>Buscar por nombre, idioma o licencia</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>Buscar modelos</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Pause all</source>
        <translation>Pausar todo</translation>
    </message>
    <message>
        <source>All pulls together</source>
        <translation>Todas las descargas</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Seguir</translation>
    </message>
    <message>
        <source>Fetch it first: a sample is made on this machine.</source>
        <translation>Descárguelo primero: la muestra se crea en este equipo.</translation>
    </message>
    <message>
        <source>Fetch the engine {name}?</source>
        <translation>¿Bajar el motor {name}?</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparar</translation>
    </message>
    <message>
        <source>can be fetched</source>
        <translation>se puede descargar</translation>
    </message>
    <message>
        <source>Stop fetching</source>
        <translation>Detener la descarga</translation>
    </message>
    <message>
        <source>{name}: its engine is here</source>
        <translation>{name}: el motor está instalado</translation>
    </message>
    <message>
        <source>Any size</source>
        <translation>Todo tamaño</translation>
    </message>
    <message>
        <source>Any language</source>
        <translation>Todo idioma</translation>
    </message>
    <message>
        <source>No matching model.</source>
        <translation>Ningún modelo coincide.</translation>
    </message>
    <message>
        <source>Not in the cost, or estimated</source>
        <translation>No incluido o estimado</translation>
    </message>
    <message>
        <source>Costs</source>
        <translation>Costes</translation>
    </message>
    <message>
        <source>Budgets</source>
        <translation>Presupuestos</translation>
    </message>
    <message>
        <source>No budgets are set.</source>
        <translation>Ningún proyecto, clave ni equipo tiene presupuesto.</translation>
    </message>
    <message>
        <source>On another stack</source>
        <translation>Con otro conjunto</translation>
    </message>
    <message>
        <source>There is no stack to compare with.</source>
        <translation>No hay ningún conjunto con el que comparar.</translation>
    </message>
    <message>
        <source>Budgets of projects and keys</source>
        <translation>Presupuestos de proyectos y claves</translation>
    </message>
    <message>
        <source>By</source>
        <translation>Por</translation>
    </message>
    <message>
        <source>Invoice</source>
        <translation>Factura</translation>
    </message>
    <message>
        <source>Set budgets</source>
        <translation>Fijar presupuestos</translation>
    </message>
    <message>
        <source>What these requests would have cost on another stack.</source>
        <translation>Lo que habrían costado allí estas solicitudes.</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Comparar</translation>
    </message>
    <message>
        <source>Budget of the machine</source>
        <translation>Presupuesto del equipo</translation>
    </message>
    <message>
        <source>the default project</source>
        <translation>el proyecto predeterminado</translation>
    </message>
    <message>
        <source>Invoice of {name}, {month}</source>
        <translation>Factura de {name}, {month}</translation>
    </message>
    <message>
        <source>Not written: {v}</source>
        <translation>No se escribió: {v}</translation>
    </message>
    <message>
        <source>{rows} rows written</source>
        <translation>{rows} filas escritas</translation>
    </message>
    <message>
        <source>Invoice written: {total}</source>
        <translation>Factura escrita: {total}</translation>
    </message>
    <message>
        <source>Copy address</source>
        <translation>Copiar dirección</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Conectar</translation>
    </message>
    <message>
        <source>Stack</source>
        <translation>Conjunto</translation>
    </message>
    <message>
        <source>Median latency</source>
        <translation>Latencia mediana</translation>
    </message>
    <message>
        <source>Spent today</source>
        <translation>Gastado hoy</translation>
    </message>
    <message>
        <source>Spending today</source>
        <translation>Gasto de hoy</translation>
    </message>
    <message>
        <source>Nothing used today.</source>
        <translation>Hoy no se usó nada.</translation>
    </message>
    <message>
        <source>Budgets today</source>
        <translation>Presupuestos de hoy</translation>
    </message>
    <message>
        <source>Connect an agent</source>
        <translation>Conectar un agente</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>Sin conexión</translation>
    </message>
    <message>
        <source>Nothing leaves this machine.</source>
        <translation>Nada sale de este equipo.</translation>
    </message>
    <message>
        <source>Time shown</source>
        <translation>Periodo mostrado</translation>
    </message>
    <message>
        <source>How late the gateway's own loop ran over the last second; streams wait for it.</source>
        <translation>Cuánto se retrasó el bucle de la pasarela en el último segundo; los flujos lo esperan.</translation>
    </message>
    <message>
        <source>What serves {lower}</source>
        <translation>Qué sirve {lower}</translation>
    </message>
    <message>
        <source>not serving</source>
        <translation>sin servir</translation>
    </message>
    <message>
        <source>Gateway loop: p99 {p99_ms} ms late</source>
        <translation>Bucle de la pasarela: p99 {p99_ms} ms de retraso</translation>
    </message>
    <message>
        <source>Last: {last}</source>
        <translation>Último: {last}</translation>
    </message>
    <message>
        <source>Not used yet</source>
        <translation>Sin usar todavía</translation>
    </message>
    <message>
        <source>Answered by</source>
        <translation>Qué responde</translation>
    </message>
    <message>
        <source>Stack: {name}</source>
        <translation>Conjunto: {name}</translation>
    </message>
    <message>
        <source>Current routes</source>
        <translation>Las rutas vigentes</translation>
    </message>
    <message>
        <source>Three targets I choose</source>
        <translation>Tres destinos a elegir</translation>
    </message>
    <message>
        <source>Current route</source>
        <translation>Según la ruta</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Creada</translation>
    </message>
    <message>
        <source>No key yet. Copy API key makes the first.</source>
        <translation>Aún no hay clave: copiarla la crea.</translation>
    </message>
    <message>
        <source>Keys of the project</source>
        <translation>Claves del proyecto</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>Nueva clave</translation>
    </message>
    <message>
        <source>Budget</source>
        <translation>Presupuesto</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Revocar</translation>
    </message>
    <message>
        <source>Spent in 30 days</source>
        <translation>Gastado en 30 días</translation>
    </message>
    <message>
        <source>API keys</source>
        <translation>Claves API</translation>
    </message>
    <message>
        <source>Budget of the key</source>
        <translation>Presupuesto de la clave</translation>
    </message>
    <message>
        <source>Revoke the key?</source>
        <translation>¿Revocar la clave?</translation>
    </message>
    <message>
        <source>Budget of {name}</source>
        <translation>Presupuesto de {name}</translation>
    </message>
    <message>
        <source>{key}: revoked</source>
        <translation>{key}: revocada</translation>
    </message>
    <message>
        <source>serve them, uncounted</source>
        <translation>servirlos sin contarlos</translation>
    </message>
    <message>
        <source>refuse them</source>
        <translation>rechazarlos</translation>
    </message>
    <message>
        <source>the local network</source>
        <translation>la red local</translation>
    </message>
    <message>
        <source>the cloud</source>
        <translation>la nube</translation>
    </message>
    <message>
        <source>Budget a day</source>
        <translation>Presup. diario</translation>
    </message>
    <message>
        <source>Own settings</source>
        <translation>Ajustes propios</translation>
    </message>
    <message>
        <source>Projects and budgets</source>
        <translation>Proyectos y presupuestos</translation>
    </message>
    <message>
        <source>Models without a price</source>
        <translation>Modelos sin precio</translation>
    </message>
    <message>
        <source>More budgets</source>
        <translation>Más presupuestos</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Budgets of {name}</source>
        <translation>Presupuestos de {name}</translation>
    </message>
    <message>
        <source>stack {name}</source>
        <translation>conjunto {name}</translation>
    </message>
    <message>
        <source>only {place}</source>
        <translation>solo {place}</translation>
    </message>
    <message>
        <source>in voicegw.yaml</source>
        <translation>en voicegw.yaml</translation>
    </message>
    <message>
        <source>Kitchen assistant</source>
        <translation>Asistente de cocina</translation>
    </message>
    <message>
        <source>New project</source>
        <translation>Nuevo proyecto</translation>
    </message>
    <message>
        <source>What voicegw.yaml sets for it is changed in that file.</source>
        <translation>Lo que voicegw.yaml fija para él se cambia en ese archivo.</translation>
    </message>
    <message>
        <source>Delete {name}?</source>
        <translation>¿Eliminar {name}?</translation>
    </message>
    <message>
        <source>A new project</source>
        <translation>Un proyecto nuevo</translation>
    </message>
    <message>
        <source>It gets a key of its own when you copy it.</source>
        <translation>Recibe su propia clave cuando la copie.</translation>
    </message>
    <message>
        <source>{name}: deleted</source>
        <translation>{name}: eliminado</translation>
    </message>
    <message>
        <source>A project needs an id, such as kitchen.</source>
        <translation>Un proyecto necesita un id, como cocina.</translation>
    </message>
    <message>
        <source>Keys are kept in this system's keychain.</source>
        <translation>Las claves están en el llavero del sistema.</translation>
    </message>
    <message>
        <source>Keys are kept in a sealed file that only you can read.</source>
        <translation>Las claves están en un archivo sellado que solo usted puede leer.</translation>
    </message>
    <message>
        <source>Does</source>
        <translation>Hace</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>Probar</translation>
    </message>
    <message>
        <source>Providers and keys</source>
        <translation>Proveedores y claves</translation>
    </message>
    <message>
        <source>Forget</source>
        <translation>Olvidar</translation>
    </message>
    <message>
        <source>Add a server</source>
        <translation>Añadir servidor</translation>
    </message>
    <message>
        <source>Get a key</source>
        <translation>Obtener clave</translation>
    </message>
    <message>
        <source>Fetch its package</source>
        <translation>Obtener su paquete</translation>
    </message>
    <message>
        <source>Fetch the plugins for cloud providers?</source>
        <translation>¿Obtener los complementos para proveedores de la nube?</translation>
    </message>
    <message>
        <source>{name} answers in {time}.</source>
        <translation>{name} responde en {time}.</translation>
    </message>
    <message>
        <source>Asking {name} …</source>
        <translation>Preguntando a {name} …</translation>
    </message>
    <message>
        <source>Forget {name}?</source>
        <translation>¿Olvidar {name}?</translation>
    </message>
    <message>
        <source>the provider's default</source>
        <translation>la del proveedor</translation>
    </message>
    <message>
        <source>Move to the keychain</source>
        <translation>Mover al llavero</translation>
    </message>
    <message>
        <source>Move to a file</source>
        <translation>Mover a un archivo</translation>
    </message>
    <message>
        <source>The plugins for cloud providers are here</source>
        <translation>Los complementos para proveedores de la nube están listos</translation>
    </message>
    <message>
        <source>A server of your own</source>
        <translation>Un servidor propio</translation>
    </message>
    <message>
        <source>vLLM, LM Studio, LiteLLM, llama-server, Ollama, or a Wyoming server.</source>
        <translation>vLLM, LM Studio, LiteLLM, llama-server, Ollama o un servidor Wyoming.</translation>
    </message>
    <message>
        <source>{name}: forgotten</source>
        <translation>{name}: olvidado</translation>
    </message>
    <message>
        <source>paste a key</source>
        <translation>pegue una clave</translation>
    </message>
    <message>
        <source>A server needs a name and an address.</source>
        <translation>Un servidor necesita un nombre y una dirección.</translation>
    </message>
    <message>
        <source>Paste a key or an address first.</source>
        <translation>Pegue antes una clave o una dirección.</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <source>Serving</source>
        <translation>Servicio</translation>
    </message>
    <message>
        <source>Records</source>
        <translation>Registros</translation>
    </message>
    <message>
        <source>Start again</source>
        <translation>Reiniciar servicio</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>Archivos</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>Abrir la carpeta</translation>
    </message>
    <message>
        <source>Open the models folder</source>
        <translation>Abrir los modelos</translation>
    </message>
    <message>
        <source>Backup</source>
        <translation>Copia de seguridad</translation>
    </message>
    <message>
        <source>A backup holds requests, totals, settings made here and hashes of keys. A revoked key stays revoked.</source>
        <translation>Peticiones, sumas, ajustes hechos aquí y resúmenes de las claves; una clave revocada sigue revocada.</translation>
    </message>
    <message>
        <source>Back up</source>
        <translation>Hacer copia</translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Restaurar</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>Restablecer</translation>
    </message>
    <message>
        <source>No voicegw.yaml was found: what is not set here has its default.</source>
        <translation>No se encontró voicegw.yaml: lo que no se fija aquí queda por defecto.</translation>
    </message>
    <message>
        <source>Restore this backup?</source>
        <translation>¿Restaurar esta copia?</translation>
    </message>
    <message>
        <source>Reset {lower}</source>
        <translation>Restablecer {lower}</translation>
    </message>
    <message>
        <source>{rows} requests backed up</source>
        <translation>{rows} peticiones copiadas</translation>
    </message>
    <message>
        <source>The backup was restored</source>
        <translation>La copia está en vigor</translation>
    </message>
    <message>
        <source>Set in {name}</source>
        <translation>Definido en {name}</translation>
    </message>
    <message>
        <source>the file</source>
        <translation>el archivo</translation>
    </message>
    <message>
        <source>Working</source>
        <translation>Trabajando</translation>
    </message>
    <message>
        <source>Needs attention</source>
        <translation>Requiere atención</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Páginas</translation>
    </message>
    <message numerus="yes">
        <source>%n running request(s)</source>
        <translation>
            <numerusform>%n solicitud en curso</numerusform>
            <numerusform>%n solicitudes en curso</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing leaves this machine</source>
        <translation>Nada sale de este equipo</translation>
    </message>
    <message>
        <source>Agents can connect</source>
        <translation>Los agentes pueden conectarse</translation>
    </message>
    <message>
        <source>Turn</source>
        <translation>Turno</translation>
    </message>
    <message>
        <source>Wait by stage</source>
        <translation>Espera por etapa</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Tras</translation>
    </message>
    <message>
        <source>Turns</source>
        <translation>Turnos</translation>
    </message>
    <message>
        <source>Words</source>
        <translation>Palabras</translation>
    </message>
    <message>
        <source>Turns of the session</source>
        <translation>Turnos de la sesión</translation>
    </message>
    <message>
        <source>Requests of the session</source>
        <translation>Solicitudes de la sesión</translation>
    </message>
    <message>
        <source>ok</source>
        <translation>bien</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Solicitud</translation>
    </message>
    <message>
        <source> · {failed} failed</source>
        <translation> · {failed} fallaron</translation>
    </message>
    <message>
        <source>Scroll to the end of the list to sort it.</source>
        <translation>Desplácese hasta el final de la lista para ordenarla.</translation>
    </message>
    <message>
        <source>Waits for its turn …</source>
        <translation>Espera su turno …</translation>
    </message>
    <message>
        <source>Answering …</source>
        <translation>Respondiendo …</translation>
    </message>
    <message>
        <source>Keep as route</source>
        <translation>Usar como ruta</translation>
    </message>
    <message>
        <source>Compare now</source>
        <translation>Comparar ahora</translation>
    </message>
    <message>
        <source>Add a third</source>
        <translation>Añadir una tercera</translation>
    </message>
    <message>
        <source>, choice {n}</source>
        <translation>, opción {n}</translation>
    </message>
    <message>
        <source>Keep choice {n} as route</source>
        <translation>Usar la opción {n} como ruta</translation>
    </message>
    <message>
        <source>, {size} in memory</source>
        <translation>, {size} en memoria</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>Opciones</translation>
    </message>
    <message>
        <source>your last utterance</source>
        <translation>su última frase</translation>
    </message>
    <message>
        <source>the recorded question</source>
        <translation>la pregunta grabada</translation>
    </message>
    <message>
        <source>Each choice answers {what}. A model that is not loaded yet takes longer the first time.</source>
        <translation>Cada opción recibe {what}. Un modelo que debe cargarse tarda más esa vez.</translation>
    </message>
    <message>
        <source>Fastest to first sound</source>
        <translation>El primero en oírse</translation>
    </message>
    <message>
        <source>The target's default</source>
        <translation>La del destino</translation>
    </message>
    <message>
        <source>Agents may speak and listen here</source>
        <translation>Los agentes pueden hablar y escuchar aquí</translation>
    </message>
    <message>
        <source>Lets agents use the MCP tools speak, listen and converse on this machine.</source>
        <translation>Permite a los agentes usar las herramientas MCP speak, listen y converse en este equipo.</translation>
    </message>
    <message>
        <source>Instructions</source>
        <translation>Instrucciones</translation>
    </message>
    <message>
        <source>Microphone</source>
        <translation>Micrófono</translation>
    </message>
    <message>
        <source>Speaker</source>
        <translation>Altavoz</translation>
    </message>
    <message>
        <source>Gain</source>
        <translation>Ganancia</translation>
    </message>
    <message>
        <source>The system's default</source>
        <translation>El del sistema</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>Opciones</translation>
    </message>
    <message>
        <source>Hold to talk</source>
        <translation>Pulse y hable</translation>
    </message>
    <message>
        <source>Hands-free</source>
        <translation>Manos libres</translation>
    </message>
    <message>
        <source>Recorded question</source>
        <translation>Ejemplo</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Enviar</translation>
    </message>
    <message>
        <source>Talk or compare</source>
        <translation>Hablar o comparar</translation>
    </message>
    <message>
        <source>Or hold Space</source>
        <translation>O mantenga Espacio</translation>
    </message>
    <message>
        <source>Microphone level</source>
        <translation>Nivel del micrófono</translation>
    </message>
    <message>
        <source>Type, and hear the answer</source>
        <translation>Escriba y oiga la respuesta</translation>
    </message>
    <message>
        <source>Release to get the answer</source>
        <translation>Suelte para oír la respuesta</translation>
    </message>
    <message>
        <source>Time of each stage</source>
        <translation>Tiempo de cada etapa</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Puerto</translation>
    </message>
    <message>
        <source>Where agents connect; 0 takes any free one at each start.</source>
        <translation>Donde se conectan los agentes; 0 toma uno libre en cada inicio.</translation>
    </message>
    <message>
        <source>Allow other machines</source>
        <translation>Permitir otros equipos</translation>
    </message>
    <message>
        <source>Listens on every address. Keys are still required; nothing is encrypted without serve.tls_cert.</source>
        <translation>Escucha en todas las direcciones. Se siguen exigiendo claves; sin serve.tls_cert nada va cifrado.</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Tema</translation>
    </message>
    <message>
        <source>Same as the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
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
        <translation>Tamaño del texto</translation>
    </message>
    <message>
        <source>Start in the tray</source>
        <translation>Iniciar en la bandeja</translation>
    </message>
    <message>
        <source>Without a window, where the desktop has a tray.</source>
        <translation>Sin ventana, donde el escritorio tenga bandeja.</translation>
    </message>
    <message>
        <source>Notifications</source>
        <translation>Notificaciones</translation>
    </message>
    <message>
        <source>For what needs your attention, such as a spent budget.</source>
        <translation>Para lo que requiere a una persona, como un presupuesto agotado.</translation>
    </message>
    <message>
        <source>Checks once a day. A downloaded version starts after a restart.</source>
        <translation>Pregunta una vez al día en el lugar que indica este programa. Las versiones descargadas empiezan tras reiniciar.</translation>
    </message>
    <message>
        <source>ask me</source>
        <translation>preguntarme</translation>
    </message>
    <message>
        <source>do not check</source>
        <translation>no buscar ninguna</translation>
    </message>
    <message>
        <source>tell me</source>
        <translation>avisarme</translation>
    </message>
    <message>
        <source>fetch them</source>
        <translation>descargarlas</translation>
    </message>
    <message>
        <source>Keep idle engines</source>
        <translation>Mantener motores en espera</translation>
    </message>
    <message>
        <source>How long a model stays in memory without requests.</source>
        <translation>Cuánto permanece un modelo en memoria sin solicitudes.</translation>
    </message>
    <message>
        <source>until the answer is given</source>
        <translation>hasta responder</translation>
    </message>
    <message>
        <source>1 minute</source>
        <translation>1 minuto</translation>
    </message>
    <message>
        <source>5 minutes</source>
        <translation>5 minutos</translation>
    </message>
    <message>
        <source>30 minutes</source>
        <translation>30 minutos</translation>
    </message>
    <message>
        <source>always</source>
        <translation>siempre</translation>
    </message>
    <message>
        <source>Memory for engines</source>
        <translation>Memoria para motores</translation>
    </message>
    <message>
        <source>For all engines together, such as 4GiB. Empty: 60 % of this machine's memory.</source>
        <translation>Todos los motores juntos, como 4GiB; vacío: 60 % de este equipo.</translation>
    </message>
    <message>
        <source>Models folder</source>
        <translation>Carpeta de modelos</translation>
    </message>
    <message>
        <source>Where models are kept. Models that are elsewhere are not moved.</source>
        <translation>Dónde se guardan los modelos; los que están en otro sitio no se mueven.</translation>
    </message>
    <message>
        <source>Keep requests, days</source>
        <translation>Guardar solicitudes, días</translation>
    </message>
    <message>
        <source>Totals of costs are kept forever. 0: forever, else 7 or more.</source>
        <translation>Las sumas de costes se guardan siempre. 0: siempre; si no, 7 o más.</translation>
    </message>
    <message>
        <source>Keep turns, days</source>
        <translation>Guardar turnos, días</translation>
    </message>
    <message>
        <source>Turns of conversations. 0: forever, else 7 or more.</source>
        <translation>Turnos de conversaciones. 0: siempre; si no, 7 o más.</translation>
    </message>
    <message>
        <source>Keep latency by day, days</source>
        <translation>Guardar latencia diaria, días</translation>
    </message>
    <message>
        <source>After that by month. 0: forever, else 7 or more.</source>
        <translation>Después, por mes. 0: siempre; si no, 7 o más.</translation>
    </message>
    <message>
        <source>Keep transcripts, days</source>
        <translation>Guardar transcripciones, días</translation>
    </message>
    <message>
        <source>What was said, where it is kept. 0: as long as its turn.</source>
        <translation>Lo dicho, donde se guarda. 0: tanto como su turno.</translation>
    </message>
    <message>
        <source>Keep the egress log, days</source>
        <translation>Guardar el registro de salida, días</translation>
    </message>
    <message>
        <source>What left this machine. 0: forever.</source>
        <translation>Lo que salió de este equipo. 0: sin límite de edad.</translation>
    </message>
    <message>
        <source>Largest database</source>
        <translation>Base de datos máxima</translation>
    </message>
    <message>
        <source>For example 10GiB. Above it the oldest requests, then turns, are deleted early.</source>
        <translation>Como 10GiB; por encima se borran antes las solicitudes y los turnos más antiguos.</translation>
    </message>
    <message>
        <source>Start at login</source>
        <translation>Iniciar con la sesión</translation>
    </message>
    <message>
        <source>Proxy</source>
        <translation>Proxy</translation>
    </message>
    <message>
        <source>For addresses in the cloud only; taken from HTTPS_PROXY or the system's settings.</source>
        <translation>Solo para direcciones en la nube; de HTTPS_PROXY o de los ajustes del sistema.</translation>
    </message>
    <message>
        <source>error</source>
        <translation>error</translation>
    </message>
    <message>
        <source>fell back</source>
        <translation>alternativa</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>cancelado</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>rechazado</translation>
    </message>
    <message>
        <source>warning</source>
        <translation>aviso</translation>
    </message>
    <message>
        <source>info</source>
        <translation>información</translation>
    </message>
    <message>
        <source>today</source>
        <translation>hoy</translation>
    </message>
    <message>
        <source>success</source>
        <translation>bien</translation>
    </message>
</context>
</TS>
