"""Truth adapters: AI capacity, training and carbon."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.analyses import carbon, training
from models.analyses.llm_serving import Engine, engine
from models.catalog.accelerators import accelerator, calibration, find_accelerator, language_model


def _first(inputs: dict[str, Any], *names: str, default: Any = None) -> Any:
    return next((inputs[name] for name in names if inputs.get(name) is not None), default)


def _engine(inputs: dict[str, Any]) -> Engine:
    return engine(
        language_model(inputs["model"]),
        accelerator(_first(inputs, "gpu", "accelerator", "system")),
        int(_first(inputs, "tensor_parallel", "tp", default=1)),
        _first(inputs, "weights_dtype", "dtype", "quantization", default="bf16"),
        _first(inputs, "kv_dtype", "kv_cache_dtype", default="bf16"),
    )


def llm_max_throughput(inputs: dict[str, Any]) -> dict[str, Any]:
    """Offline throughput."""
    group = _engine(inputs)
    read, written = _first(inputs, "input_tokens", "isl"), _first(inputs, "output_tokens", "osl")
    limit = float(_first(inputs, "max_concurrency", "concurrency", "max_batch", default=float("inf")))
    rate = group.max_throughput(float(read), float(written), limit)
    cards = int(_first(inputs, "gpus", default=group.tensor_parallel))
    total = rate * max(1, cards // group.tensor_parallel)
    return {
        "output_tokens_per_s": total,
        "tokens_per_s": total,
        "output_tokens_per_s_per_gpu": total / cards,
        "total_tokens_per_s": total * (read + written) / written,
        "requests_per_s": total / written,
        "samples_per_s": total / written,
    }


def llm_static_latency(inputs: dict[str, Any]) -> dict[str, Any]:
    """Latency of one static batch."""
    group = _engine(inputs)
    batch = float(_first(inputs, "batch", "batch_size", default=1))
    read = float(_first(inputs, "input_tokens", "isl"))
    written = float(_first(inputs, "output_tokens", "osl"))
    first = 1e3 * group.prefill_time(batch, read)
    token = 1e3 * group.decode_time(batch, read + 0.5 * written)
    total = first + token * (written - 1.0)
    return {
        "ttft_ms": first,
        "tpot_ms": token,
        "request_latency_ms": total,
        "latency_ms": total,
        "output_tokens_per_s": batch * written / (1e-3 * total),
    }


def _peak(inputs: dict[str, Any]) -> float:
    given = _first(inputs, "peak_flops", "peak_flops_per_chip", "peak_flops_per_gpu")
    if given is not None:
        return float(given)
    card = accelerator(_first(inputs, "accelerator", "gpu"))
    return float(card.bf16_dense_tflops or float("nan")) * 1e12


def _flop(inputs: dict[str, Any]) -> float:
    params = float(_first(inputs, "params_active", "params", "parameters"))
    tokens = float(inputs["tokens"]) * float(inputs.get("epochs", 1))
    per_token = float(_first(inputs, "flops_per_param_token", "flop_per_param_token", default=6))
    layers, hidden, sequence = (
        float(_first(inputs, *names, default=0))
        for names in (("layers",), ("hidden", "d_model", "hidden_size"), ("sequence", "sequence_length", "seq_len"))
    )
    return float(training.training_flop(params, tokens, per_token, layers, hidden, sequence))


def training_gpu_hours(inputs: dict[str, Any]) -> dict[str, Any]:
    """Accelerator-hours over the prior, with the whole-run MFU that the published hours imply where they are known."""
    flop, peak = _flop(inputs), _peak(inputs)
    name = str(_first(inputs, "accelerator", "gpu", default="H100"))
    prior = training.mfu_prior(name)
    mfu = float(_first(inputs, "mfu", default=prior.middle))
    hours = float(training.accelerator_hours(flop, peak, mfu))
    low, _, high = training.accelerator_hours_band(flop, peak, name)
    published = _first(inputs, "gpu_hours", default=inputs.get("observed", {}).get("gpu_hours"))
    result = {"gpu_hours": hours, "gpu_hours_p5": low, "gpu_hours_p95": high, "flops": flop, "mfu": mfu}
    if published is not None:
        result["implied_whole_run_mfu"] = training.implied_mfu(flop, float(published), peak)
    return result


def training_mfu(inputs: dict[str, Any]) -> dict[str, Any]:
    """Utilization of a measured token rate or of a measured step."""
    per_token = float(_first(inputs, "flops_per_param_token", "flop_per_param_token", default=6))
    params = float(_first(inputs, "params_active", "params", "parameters"))
    chips = float(_first(inputs, "chips", "gpus", "accelerators"))
    peak = _peak(inputs)
    layers, hidden, sequence = (
        float(_first(inputs, *names, default=0))
        for names in (("layers",), ("hidden", "d_model", "hidden_size"), ("sequence", "sequence_length", "seq_len"))
    )
    flop = float(training.training_flop(params, 1.0, per_token, layers, hidden, sequence))
    achieved = _first(inputs, "achieved_flops_per_gpu", "achieved_flops_per_chip")
    if achieved is not None:
        return {"mfu": float(achieved) / peak, "tokens_per_second": float(achieved) * chips / flop}
    rate = _first(inputs, "tokens_per_second", "tokens_per_s")
    if rate is None and "step_time_s" in inputs:
        batch = _first(inputs, "tokens_per_step", "batch_tokens")
        if batch is None:
            batch = float(_first(inputs, "batch_size", "batch")) * sequence
        rate = float(batch) / float(inputs["step_time_s"])
    if rate is None:
        seconds = float(_first(inputs, "seconds", default=86400.0 * float(inputs.get("days", 0))))
        seconds = seconds or 3600.0 * float(_first(inputs, "gpu_hours")) / chips
        rate = float(inputs["tokens"]) / seconds
    return {"mfu": training.step_mfu(flop, float(rate), chips, peak), "tokens_per_second": float(rate)}


def training_time(inputs: dict[str, Any]) -> dict[str, Any]:
    """Time on the clock of a run."""
    flop, cards = _flop(inputs), float(_first(inputs, "gpus", "chips", "accelerators"))
    achieved = _first(inputs, "achieved_flops_per_gpu", "achieved_flops_per_chip")
    mfu = float(_first(inputs, "mfu", default=1.0))
    peak = float(achieved) if achieved is not None else _peak(inputs)
    hours = training.accelerator_hours(flop, peak, mfu if achieved is None else 1.0, float(inputs.get("goodput", 1.0)))
    wall = float(training.wall_time(hours, cards))
    return {"days": wall / 24.0, "hours": wall, "seconds": wall * 3600.0, "gpu_hours": float(hours)}


def _intensity(inputs: dict[str, Any], kwh: float) -> dict[str, Any]:
    tonnes = _first(inputs, "tco2e_per_kwh")
    kilograms = _first(inputs, "kgco2_per_kwh", "kgco2e_per_kwh")
    grams = _first(inputs, "gco2_per_kwh", "gco2e_per_kwh")
    if tonnes is None and kilograms is not None:
        tonnes = float(kilograms) / 1e3
    if tonnes is None and grams is not None:
        tonnes = float(grams) / 1e6
    result: dict[str, Any] = {"kwh": kwh, "mwh": kwh / 1e3}
    if tonnes is not None:
        emitted = float(carbon.emissions(kwh, float(tonnes)))
        result |= {"tco2e": emitted, "kgco2e": emitted * 1e3, "kgco2": emitted * 1e3}
    return result


def _pue(inputs: dict[str, Any]) -> float:
    return float(_first(inputs, "pue", default=1.0))


def carbon_compute(inputs: dict[str, Any]) -> dict[str, Any]:
    """Energy of vCPU hours (or accelerator hours) at a utilization or at average watts."""
    hours = float(_first(inputs, "vcpu_hours", "gpu_hours", "hours"))
    average = _first(inputs, "average_watts", "avg_watts")
    if average is not None:
        low = high = float(average)
    elif _first(inputs, "gpu", "accelerator") is not None and "min_watts" not in inputs:
        card = find_accelerator(str(_first(inputs, "gpu", "accelerator")))
        low, high = (float(card.idle_w or 0.0), float(card.full_w or 0.0)) if card else (0.0, 0.0)
    else:
        power = carbon.server_power(str(_first(inputs, "provider", "cloud", default="aws")))
        low = float(_first(inputs, "min_watts", default=power.min_watts))
        high = float(_first(inputs, "max_watts", default=power.max_watts))
    load = float(_first(inputs, "utilization", "utilisation", "cpu_utilization", "average_utilization", default=0.5))
    load = load / 100.0 if load > 1.0 else load
    kwh = carbon.compute_energy(hours, load, low, high, _pue(inputs), float(inputs.get("replication", 1)))
    return _intensity(inputs, float(kwh))


def carbon_memory(inputs: dict[str, Any]) -> dict[str, Any]:
    """Energy of memory."""
    rate = _first(inputs, "kwh_per_gb_hour", default=calibration()["ccf"]["memory_kwh_per_gbh"])
    hours = float(_first(inputs, "gb_hours"))
    return _intensity(inputs, float(carbon.memory_energy(hours, _pue(inputs), inputs.get("replication", 1), rate)))


def carbon_storage(inputs: dict[str, Any]) -> dict[str, Any]:
    """Energy of solid-state or spinning disks."""
    hours = _first(inputs, "tb_hours", default=float(_first(inputs, "gb_hours", default=0.0)) / 1e3)
    kind = str(_first(inputs, "kind", "type", "medium", default="ssd")).lower()
    kwh = carbon.storage_energy(
        float(hours), _pue(inputs), inputs.get("replication", 1), inputs.get("wh_per_tb_hour"), kind != "hdd"
    )
    return _intensity(inputs, float(kwh))


def carbon_network(inputs: dict[str, Any]) -> dict[str, Any]:
    """Energy of data transfer."""
    gigabytes = float(_first(inputs, "gb", "gigabytes", "gb_transferred"))
    return _intensity(inputs, float(carbon.network_energy(gigabytes, _pue(inputs), inputs.get("kwh_per_gb"))))


def carbon_embodied(inputs: dict[str, Any]) -> dict[str, Any]:
    """Share of a server's manufacture."""
    total = _first(inputs, "embodied_tco2e", "scope3_tco2e")
    scale = 1.0
    if total is None:
        total, scale = _first(inputs, "embodied_kgco2e", "scope3_kgco2e"), 1e-3
    value = carbon.embodied(
        float(_first(inputs, "hours", "usage_hours")),
        float(_first(inputs, "instance_vcpu", "vcpu", "vcpus")),
        float(_first(inputs, "largest_instance_vcpu", "largest_vcpu")),
        float(total) * scale,
        _first(inputs, "lifespan_hours"),
    )
    return {"tco2e": float(value), "kgco2e": float(value) * 1e3}


