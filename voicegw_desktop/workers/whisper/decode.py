"""Run the whisper model: features, a trimmed encoder window, greedy decoding after a fixed prefix, word times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import ctranslate2
import numpy as np

from voicegw_desktop.workers.whisper import guards
from voicegw_desktop.workers.whisper.alignment import closed, placed
from voicegw_desktop.workers.whisper.audio import RATE, Samples
from voicegw_desktop.workers.whisper.hypothesis import DecodeOptions, Hypothesis, Likely, Told, Wanted
from voicegw_desktop.workers.whisper.queue import Unwanted
from voicegw_desktop.workers.whisper.sounds import ENVELOPE_S, MISSED_S, PAUSE_S, behind, left_out, loud
from voicegw_desktop.workers.whisper.tokens import Vocabulary
from voicegw_desktop.workers.whisper.utterance import FASTEST_WORDS

if TYPE_CHECKING:
    from faster_whisper.feature_extractor import FeatureExtractor

FRAMES_PER_S = 100  # mel frames
FULL_FRAMES = 3_000  # the window whisper was trained on, 30 s
TAIL_S = 8.0  # of empty frames after the audio; as accurate as the full window
SHORT_TAIL_S = 6.0  # cheaper and as right; with 4 s tiny.en hears twice as many live words wrong
BRIEF_TAIL_S = 1.0  # tried first: the model often repeats itself, the rest is as right
INTERIM_TAIL_S = 0.5  # all that interims get: their words are as right as with 1 s
BRIEF_LOGPROB = -0.35  # mean log probability of a token from which on a final is believed then
STEP_FRAMES = 50  # windows are a multiple of this long; even, as the encoder halves it
MAX_AUDIO_S = 29.5
TOKENS_PER_S = 16
FEWEST_TOKENS = 24
FEWEST_INTERIM_TOKENS = 8  # a small model repeats itself in a short window; that many are room enough for it
MOST_TOKENS = 224
PROMPT_TOKENS = 200
FALLBACK = (0.4, 0.8)  # temperatures tried after a result that repeats itself or scores badly
BAD_LOGPROB = -1.0
SAMPLES_TRIED = 3
SURELY = 0.8  # probability of a language that is heard in place of the one that was asked for
BETTER_BY = 0.25  # mean log probability of a token by which the heard language has to be better
LONG_S = 10.0  # of audio from which on a final is checked for speech it left out


@dataclass
class Whisper:
    """A loaded model, a `hypothesis.Recogniser`. Its methods block and belong in the decoding thread."""

    continues = True

    model: ctranslate2.models.Whisper
    extractor: FeatureExtractor
    vocabulary: Vocabulary
    multilingual: bool
    suppress: list[int] = field(default_factory=lambda: [-1])
    at_once: int = 1
    """Decodes that the model takes at a time, each in a thread of its own."""

    def decode(
        self,
        audio: Samples,
        options: DecodeOptions,
        *,
        prefix: Sequence[int] = (),
        final: bool = True,
        words: bool = False,
        likely: Likely | None = None,
        told: Told | None = None,
        wanted: Wanted | None = None,
    ) -> Hypothesis:
        """Transcribe at most 29.5 s. The result begins with `prefix`, tokens that were promised before.

        Without `options.language` it is detected first.
        An interim (`final` false) is never retried; a final is, with longer windows and then with temperatures.
        `wanted` is asked when the audio is encoded, which is a third of the work. Raises Unwanted.
        """
        if len(audio) < RATE // 50:
            return Hypothesis(language=options.language or "en")
        audio = audio[: int(MAX_AUDIO_S * RATE)]
        sure, given = 1.0, options.language
        if given is None and self.multilingual:
            # the language is told from more than the shortest window
            tails: tuple[float, ...] = (TAIL_S,) if final else (SHORT_TAIL_S,)
        else:
            tails = (BRIEF_TAIL_S, SHORT_TAIL_S, TAIL_S) if final else (INTERIM_TAIL_S,)
        seconds = len(audio) / RATE
        # nearly thirty seconds fill every window
        windows = [t for t in tails if seconds + t < FULL_FRAMES / FRAMES_PER_S] or tails[-1:]
        for tail_s in windows:
            encoded, frames = self._encode(audio, tail_s)
            if wanted is not None and not wanted():
                raise Unwanted
            if given is None:
                options, sure = self._detect(encoded, options)
            brief = tail_s <= BRIEF_TAIL_S
            if brief:
                again = final and len(windows) > 1
                best = self._brief(encoded, options, prefix, len(audio), likely, final=final, again=again)
            else:
                best = self._generate(encoded, options, prefix, len(audio), options.temperature, final=final)
            if not final or (self._sure(best, len(prefix)) if brief else best.text and not self._suspicious(best)):
                break
            if options.part:
                return replace(best, doubtful=True)
        if options.joined and guards.repeats(best.text):
            return best
        if final and self._suspicious(best):
            encoded, frames = self._encode(audio, FULL_FRAMES / FRAMES_PER_S)
            best = replace(self._generate(encoded, options, prefix, len(audio), options.temperature), full_window=True)
        if final and (not best.text or self._suspicious(best)):
            if given and not prefix:
                # before anything is drawn by chance: a text in the wrong language may then pass as right
                best = self._in_its_language(best, encoded, options, len(audio))
                options = replace(options, language=best.language)
            for temperature in FALLBACK if options.temperature == 0 else ():
                if not self._suspicious(best) or best.no_speech > guards.NO_SPEECH:
                    break
                other = self._generate(encoded, options, prefix, len(audio), temperature)
                if guards.repeats(best.text) or other.avg_logprob > best.avg_logprob:
                    best = other
            best = self._unlooped(best)
        long = final and (options.part or len(audio) > LONG_S * RATE)
        if (words or long) and best.tokens:
            if told is not None and final:
                told(best)
            best = self._with_words(best, encoded, frames, options, audio)
        # between words that were given nothing can be put; a pause lies before the first one behind a context
        fresh = behind(best.words, len(prefix), with_last=not options.joined)
        if not best.full_window and left_out(fresh, loud(audio)):
            if options.part or not final:
                return replace(best, doubtful=True)
            best = self._with_what_was_left_out(best, audio, prefix, options)
        if long and best.words:
            best = self._go_on(best, audio, options)
        return replace(best, language_prob=sure)

    def _with_what_was_left_out(
        self, heard: Hypothesis, audio: Samples, prefix: Sequence[int], options: DecodeOptions
    ) -> Hypothesis:
        """The result of the full window, where it has more words; in a shorter one the model may skip a sentence."""
        encoded, frames = self._encode(audio, FULL_FRAMES / FRAMES_PER_S)
        more = self._generate(encoded, options, prefix, len(audio), options.temperature)
        if len(more.tokens) <= len(heard.tokens) or self._suspicious(more):
            return heard
        return self._with_words(replace(more, full_window=True), encoded, frames, options, audio)

    def _in_its_language(
        self, best: Hypothesis, encoded: ctranslate2.StorageView, options: DecodeOptions, samples: int
    ) -> Hypothesis:
        """The result in the audio's own language where that plainly differs from the one the client named."""
        heard, sure = self._detect(encoded, options)
        if heard.language == options.language or sure < SURELY:
            return best
        other = replace(self._generate(encoded, heard, (), samples, 0.0), full_window=True)
        better = other.avg_logprob > best.avg_logprob + BETTER_BY or not best.text or guards.repeats(best.text)
        return other if other.text and better and not guards.repeats(other.text) else best

    def _unlooped(self, heard: Hypothesis) -> Hypothesis:
        """The result without the repetitions that no temperature has ended."""
        text = guards.shortened(heard.text)
        if text == heard.text:
            return heard
        tokens: list[int] = []
        for token in heard.tokens:
            tokens.append(token)
            if guards.shortened(said := self.vocabulary.text(tokens)) != said:
                break
        text = guards.shortened(self.vocabulary.text(tokens))
        return replace(heard, text=text, tokens=tuple(tokens), ending=None)

    def warm_up(self, everything: bool) -> None:
        """Decode once, so that a device that cannot is found out now. Raises what the library raises.

        `everything`: run each kind of step and window too; a card compiles each of its kernels at its first use, which
        may take many seconds.
        """
        options = DecodeOptions(language="en")
        # noise and not silence: the model then writes something
        noise = np.random.default_rng(1).normal(0, 0.1, RATE).astype(np.float32)
        heard = self.decode(noise, options, final=False)
        if not everything:
            return
        tokens = heard.tokens or (self.vocabulary.eot - 1,)
        for seconds in (1, 5, 12, 29):
            encoded, frames = self._encode(np.tile(noise, seconds), TAIL_S)
            self._detect(encoded, DecodeOptions())
            for beam, temperature in ((1, 0.0), (5, 0.0), (1, FALLBACK[0])):
                self._generate(encoded, replace(options, beam=beam), (), seconds * RATE, temperature)
            spoken = Hypothesis(tokens=tuple(tokens), language="en")
            self._with_words(spoken, encoded, frames, options, np.tile(noise, seconds))

    def _go_on(self, heard: Hypothesis, audio: Samples, options: DecodeOptions) -> Hypothesis:
        """Without timestamps the model may stop after a sentence; decode what lies behind its last word."""
        done_s = heard.words[-1].end_s
        left = audio[int(done_s * RATE) :]
        missed_s = float(np.sum(loud(audio)[int((done_s + PAUSE_S) / ENVELOPE_S) :])) * ENVELOPE_S
        if missed_s < MISSED_S:
            return heard
        more = self.decode(left, replace(options, language=heard.language), words=True)
        problem = guards.invented(
            more.text, avg_logprob=more.avg_logprob, no_speech=more.no_speech, voiced_s=missed_s, voice_prob=0.8
        )
        if problem:
            return heard
        timed = (replace(w, start_s=w.start_s + done_s, end_s=w.end_s + done_s) for w in more.words)
        tokens = (*heard.tokens, *more.tokens)
        return replace(
            heard,
            text=self.vocabulary.text(tokens),
            tokens=tokens,
            words=(*heard.words, *timed),
            ending=more.ending,
            avg_logprob=(heard.avg_logprob + more.avg_logprob) / 2,
            confidence=round((heard.confidence + more.confidence) / 2, 4),
        )

    def _detect(self, encoded: ctranslate2.StorageView, options: DecodeOptions) -> tuple[DecodeOptions, float]:
        if not self.multilingual:
            return replace(options, language="en"), 1.0
        token, prob = self.model.detect_language(encoded)[0][0]
        return replace(options, language=str(token)[2:-2]), float(prob)

    @staticmethod
    def _suspicious(heard: Hypothesis) -> bool:
        return heard.avg_logprob < BAD_LOGPROB or guards.repeats(heard.text)

    def _sure(self, heard: Hypothesis, given: int) -> bool:
        """Whether a final of the shortest window, its first `given` tokens forced, is as right as with a longer one."""
        words = [guards.plain(text) for text, _ in self.vocabulary.words(heard.tokens, heard.language)]
        new = bool(heard.text) and len(heard.tokens) > given
        return new and heard.avg_logprob > BRIEF_LOGPROB and not guards.goes_round(words, heard.tokens)

    def _brief(
        self,
        encoded: ctranslate2.StorageView,
        options: DecodeOptions,
        prefix: Sequence[int],
        samples: int,
        likely: Likely | None,
        *,
        final: bool,
        again: bool,
    ) -> Hypothesis:
        """A result of the shortest window, without its repetitions; `again`: a doubtful one gets a longer window.

        It is looked at when it is as long as is likely: where the model repeats itself, it would go on to the limit.
        """
        most_words = FASTEST_WORDS * samples / RATE
        if likely is not None:
            most_words = min(most_words, likely.words)
            best = self._generate(
                encoded, options, prefix, samples, options.temperature, final=final, most=likely.tokens
            )
            once = self._said_once(best, len(prefix), most_words)
            ended = once is not best or len(best.tokens) < len(prefix) + likely.tokens
            # what is heard in a longer window next need not be ended in this one
            if ended or (again and not self._sure(best, len(prefix))):
                return once
        best = self._generate(encoded, options, prefix, samples, options.temperature, final=final)
        return self._said_once(best, len(prefix), most_words)

    def _said_once(self, heard: Hypothesis, given: int, most: float) -> Hypothesis:
        """The result without its repetitions, where it is nothing else and has `most` words or more.

        The first copy is what was said. The first `given` tokens are not the model's own: what repeats itself is what
        comes behind them, or all together.
        """
        said = self.vocabulary.words(heard.tokens[given:], heard.language)
        if len(said) < most:
            return heard
        before = self.vocabulary.words(heard.tokens[:given], heard.language)
        for skipped, words in ((0, said), (len(before), [*before, *said]))[: 1 + bool(before)]:
            once = guards.copies_of([guards.plain(text) for text, _ in words])
            if skipped < once < len(words):
                size = sum(count for _, count in words[:once])
                tokens = heard.tokens[: size if skipped else given + size]
                return replace(heard, tokens=tokens, text=self.vocabulary.text(tokens), ending=None)
        return heard

    def _encode(self, audio: Samples, tail_s: float) -> tuple[ctranslate2.StorageView, int]:
        mel = self.extractor(audio)
        frames = min(mel.shape[-1], FULL_FRAMES)
        # every length met costs the library memory for good: an hour of audio brought some three hundred of them
        size = min(FULL_FRAMES, -(-(frames + int(tail_s * FRAMES_PER_S)) // STEP_FRAMES) * STEP_FRAMES)
        window = np.zeros((1, mel.shape[0], size), np.float32)
        window[0, :, :frames] = mel[:, :frames]
        return self.model.encode(ctranslate2.StorageView.from_array(window)), frames

    def _generate(
        self,
        encoded: ctranslate2.StorageView,
        options: DecodeOptions,
        prefix: Sequence[int],
        samples: int,
        temperature: float,
        *,
        final: bool = True,
        most: int | None = None,
    ) -> Hypothesis:
        """Write down what `encoded` holds, behind `prefix`; `most`: as many tokens at most."""
        language = options.language or "en"
        prompt = self.vocabulary.prompt(language, options.translate, options.prompt, options.keyterms, PROMPT_TOKENS)
        start = [*prompt, *prefix]
        longest = len(start) + token_limit(samples, final=final)
        if most is not None:
            # the library gives half of the length to the text
            longest = min(longest, 2 * (len(prefix) + most))
        sampled = temperature > 0
        result = self.model.generate(
            encoded,
            [start],
            max_length=min(448, longest),
            return_scores=True,
            return_no_speech_prob=True,
            return_logits_vocab=options.ends and not sampled and options.beam == 1,
            suppress_blank=not prefix,
            suppress_tokens=self.suppress,
            beam_size=1 if sampled else options.beam,
            num_hypotheses=SAMPLES_TRIED if sampled else 1,
            sampling_topk=0 if sampled else 1,
            sampling_temperature=temperature if sampled else 1.0,
        )[0]
        fresh = [t for t in result.sequences_ids[0] if t < self.vocabulary.eot]
        # forced tokens come back as part of the result
        given = list(prefix)
        tokens = tuple(fresh) if fresh[: len(given)] == given else (*given, *fresh)
        score = float(result.scores[0]) * len(fresh) / (len(fresh) + 1) if fresh else float(result.scores[0])
        return Hypothesis(
            text=self.vocabulary.text(tokens),
            tokens=tokens,
            language=language,
            avg_logprob=score,
            no_speech=float(result.no_speech_prob),
            temperature=temperature,
            confidence=float(np.exp(min(0.0, score))),
            ending=closed(result, tokens, self.vocabulary, language) if options.ends else None,
        )

    def _with_words(
        self, heard: Hypothesis, encoded: ctranslate2.StorageView, frames: int, options: DecodeOptions, audio: Samples
    ) -> Hypothesis:
        start = self.vocabulary.start(heard.language, options.translate)
        found = self.model.align(encoded, start, [list(heard.tokens)], frames, median_filter_width=7)[0]
        return placed(heard, found, self.vocabulary, frames, audio)


def token_limit(samples: int, *, final: bool) -> int:
    """How many tokens a result of so many samples may have; the library gives half of them to the text."""
    fewest = FEWEST_TOKENS if final else FEWEST_INTERIM_TOKENS
    return min(MOST_TOKENS, fewest + int(TOKENS_PER_S * samples / RATE))
