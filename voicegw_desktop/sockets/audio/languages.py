"""Languages as clients name them: one reader for every door, and English names for answers."""

from __future__ import annotations

import re

from voicegw_desktop.core.errors import BadRequest

_NAMES = """
af afrikaans am amharic ar arabic as assamese az azerbaijani ba bashkir be belarusian bg bulgarian bn bengali
bo tibetan br breton bs bosnian ca catalan cs czech cy welsh da danish de german el greek en english es spanish
et estonian eu basque fa persian fi finnish fo faroese fr french gl galician gu gujarati ha hausa haw hawaiian
he hebrew hi hindi hr croatian ht haitian_creole hu hungarian hy armenian id indonesian is icelandic it italian
ja japanese jw javanese ka georgian kk kazakh km khmer kn kannada ko korean la latin lb luxembourgish ln lingala
lo lao lt lithuanian lv latvian mg malagasy mi maori mk macedonian ml malayalam mn mongolian mr marathi ms malay
mt maltese my myanmar ne nepali nl dutch nn nynorsk no norwegian oc occitan pa punjabi pl polish ps pashto
pt portuguese ro romanian ru russian sa sanskrit sd sindhi si sinhala sk slovak sl slovenian sn shona so somali
sq albanian sr serbian su sundanese sv swedish sw swahili ta tamil te telugu tg tajik th thai tk turkmen
tl tagalog tr turkish tt tatar uk ukrainian ur urdu uz uzbek vi vietnamese yi yiddish yo yoruba yue cantonese
zh chinese
"""
_PAIRS = iter(_NAMES.split())
NAMES = {code: name.replace("_", " ") for code, name in zip(_PAIRS, _PAIRS, strict=True)}
_CODES = {name: code for code, name in NAMES.items()}
_THREE = """
afr af amh am ara ar asm as aze az bak ba bel be bul bg ben bn bod bo bre br bos bs cat ca ces cs cym cy dan da
deu de ell el eng en spa es est et eus eu fas fa fin fi fao fo fra fr glg gl guj gu hau ha heb he hin hi hrv hr
hat ht hun hu hye hy ind id isl is ita it jpn ja jav jw kat ka kaz kk khm km kan kn kor ko lat la ltz lb lin ln
lao lo lit lt lav lv mlg mg mri mi mkd mk mal ml mon mn mar mr msa ms mlt mt mya my nep ne nld nl nno nn nor no
oci oc pan pa pol pl pus ps por pt ron ro rus ru san sa snd sd sin si slk sk slv sl sna sn som so sqi sq srp sr
sun su swe sv swa sw tam ta tel te tgk tg tha th tuk tk tgl tl tur tr tat tt ukr uk urd ur uzb uz vie vi yid yi
yor yo zho zh cmn zh
"""
_CODED = iter(_THREE.split())
THREE_LETTERS = dict(zip(_CODED, _CODED, strict=True))
"""ISO 639-3 codes, as ElevenLabs' clients send them → the two letters that the engines know."""
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*")


MANY = "multi"
"""Several languages in one recording; a target that cannot be told so finds out the language itself."""
_MANY = frozenset({"multi", "mul", "multilingual"})
_NOT_GIVEN = frozenset(
    {"", "auto", "automatic", "detect", "auto-detect", "any", "none", "null", "undefined", "und", "unknown"}
)
"""Values of clients that leave the language to the server."""
_TWO_LETTERS = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en
    eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw
    ja ji jv jw ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my
    na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so
    sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905
)
"""ISO 639-1, with the old codes in, iw, ji and jw."""
_COUNTRIES = {
    "jp": "ja",
    "cn": "zh",
    "cz": "cs",
    "dk": "da",
    "ua": "uk",
    "us": "en",
    "gb": "en",
    "at": "de",
    "tw": "zh",
}
"""Country codes that people write for a language."""


def asked_language(language: str | None) -> str | None:
    """The language a client asks for: a code, `multi`, or None where it leaves the choice to the server.

    `en`, `en-US`, `EN`, `eng` and `english` give `en`; "auto", "null", "und" and their like give None. Raises
    BadRequest for what is no language.
    """
    text = (language or "").strip().lower()
    if text in _NOT_GIVEN:
        return None
    return MANY if text in _MANY else code_of(text)


def asked_tag(language: str | None) -> str | None:
    """The language with its region, for targets that tell en-US from en-GB: `deu-AT` gives `de-AT`; see
    `asked_language`."""
    code = asked_language(language)
    text = (language or "").strip()
    if code in (None, MANY) or not _TAG.fullmatch(text):
        return code
    _, _, region = text.replace("_", "-").partition("-")
    return f"{code}-{region}" if region else code


def code_of(language: str) -> str:
    """`en`, `en-US`, `eng` and `english` → `en`; raises BadRequest for what is no language."""
    text = language.strip().lower()
    if text in _CODES:
        return _CODES[text]
    match = _TAG.fullmatch(text)
    first = match.group(1) if match else ""
    if len(first) == 3:
        return THREE_LETTERS.get(first, first)
    if first in _TWO_LETTERS:
        return first
    meant = _COUNTRIES.get(first)
    hint = f'{NAMES[meant].capitalize()} is "{meant}".' if meant else "Write one like en or pt-BR."
    raise BadRequest(
        f'language "{language[:40]}" is not a language code. {hint}', param="language", code="invalid_value"
    )


def name_of(code: str) -> str:
    """`en` → `english`; the code itself where no name is known."""
    return NAMES.get(code.lower().replace("_", "-").partition("-")[0], code)