def carbon_training(inputs: dict[str, Any]) -> dict[str, Any]:
    """Energy and emissions of a training run."""
    hours = _first(inputs, "gpu_hours", "accelerator_hours", "chip_hours")
    if hours is None:
        cards = float(_first(inputs, "gpus", "chips", "accelerators"))
        hours = cards * float(_first(inputs, "hours", default=24.0 * float(inputs.get("days", 0.0))))
    watts = float(_first(inputs, "watts_per_gpu", "watts", "watts_per_chip", "tdp_w", default=0.0))
    if not watts:
        card = find_accelerator(str(_first(inputs, "gpu", "accelerator", default="")))
        watts = float(card.tdp_w or float("nan")) if card else float("nan")
    energy = _first(inputs, "kwh", default=None)
    if energy is None and "mwh" in inputs:
        energy = 1e3 * float(inputs["mwh"])
    kwh = float(carbon.training_energy(hours, watts, _pue(inputs))) if energy is None else float(energy) * _pue(inputs)
    return _intensity(inputs, kwh)


ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "llm_max_throughput": llm_max_throughput,
    "llm_static_latency": llm_static_latency,
    "training_gpu_hours": training_gpu_hours,
    "training_mfu": training_mfu,
    "training_time": training_time,
    "carbon_compute": carbon_compute,
    "carbon_gpu": carbon_compute,
    "carbon_memory": carbon_memory,
    "carbon_storage": carbon_storage,
    "carbon_network": carbon_network,
    "carbon_networking": carbon_network,
    "carbon_embodied": carbon_embodied,
    "carbon_training": carbon_training,
}
