// Checks of more node packages, by name; node_client.mjs runs them. Each gets the kit: where the gateway is, and helpers.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const hello = [{ role: "user", content: "Say hello." }];

async function anthropicChecks({ where, load, assert }) {
  const { default: Anthropic } = await load("@anthropic-ai/sdk");
  const api = new Anthropic({ apiKey: where.key, baseURL: where.url, maxRetries: 0 });
  const model = "claude-sonnet-4-5";
  return [
    ["messages", async () => {
      const answer = await api.messages.create({ model, max_tokens: 12, messages: hello });
      assert(answer.content[0]?.text?.trim(), "no text");
      return `${answer.usage.output_tokens} tokens`;
    }],
    ["messages stream", async () => {
      const stream = api.messages.stream({ model, max_tokens: 12, messages: hello });
      const last = await stream.finalMessage();
      assert(last.content[0]?.text?.trim(), "no text");
      return `${last.content[0].text.length} characters`;
    }],
    ["count_tokens", async () => {
      const counted = await api.messages.countTokens({ model, messages: hello });
      assert(counted.input_tokens > 0, "no tokens");
      return `${counted.input_tokens} tokens`;
    }],
  ];
}

async function mcpChecks({ where, load, assert }) {
  const { Client } = await load("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await load("@modelcontextprotocol/sdk/client/streamableHttp.js");
  const { StdioClientTransport } = await load("@modelcontextprotocol/sdk/client/stdio.js");
  const used = async (transport) => {
    const client = new Client({ name: "conformance", version: "1.0" });
    await client.connect(transport);
    try {
      const { tools } = await client.listTools();
      const health = await client.callTool({ name: "get_health", arguments: {} });
      assert(health.structuredContent?.status === "ok", JSON.stringify(health).slice(0, 200));
      return `${tools.length} tools, ${client.getServerVersion().name}`;
    } finally {
      await client.close();
    }
  };
  return [
    ["tools over HTTP", async () => {
      const headers = { Authorization: `Bearer ${where.key}` };
      return used(new StreamableHTTPClientTransport(new URL(`${where.url}/mcp`), { requestInit: { headers } }));
    }],
    ["tools over stdio", async () => {
      const [command, ...args] = where.program.split(" ");
      const env = { ...process.env, ...(where.home ? { VOICEGW_HOME: where.home } : {}) };
      return used(new StdioClientTransport({ command, args: [...args, "mcp"], env }));
    }],
  ];
}

// the inspector's own program, by its command line: tools of a server named in a file, which holds the key
async function inspectorChecks({ where, load, assert, packageFile, skip }) {
  const { bin, engines } = JSON.parse(readFileSync(packageFile, "utf8"));
  const wanted = Number((engines?.node ?? "0").replace(/[^0-9.]/g, "").split(".")[0]);
  if (Number(process.versions.node.split(".")[0]) < wanted) skip(`this version needs node ${engines.node}`);
  const home = mkdtempSync(join(tmpdir(), "vgw-"));
  process.on("exit", () => rmSync(home, { recursive: true, force: true }));
  const [command, ...args] = where.program.split(" ");
  const env = where.home ? { VOICEGW_HOME: where.home } : {};
  const at = (key) => ({
    type: "streamable-http", url: `${where.url}/mcp`, headers: { Authorization: `Bearer ${key}` },
  });
  const config = join(home, "servers.json");
  const mcpServers = { http: at(where.key), wrong: at("nobody"), stdio: { command, args: [...args, "mcp"], env } };
  writeFileSync(config, JSON.stringify({ mcpServers }), { mode: 0o600 });
  const program = join(dirname(packageFile), bin["mcp-inspector"]);
  const asked = (server, ...rest) => new Promise((done) => execFile(
    process.execPath, [program, "--cli", "--config", config, "--server", server, "--method", ...rest],
    { env: { ...process.env, HOME: home, MCP_INSPECTOR_SECRET_STORE: "memory" }, maxBuffer: 1 << 24, timeout: 55000 },
    (error, output, complaints) => done({ failed: Boolean(error), output, complaints }),
  ));
  const used = async (server) => {
    const listed = await asked(server, "tools/list");
    assert(!listed.failed, listed.complaints.slice(-200));
    const health = await asked(server, "tools/call", "--tool-name", "get_health");
    assert(!health.failed, health.complaints.slice(-200));
    assert(JSON.parse(health.output).structuredContent.status === "ok", health.output.slice(0, 200));
    return `${JSON.parse(listed.output).tools.length} tools`;
  };
  return [
    ["tools over HTTP", () => used("http")],
    ["tools over stdio", () => used("stdio")],
    ["wrong key refused", async () => {
      const told = await asked("wrong", "tools/list");
      assert(told.failed, "it was let in");
      assert(/401|auth_required/.test(told.complaints + told.output), told.complaints.slice(-200));
      return "not let in";
    }],
  ];
}

async function aiChecks({ where, v1, load, assert, isHeard, isSpeech, sentence }) {
  const ai = await load("ai");
  const { createOpenAI } = await load("@ai-sdk/openai");
  const { createOpenAICompatible } = await load("@ai-sdk/openai-compatible");
  const { createAnthropic } = await load("@ai-sdk/anthropic");
  const { z } = await load("zod");
  const openai = createOpenAI({ baseURL: v1, apiKey: where.key });
  const plain = createOpenAICompatible({ name: "gateway", baseURL: v1, apiKey: where.key });
  const anthropic = createAnthropic({ baseURL: v1, apiKey: where.key });
  const asked = { prompt: "Say hello.", maxOutputTokens: 16, maxRetries: 0 };
  const schema = z.object({ number: z.number() });
  const text = async (model) => {
    const answer = await ai.generateText({ model, ...asked });
    assert(answer.text.trim(), "no text");
    return `${answer.usage.outputTokens} tokens, ${answer.finishReason}`;
  };
  const streamed = async (model) => {
    const answer = ai.streamText({ model, ...asked });
    let all = "";
    for await (const piece of answer.textStream) all += piece;
    assert(all.trim(), "no text");
    return `${all.length} characters, ${await answer.finishReason}`;
  };
  const shaped = async (model) => {
    const answer = await ai.generateObject({ model, schema, prompt: "Give the number 7.", maxRetries: 0 });
    return JSON.stringify(answer.object);
  };
  const tools = async (model) => {
    const weather = ai.tool({ description: "Weather.", inputSchema: z.object({ city: z.string() }), execute: () => "Sun." });
    const answer = await ai.generateText({
      model, prompt: "What is the weather in Paris?", tools: { weather }, toolChoice: "required", maxRetries: 0,
    });
    assert(answer.toolCalls.length, "no call");
    return JSON.stringify(answer.toolCalls[0].input);
  };
  return [
    ["responses: text", () => text(openai("gpt-4o-mini"))],
    ["responses: stream", () => streamed(openai("gpt-4o-mini"))],
    ["responses: object", () => shaped(openai("gpt-4o-mini"))],
    ["responses: tool", () => tools(openai("gpt-4o-mini"))],
    ["chat: text", () => text(openai.chat("gpt-4o-mini"))],
    ["chat: stream", () => streamed(openai.chat("gpt-4o-mini"))],
    ["chat: object", () => shaped(openai.chat("gpt-4o-mini"))],
    ["openai-compatible: stream", () => streamed(plain("gpt-4o-mini"))],
    ["anthropic: stream", () => streamed(anthropic("claude-sonnet-4-5"))],
    ["speech", async () => {
      const { audio } = await ai.experimental_generateSpeech({
        model: openai.speech("tts-1"), text: sentence, voice: "alloy", outputFormat: "pcm", maxRetries: 0,
      });
      return isSpeech(audio.uint8Array.byteLength / 2 / 24000);
    }],
    ["transcription", async () => {
      const heard = await ai.experimental_transcribe({
        model: openai.transcription("whisper-1"), audio: readFileSync(where.clip), maxRetries: 0,
      });
      return isHeard(heard.text);
    }],
  ];
}

async function elevenlabsChecks({ where, load, assert, isHeard, isSpeech, sentence }) {
  const { ElevenLabsClient } = await load("@elevenlabs/elevenlabs-js");
  const api = new ElevenLabsClient({ apiKey: where.key, baseUrl: where.url, environment: where.url });
  return [
    ["speech", async () => {
      const sound = await api.textToSpeech.convert("21m00Tcm4TlvDq8ikWAM", { text: sentence, outputFormat: "pcm_24000" });
      let bytes = 0;
      for await (const piece of sound) bytes += piece.byteLength;
      return isSpeech(bytes / 2 / 24000);
    }],
    ["transcription (scribe_v1)", async () => {
      const file = new Blob([readFileSync(where.clip)], { type: "audio/wav" });
      return isHeard((await api.speechToText.convert({ modelId: "scribe_v1", file })).text);
    }],
    ["voices", async () => {
      const { voices } = await api.voices.getAll();
      assert(voices.length, "no voice");
      return `${voices.length} voices`;
    }],
  ];
}

async function deepgramChecks({ where, load, assert, isHeard, isSpeech, sentence }) {
  const { DeepgramClient } = await load("@deepgram/sdk");
  const address = where.url;
  const environment = {
    base: address, production: address.replace("http", "ws"), agent: address.replace("http", "ws"), agentRest: address,
  };
  const api = new DeepgramClient({ apiKey: where.key, environment });
  return [
    ["listen.v1 of a recording", async () => {
      const told = await api.listen.v1.media.transcribeFile(readFileSync(where.clip), { model: "nova-3" });
      return isHeard(told.results.channels[0].alternatives[0].transcript);
    }],
    ["speak.v1 in one request", async () => {
      const sound = await api.speak.v1.audio.generate({
        text: sentence, model: "aura-2-thalia-en", encoding: "linear16", sample_rate: 24000, container: "none",
      });
      const bytes = (await sound.arrayBuffer()).byteLength;
      assert(bytes, "no sound");
      return isSpeech(bytes / 2 / 24000);
    }],
  ];
}

async function openaiAgentsChecks({ where, v1, load, assert }) {
  const agents = await load("@openai/agents");
  const { default: OpenAI } = await load("openai");
  agents.setTracingDisabled(true);
  agents.setDefaultOpenAIClient(new OpenAI({ apiKey: where.key, baseURL: v1, maxRetries: 0 }));
  const made = () => new agents.Agent({
    name: "conformance", instructions: "Be short.", model: "gpt-4o-mini", modelSettings: { maxTokens: 400 },
  });
  const answered = async () => {
    const said = (await agents.run(made(), "Say hello.")).finalOutput;
    assert(said?.trim(), "no text");
    return `${said.length} characters`;
  };
  return [
    ["responses", async () => { agents.setOpenAIAPI("responses"); return answered(); }],
    ["responses stream", async () => {
      const run = await agents.run(made(), "Say hello.", { stream: true });
      let events = 0;
      for await (const _ of run) events += 1;
      await run.completed;
      assert(run.finalOutput?.trim(), "no text");
      return `${events} events`;
    }],
    ["chat completions", async () => { agents.setOpenAIAPI("chat_completions"); return answered(); }],
  ];
}

export const sdks = {
  "@anthropic-ai/sdk": anthropicChecks,
  "@modelcontextprotocol/sdk": mcpChecks,
  "@modelcontextprotocol/inspector": inspectorChecks,
  ai: aiChecks,
  "@elevenlabs/elevenlabs-js": elevenlabsChecks,
  "@deepgram/sdk": deepgramChecks,
  "@openai/agents": openaiAgentsChecks,
};
