// `node node_client.mjs FOLDER CLIENT`: openai, ollama, @livekit/agents and those of node_sdks.mjs from
// FOLDER/node_modules; the same lines out as the Python clients write, the same JSON in.
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { sdks } from "./node_sdks.mjs";

const [folder, client] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(folder, "here.js")));
const where = JSON.parse(readFileSync(0, "utf8"));
const v1 = `${where.url}/v1`;
const sentence = "Good morning. The meeting starts at nine.";

const tell = (fact) => process.stdout.write(JSON.stringify(fact) + "\n");
const assert = (truth, message) => {
  if (!truth) throw new Error(message);
};
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const words = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim().split(" ");

function isHeard(text) {
  const spoken = words(where.words);
  const found = new Set(words(text));
  const share = spoken.filter((word) => found.has(word)).length / spoken.length;
  assert(share >= 0.8, `heard ${JSON.stringify(text)}`);
  return `${Math.round(share * 100)}% of the words`;
}

function isSpeech(seconds) {
  assert(seconds > 0.5 && seconds < 10, `${seconds.toFixed(2)} s of audio`);
  return `${seconds.toFixed(1)} s of audio`;
}

async function openaiChecks() {
  const { default: OpenAI } = await load("openai");
  const api = new OpenAI({ apiKey: where.key, baseURL: v1, maxRetries: 0 });
  return [
    ["chat stream", async () => {
      const stream = await api.chat.completions.create({
        model: "gpt-4o-mini", max_tokens: 8, stream: true, messages: [{ role: "user", content: "Say hello." }],
      });
      let text = "";
      for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? "";
      assert(text.trim(), "no text");
      return `${text.length} characters`;
    }],
    ["speech", async () => {
      const answer = await api.audio.speech.create({
        model: "tts-1", voice: "alloy", input: sentence, response_format: "pcm",
      });
      return isSpeech((await answer.arrayBuffer()).byteLength / 2 / 24000);
    }],
    ["transcription", async () => {
      const answer = await api.audio.transcriptions.create({
        model: "whisper-1", file: createReadStream(where.clip),
      });
      return isHeard(answer.text);
    }],
    ["transcription stream", async () => {
      const stream = await api.audio.transcriptions.create({
        model: "gpt-4o-mini-transcribe", file: createReadStream(where.clip), stream: true,
      });
      let text = "";
      for await (const event of stream) if (event.type === "transcript.text.done") text = event.text;
      return isHeard(text);
    }],
  ];
}

async function ollamaChecks() {
  const { Ollama } = await load("ollama");
  const api = new Ollama({ host: where.url, headers: { Authorization: `Bearer ${where.key}` } });
  const model = "llamacpp/smollm2-135m";
  const messages = [{ role: "user", content: "Say hello." }];
  const options = { num_predict: 12, temperature: 0 };
  return [
    ["list and show", async () => {
      const names = (await api.list()).models.map((one) => one.name);
      assert(names.includes(model), names.join());
      return (await api.show({ model })).capabilities.join();
    }],
    ["chat stream", async () => {
      let text = "", last;
      for await (last of await api.chat({ model, messages, options, stream: true })) text += last.message.content;
      assert(text.trim() && last.done, "no text");
      return `${text.length} characters`;
    }],
    ["generate", async () => {
      const answer = await api.generate({ model, prompt: "Say hello.", options });
      assert(answer.response.trim(), "no text");
      return `${answer.eval_count} tokens`;
    }],
    ["refusal", async () => {
      const said = await api.embed({ model, input: "Hello." }).then(() => "", (error) => error.message);
      assert(said.includes("makes no embeddings"), said);
      return said.slice(0, 60);
    }],
  ];
}

async function agentsChecks() {
  const agents = await load("@livekit/agents");
  const { AudioFrame } = await import(
    pathToFileURL(createRequire(require.resolve("@livekit/agents")).resolve("@livekit/rtc-node")).href
  );
  agents.initializeLogger({ pretty: false, level: "silent" });
  const at = { baseURL: v1, apiKey: where.key_id, apiSecret: where.secret };
  return [
    ["STT stream", async () => {
      const file = readFileSync(where.clip);
      const data = file.subarray(file.indexOf("data") + 8);
      const samples = new Int16Array(data.length / 2 + 16000);
      for (let i = 0; i < data.length / 2; i++) samples[i] = data.readInt16LE(i * 2);
      const stt = new agents.inference.STT({ model: "deepgram/nova-3:en", ...at });
      const stream = stt.stream();
      for (let i = 0; i + 800 <= samples.length; i += 800) {
        stream.pushFrame(new AudioFrame(samples.slice(i, i + 800), 16000, 1, 800));
        // this client leaves when no words come for a while after the end of the input
        await new Promise((go) => setTimeout(go, 25));
      }
      stream.endInput();
      let text = "";
      for await (const event of stream) {
        if (event.type === agents.stt.SpeechEventType.FINAL_TRANSCRIPT) text += " " + event.alternatives[0].text;
      }
      return isHeard(text);
    }],
    ["TTS stream", async () => {
      const tts = new agents.inference.TTS({ model: "cartesia/sonic-3", voice: "some-voice", ...at });
      const stream = tts.stream();
      stream.pushText(sentence);
      stream.flush();
      stream.endInput();
      let seconds = 0;
      for await (const audio of stream) {
        if (audio === agents.tts.SynthesizeStream.END_OF_STREAM) break;
        seconds += audio.frame.samplesPerChannel / audio.frame.sampleRate;
      }
      await stream.close?.();
      await tts.close?.();
      return isSpeech(seconds);
    }],
    ["LLM stream", async () => {
      const model = new agents.inference.LLM({
        model: "openai/gpt-4o-mini", modelOptions: { max_completion_tokens: 16 }, ...at,
      });
      const chatCtx = new agents.llm.ChatContext();
      chatCtx.addMessage({ role: "user", content: "Say hello." });
      let text = "";
      for await (const chunk of model.chat({ chatCtx })) text += chunk.delta?.content ?? "";
      assert(text.trim(), "no text");
      return `${text.length} characters`;
    }],
  ];
}

const packageFile = join(folder, "node_modules", client, "package.json");
if (!existsSync(packageFile)) {
  tell({ missing: client });
  process.exit(0);
}
tell({ versions: { [client]: JSON.parse(readFileSync(packageFile, "utf8")).version, node: process.version.slice(1) } });
const known = { openai: openaiChecks, ollama: ollamaChecks, "@livekit/agents": agentsChecks, ...sdks };
// this version of the client cannot do it, or not here
const skip = (reason) => {
  tell({ feature: "starts", skipped: reason });
  process.exit(0);
};
const checks = await known[client]({ where, v1, load, assert, isHeard, isSpeech, sentence, packageFile, skip });
for (const [feature, check] of checks) {
  const began = performance.now();
  let ok = true, detail;
  try {
    const limit = new Promise((_, fail) => setTimeout(() => fail(new Error("nothing within 60 s")), 60000).unref());
    detail = await Promise.race([check(), limit]);
  } catch (error) {
    [ok, detail] = [false, String(error).slice(0, 300)];
  }
  tell({ feature, ok, seconds: Math.round(performance.now() - began) / 1000, detail });
}
process.exit(0);
