"""The words of `tongues`: tables of six languages."""

from __future__ import annotations

MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
ORDINALS = {
    "de": "erst zweit dritt viert fünft sechst siebt acht neunt zehnt elft zwölft dreizehnt vierzehnt fünfzehnt "
    "sechzehnt siebzehnt achtzehnt neunzehnt zwanzigst einundzwanzigst zweiundzwanzigst dreiundzwanzigst "
    "vierundzwanzigst fünfundzwanzigst sechsundzwanzigst siebenundzwanzigst achtundzwanzigst neunundzwanzigst "
    "dreißigst einunddreißigst",
    "es": "primer segund tercer cuart quint sext séptim octav noven décim",
    "fr": "premier deuxième troisième quatrième cinquième sixième septième huitième neuvième dixième onzième douzième "
    "treizième quatorzième quinzième seizième dix-septième dix-huitième dix-neuvième vingtième vingt-et-unième",
    "nl": "eerste tweede derde vierde vijfde zesde zevende achtste negende tiende elfde twaalfde dertiende veertiende "
    "vijftiende zestiende zeventiende achttiende negentiende twintigste eenentwintigste",
    "pt": "primeir segund terceir quart quint sext sétim oitav non décim",
}
"""From the first on; German, Spanish and Portuguese without their endings."""
_NAMES = "km m cm mm kg g mg l ml km/h m² km² m³ °C ° min GB MB kWh Hz kHz h MHz GHz TB W kW V"
_UNITS = {
    "de": "Kilometer,Meter,Zentimeter,Millimeter,Kilogramm,Gramm,Milligramm,Liter,Milliliter,Kilometer pro Stunde,"
    "Quadratmeter,Quadratkilometer,Kubikmeter,Grad Celsius,Grad,Minute/Minuten,Gigabyte,Megabyte,Kilowattstunde/"
    "Kilowattstunden,Hertz,Kilohertz,Stunde/Stunden,Megahertz,Gigahertz,Terabyte,Watt,Kilowatt,Volt",
    "es": "kilómetro/kilómetros,metro/metros,centímetro/centímetros,milímetro/milímetros,kilo/kilos,gramo/gramos,"
    "miligramo/miligramos,litro/litros,mililitro/mililitros,kilómetro por hora/kilómetros por hora,metro cuadrado/"
    "metros cuadrados,kilómetro cuadrado/kilómetros cuadrados,metro cúbico/metros cúbicos,grado Celsius/grados Celsius,"
    "grado/grados,minuto/minutos,gigabyte/gigabytes,megabyte/megabytes,kilovatio hora/kilovatios hora,hercio/hercios,"
    "kilohercio/kilohercios,hora/horas,megahercio/megahercios,gigahercio/gigahercios,terabyte/terabytes,vatio/vatios,"
    "kilovatio/kilovatios,voltio/voltios",
    "fr": "kilomètre/kilomètres,mètre/mètres,centimètre/centimètres,millimètre/millimètres,kilo/kilos,gramme/grammes,"
    "milligramme/milligrammes,litre/litres,millilitre/millilitres,kilomètre heure/kilomètres heure,mètre carré/"
    "mètres carrés,kilomètre carré/kilomètres carrés,mètre cube/mètres cubes,degré Celsius/degrés Celsius,degré/degrés,"
    "minute/minutes,gigaoctet/gigaoctets,mégaoctet/mégaoctets,kilowattheure/kilowattheures,hertz,kilohertz,heure/heures,"
    "mégahertz,gigahertz,téraoctet/téraoctets,watt/watts,kilowatt/kilowatts,volt/volts",
    "it": "chilometro/chilometri,metro/metri,centimetro/centimetri,millimetro/millimetri,chilo/chili,grammo/grammi,"
    "milligrammo/milligrammi,litro/litri,millilitro/millilitri,chilometro all'ora/chilometri all'ora,metro quadrato/"
    "metri quadrati,chilometro quadrato/chilometri quadrati,metro cubo/metri cubi,grado Celsius/gradi Celsius,"
    "grado/gradi,minuto/minuti,gigabyte,megabyte,chilowattora,hertz,chilohertz,ora/ore,megahertz,gigahertz,terabyte,watt,chilowatt,"
    "volt",
    "nl": "kilometer,meter,centimeter,millimeter,kilo,gram,milligram,liter,milliliter,kilometer per uur,"
    "vierkante meter,vierkante kilometer,kubieke meter,graad Celsius/graden Celsius,graad/graden,minuut/minuten,"
    "gigabyte,megabyte,kilowattuur,hertz,kilohertz,uur,megahertz,gigahertz,terabyte,watt,kilowatt,volt",
    "pt": "quilômetro/quilômetros,metro/metros,centímetro/centímetros,milímetro/milímetros,quilo/quilos,grama/gramas,"
    "miligrama/miligramas,litro/litros,mililitro/mililitros,quilômetro por hora/quilômetros por hora,metro quadrado/"
    "metros quadrados,quilômetro quadrado/quilômetros quadrados,metro cúbico/metros cúbicos,grau Celsius/"
    "graus Celsius,grau/graus,minuto/minutos,gigabyte/gigabytes,megabyte/megabytes,quilowatt-hora/quilowatts-hora,"
    "hertz,quilohertz,hora/horas,megahertz,gigahertz,terabyte/terabytes,watt/watts,quilowatt/quilowatts,volt/volts",
}


