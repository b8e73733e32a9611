"""The forms in which a language is offered to clients that compare tags letter by letter, as Home Assistant does."""

from __future__ import annotations

from collections.abc import Iterable

_REGIONS = """
af:ZA am:ET ar:SA,AE,BH,DZ,EG,IQ,JO,KW,LB,LY,MA,OM,QA,SY,TN,YE as:IN az:AZ ba:RU be:BY bg:BG bn:BD,IN bo:CN br:FR
bs:BA ca:ES cs:CZ cy:GB da:DK de:DE,AT,CH el:GR en:US,AU,CA,GB,HK,IE,IN,KE,NG,NZ,PH,SG,TZ,ZA
es:ES,AR,BO,CL,CO,CR,CU,DO,EC,GQ,GT,HN,MX,NI,PA,PE,PR,PY,SV,US,UY,VE et:EE eu:ES fa:IR fi:FI fo:FO fr:FR,BE,CA,CH
gl:ES gu:IN ha:NG haw:US he:IL hi:IN hr:HR ht:HT hu:HU hy:AM id:ID is:IS it:IT,CH ja:JP jw:ID ka:GE kk:KZ km:KH
kn:IN ko:KR la:VA lb:LU ln:CD lo:LA lt:LT lv:LV mg:MG mi:NZ mk:MK ml:IN mn:MN mr:IN ms:MY mt:MT my:MM ne:NP nl:NL,BE
nn:NO no:NO oc:FR pa:IN pl:PL ps:AF pt:BR,PT ro:RO ru:RU sa:IN sd:PK si:LK sk:SK sl:SI sn:ZW so:SO sq:AL sr:RS su:ID
sv:SE,FI sw:KE,TZ ta:IN,LK,MY,SG te:IN tg:TJ th:TH tk:TM tl:PH tr:TR tt:RU uk:UA ur:PK,IN uz:UZ vi:VN yo:NG yue:HK,CN
zh:CN,HK,TW
"""
REGIONS = {code: tuple(regions.split(",")) for code, _, regions in (p.partition(":") for p in _REGIONS.split())}
"""Where a language is spoken; the first is meant where no region is named."""
OTHER_CODES = {"no": "nb", "jw": "jv", "tl": "fil"}
"""Codes of Whisper and Piper, and those that today's clients write for the same languages."""
_USUAL = {other: code for code, other in OTHER_CODES.items()}


def usual_code(code: str) -> str:
    """The code that models and voices are listed with: `nb` gives `no`, as Whisper and Piper call it."""
    return _USUAL.get(code, code)


def spoken_as(tag: str) -> list[str]:
    """The tags under which a voice is offered: its own, with and without a region.

    `fr` gives fr and fr-FR, `pt-BR` gives pt-BR and pt. Other regions are left out, for another voice may speak them.
    """
    code, _, region = tag.partition("-")
    # a voice's file may write its region small
    return _forms(code, [region.upper() if len(region) == 2 else region] if region else REGIONS.get(code, ())[:1], tag)


def heard_as(codes: Iterable[str]) -> list[str]:
    """The tags under which a model's languages are offered: each code, alone and with every region.

    A recogniser takes a language of any region alike.
    """
    return list(dict.fromkeys(form for code in codes for form in _forms(code, REGIONS.get(code, ()), code)))


def _forms(code: str, regions: Iterable[str], first: str) -> list[str]:
    names = [code, *([OTHER_CODES[code]] if code in OTHER_CODES else [])]
    found = [first, *names, *(f"{name}-{region}" for name in names for region in regions)]
    return list(dict.fromkeys(found))
