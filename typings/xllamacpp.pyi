class _CpuParams:
    n_threads: int
    poll: int

class _Model:
    path: str

class CommonParams:
    model: _Model
    model_alias: set[str]
    offline: bool
    n_ctx: int
    n_parallel: int
    n_batch: int
    n_ubatch: int
    n_gpu_layers: int
    kv_unified: bool
    cache_prompt: bool
    cache_ram_mib: int
    fit_params: bool
    cpuparams: _CpuParams
    cpuparams_batch: _CpuParams
    verbosity: int
    hostnames: list[str]
    port: int
    api_keys: list[str]
    cors_origins: str
    cors_credentials: bool
    cors_origins_explicit: bool
    ui: bool
    endpoint_slots: bool
    endpoint_props: bool
    endpoint_metrics: bool
    use_jinja: bool
    chat_template: str

class Server:
    listening_address: str
    def __init__(self, params: CommonParams) -> None: ...
    def handle_metrics(self) -> str: ...

def get_device_info() -> list[dict[str, object]]: ...