def _pairs(language: str) -> list[tuple[str, str, str]]:
    found = []
    for unit, words in zip(_NAMES.split(), _UNITS[language].split(","), strict=True):
        one, _, many = words.partition("/")
        found.append((unit, one, many or one))
        if unit == "km/h" and language == "nl":
            found.append(("km/u", one, many or one))
    return found


UNITS = {language: _pairs(language) for language in _UNITS}
"""Sign, its word for one, and for more."""
_MONEY = {
    "de": (("Euro", "Euro"), ("Dollar", "Dollar"), ("Pfund", "Pfund"), ("Real", "Real"), ("Franken", "Franken")),
    "es": (("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reales"), ("franco", "francos")),
    "fr": (("euro", "euros"), ("dollar", "dollars"), ("livre", "livres"), ("réal", "réaux"), ("franc", "francs")),
    "it": (
        ("euro", "euro"),
        ("dollaro", "dollari"),
        ("sterlina", "sterline"),
        ("real", "reais"),
        ("franco", "franchi"),
    ),
    "nl": (("euro", "euro"), ("dollar", "dollar"), ("pond", "pond"), ("real", "real"), ("frank", "frank")),
    "pt": (("euro", "euros"), ("dólar", "dólares"), ("libra", "libras"), ("real", "reais"), ("franco", "francos")),
}
CURRENCIES = {
    language: {"€": euro, "EUR": euro, "$": dollar, "US$": dollar, "USD": dollar, "£": pound, "R$": real, "CHF": franc}
    for language, (euro, dollar, pound, real, franc) in _MONEY.items()
}
NUMBERED = {
    "es": "acto capítulo libro mundial parte sección tipo título tomo volumen",
    "nl": "boek deel hoofdstuk type wereldoorlog",
    "pt": "ato capítulo livro mundial parte seção tipo título tomo volume",
}
"""What has a number behind it and not an ordinal."""
SIGNS = {
    "de": {
        "-": "bis",
        "×": "mal",
        "&": "und",
        "=": "gleich",
        "+": "plus",
        "−": "minus",
        "~": "etwa",
        "±": "plus minus",
        "§": "Paragraf",
    },
    "es": {
        "-": "a",
        "×": "por",
        "&": "y",
        "=": "igual a",
        "+": "más",
        "−": "menos",
        "~": "unos",
        "±": "más menos",
        "§": "sección",
    },
    "fr": {
        "-": "à",
        "×": "fois",
        "&": "et",
        "=": "égale",
        "+": "plus",
        "−": "moins",
        "~": "environ",
        "±": "plus ou moins",
        "§": "paragraphe",
    },
    "it": {
        "-": "a",
        "×": "per",
        "&": "e",
        "=": "uguale a",
        "+": "più",
        "−": "meno",
        "~": "circa",
        "±": "più o meno",
        "§": "paragrafo",
    },
    "nl": {
        "-": "tot",
        "×": "keer",
        "&": "en",
        "=": "is",
        "+": "plus",
        "−": "min",
        "~": "ongeveer",
        "±": "plus of min",
        "§": "paragraaf",
    },
    "pt": {
        "-": "a",
        "×": "vezes",
        "&": "e",
        "=": "igual a",
        "+": "mais",
        "−": "menos",
        "~": "cerca de",
        "±": "mais ou menos",
        "§": "parágrafo",
    },
}
PER = {
    "de": "pro Monat,pro Jahr,pro Tag,pro Stunde,pro Minute,pro Sekunde,pro Woche,pro Nacht,pro Person,pro Stück",
    "es": "por mes,por año,por día,por hora,por minuto,por segundo,por semana,por noche,por persona",
    "fr": "par mois,par an,par jour,par heure,par minute,par seconde,par semaine,par nuit,par personne",
    "it": "al mese,all'anno,al giorno,all'ora,al minuto,al secondo,a settimana,a notte,a persona",
    "nl": "per maand,per jaar,per dag,per uur,per minuut,per seconde,per week,per nacht,per persoon",
    "pt": "por mês,por ano,por dia,por hora,por minuto,por segundo,por semana,por noite,por pessoa",
}
"""A slash and the word behind it, after a sum or a measure."""
PAGES = {
    "de": ("S", "Seite"), "es": ("p", "página"), "fr": ("p", "page"), "it": ("p", "pagina"), "nl": ("p", "pagina"),
    "pt": ("p", "página"),
}  # fmt: skip
"""The letter before a page's number, and its word."""
MARKS = {
    "de": {".": "Punkt", "/": "Schrägstrich", "-": "Strich", "_": "Unterstrich", "@": "ät"},
    "es": {".": "punto", "/": "barra", "-": "guion", "_": "guion bajo", "@": "arroba"},
    "fr": {".": "point", "/": "barre", "-": "tiret", "_": "tiret bas", "@": "arobase"},
    "it": {".": "punto", "/": "barra", "-": "trattino", "_": "trattino basso", "@": "chiocciola"},
    "nl": {".": "punt", "/": "schuine streep", "-": "streepje", "_": "laag streepje", "@": "apenstaartje"},
    "pt": {".": "ponto", "/": "barra", "-": "traço", "_": "sublinhado", "@": "arroba"},
}
"""What the marks in addresses are called."""
ABBREVIATIONS = {
    "de": {
        "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
        "u. a.": "unter anderem", "u.a.": "unter anderem", "usw.": "und so weiter", "ca.": "circa", "Nr.": "Nummer",
        "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "bzw.": "beziehungsweise", "ggf.": "gegebenenfalls",
        "inkl.": "inklusive", "evtl.": "eventuell", "Mio.": "Millionen", "Mrd.": "Milliarden", "Tel.": "Telefon",
        "Abs.": "Absatz", "St.": "Sankt", "Str.": "Straße", "vgl.": "vergleiche", "Std.": "Stunden", "Min.": "Minuten",
    },
    "es": {
        "Av.": "avenida", "Avda.": "avenida", "núm.": "número", "n.º": "número", "nº": "número", "pág.": "página",
        "p. ej.": "por ejemplo", "p.ej.": "por ejemplo", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos",
        "tel.": "teléfono", "aprox.": "aproximadamente", "Ud.": "usted", "Uds.": "ustedes", "Sr.": "señor",
        "Sra.": "señora", "Dr.": "doctor", "Dra.": "doctora", "etc.": "etcétera",
    },
    "fr": {
        "M.": "Monsieur", "MM.": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle", "n°": "numéro", "N°": "numéro",
        "p. ex.": "par exemple", "etc.": "et cetera", "av.": "avenue", "bd": "boulevard", "env.": "environ",
        "c.-à-d.": "c'est-à-dire", "tél.": "téléphone", "Dr": "docteur",
    },
    "it": {
        "sig.": "signor", "Sig.": "signor", "sig.ra": "signora", "Sig.ra": "signora", "dott.": "dottor",
        "Dott.": "dottor", "dott.ssa": "dottoressa", "Dott.ssa": "dottoressa", "ing.": "ingegner", "avv.": "avvocato",
        "prof.": "professor", "Prof.": "professor", "prof.ssa": "professoressa", "Prof.ssa": "professoressa",
        "n.": "numero", "ecc.": "eccetera", "per es.": "per esempio", "ad es.": "ad esempio", "pag.": "pagina",
        "tel.": "telefono",
    },
    "nl": {
        "bijv.": "bijvoorbeeld", "bv.": "bijvoorbeeld", "enz.": "enzovoort", "nr.": "nummer", "dhr.": "de heer",
        "mevr.": "mevrouw", "mw.": "mevrouw", "dr.": "dokter", "d.w.z.": "dat wil zeggen", "o.a.": "onder andere",
        "ca.": "circa", "a.u.b.": "alstublieft", "blz.": "bladzijde", "mln.": "miljoen", "mld.": "miljard",
    },
    "pt": {
        "Sr.": "senhor", "Sra.": "senhora", "Dr.": "doutor", "Dra.": "doutora", "Av.": "avenida", "nº": "número",
        "n.º": "número", "etc.": "et cetera", "p. ex.": "por exemplo", "pág.": "página", "tel.": "telefone",
        "aprox.": "aproximadamente", "Prof.": "professor", "Profa.": "professora",
    },
}  # fmt: skip
