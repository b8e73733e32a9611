"""Kokoro's voices of other languages, transcribed by whisper base: characters wrong, of ten sentences each.

`VOICEGW_TEST_MODELS=... python -m tests.bench.languages [LANGUAGE ...]`
"""

from __future__ import annotations

import asyncio
import sys
import unicodedata

from tests.bench.pools import engine_pool
from tests.support.weights import weights_folder
from voicegw_desktop.core.events import Audio, Final
from voicegw_desktop.core.ports import SttOptions, Target, TtsOptions
from voicegw_desktop.engines.pool import EnginePool

EARS, VOICE = Target("whisper", "base"), Target("kokoro", "v1.0-int8")
RATE = 16_000
SENTENCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "es": ("ef_dora", (
        "Buenos días, ¿cómo está usted?", "El tren sale a las nueve de la mañana.", "Me gusta mucho el café con leche.",
        "Mañana vamos a la playa con los niños.", "¿Dónde está la estación de autobuses?",
        "La casa de mi abuela es muy grande.", "Hoy hace mucho calor en la ciudad.",
        "Quiero comprar pan y un poco de queso.", "El libro que leo es muy interesante.", "Gracias por su ayuda.",
    )),
    "fr": ("ff_siwis", (
        "Bonjour, comment allez-vous ?", "Le train part à neuf heures du matin.", "J'aime beaucoup le café au lait.",
        "Demain nous allons à la plage avec les enfants.", "Où se trouve la gare ?",
        "La maison de ma grand-mère est très grande.", "Il fait très chaud en ville aujourd'hui.",
        "Je voudrais acheter du pain et du fromage.", "Le livre que je lis est très intéressant.",
        "Merci beaucoup pour votre aide.",
    )),
    "it": ("if_sara", (
        "Buongiorno, come sta?", "Il treno parte alle nove di mattina.", "Mi piace molto il caffè con il latte.",
        "Domani andiamo al mare con i bambini.", "Dove si trova la stazione?", "La casa di mia nonna è molto grande.",
        "Oggi fa molto caldo in città.", "Vorrei comprare il pane e un po' di formaggio.",
        "Il libro che leggo è molto interessante.", "Grazie mille per il suo aiuto.",
    )),
    "pt": ("pf_dora", (
        "Bom dia, como vai você?", "O trem sai às nove horas da manhã.", "Eu gosto muito de café com leite.",
        "Amanhã vamos à praia com as crianças.", "Onde fica a estação?", "A casa da minha avó é muito grande.",
        "Hoje faz muito calor na cidade.", "Quero comprar pão e um pouco de queijo.",
        "O livro que eu leio é muito interessante.", "Muito obrigado pela sua ajuda.",
    )),
    "hi": ("hf_alpha", (
        "नमस्ते, आप कैसे हैं?", "ट्रेन सुबह नौ बजे चलती है।", "मुझे चाय बहुत पसंद है।", "कल हम बच्चों के साथ बाजार जाएंगे।",
        "रेलवे स्टेशन कहाँ है?", "मेरी दादी का घर बहुत बड़ा है।", "आज शहर में बहुत गर्मी है।", "मैं रोटी और दूध खरीदना चाहता हूँ।",
        "यह किताब बहुत अच्छी है।", "आपकी मदद के लिए धन्यवाद।",
    )),
    "zh": ("zf_xiaobei", (
        "你好，你今天好吗？", "火车早上九点开。", "我很喜欢喝咖啡。", "明天我们和孩子们去海边。", "请问车站在哪里？",
        "我奶奶的房子很大。", "今天城里很热。", "我想买面包和牛奶。", "我看的这本书很有意思。", "谢谢你的帮助。",
    )),
}  # fmt: skip
"""Language → a voice and what it says."""


def letters(text: str) -> str:
    """Letters, marks and figures in lower case."""
    return "".join(c for c in unicodedata.normalize("NFC", text.lower()) if unicodedata.category(c)[0] in "LMN")


def distance(wanted: str, heard: str) -> int:
    """Characters to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(wanted, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


async def round_trip(pool: EnginePool, voice: str, language: str, text: str) -> str:
    speech = await pool.tts_backend().open_tts(VOICE, TtsOptions(voice=voice, rate=RATE, characters=len(text)))
    await speech.push(text)
    await speech.end()
    pcm = b"".join([event.pcm async for event in speech if isinstance(event, Audio)])
    ears = await pool.stt_backend().open_stt(EARS, SttOptions(rate=RATE, endpointing_ms=0, language=language))
    await ears.push(pcm)
    await ears.end()
    return " ".join([event.text async for event in ears if isinstance(event, Final)])


async def main() -> int:
    store = weights_folder()
    wanted = sys.argv[1:] or list(SENTENCES)
    async with engine_pool(store) as pool:
        for language in wanted:
            voice, sentences = SENTENCES[language]
            wrong = total = 0
            for text in sentences:
                heard = await round_trip(pool, voice, language, text)
                wrong += distance(letters(text), letters(heard))
                total += len(letters(text))
                print(f"  {text} -> {heard}", flush=True)
            print(f"{language}: {wrong} of {total} characters wrong, {wrong / total:.1%}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
