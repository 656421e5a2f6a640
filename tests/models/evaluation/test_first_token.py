"""The first token of a journey: who streams to whom, and what is waited for as a whole."""

import pytest

from models.catalog.catalog import load_catalog
from models.design.design import Design
from models.design.edits import new_node
from models.design.elements import BRIEF_ID, Brief, Flow
from models.evaluation import evaluate


def times(flows: dict[str, Flow], kinds: dict[str, str]) -> dict[str, float]:
    """Mean seconds to the first and to the last token of the journeys that begin with `ask` and `other`."""
    elements = {BRIEF_ID: Brief(), **{key: new_node(kind) for key, kind in kinds.items()}, **flows}
    evaluation = evaluate(Design(elements), load_catalog(), month=0)
    reply, journeys = evaluation.traffic.reply, evaluation.pipeline.journeys
    names = [evaluation.pipeline.flows.ids[row] for row in journeys.first_flow.tolist()]
    first = {f"{name} first": float(reply.first_mean[row]) for row, name in enumerate(names)}
    return {**first, **{f"{name} last": float(reply.last_mean[row]) for row, name in enumerate(names)}}


STREAMING = {"streams": True}


def test_users_who_call_a_model_themselves_see_its_first_token() -> None:
    kinds = {"people": "users", "model": "llm_api"}
    whole = times({"ask": Flow("people", "model")}, kinds)
    streamed = times({"ask": Flow("people", "model", params=STREAMING)}, kinds)
    assert whole["ask first"] == whole["ask last"] == streamed["ask last"]
    assert streamed["ask first"] < 0.5 * whole["ask last"]


def test_users_of_one_model_each_get_what_their_flow_says() -> None:
    kinds = {"people": "users", "others": "users", "model": "llm_api"}
    found = times({"ask": Flow("people", "model", params=STREAMING), "other": Flow("others", "model")}, kinds)
    assert found["ask first"] < 0.5 * found["ask last"]
    assert found["other first"] == found["other last"]


def test_a_model_deeper_in_the_path_streams_to_those_who_take_its_tokens() -> None:
    kinds = {"others": "users", "batch": "service", "model": "llm_api"}
    flows = {"other": Flow("others", "batch"), "write": Flow("batch", "model")}
    alone = times(flows, kinds)
    shared = times(
        {**flows, "ask": Flow("people", "agent"), "answer": Flow("agent", "model", params=STREAMING)},
        {**kinds, "people": "users", "agent": "service"},
    )
    assert alone["other first"] == alone["other last"]
    assert shared["other first"] == pytest.approx(shared["other last"])
    assert shared["ask first"] < 0.5 * shared["ask last"]


def test_a_model_that_does_not_stream_is_waited_for_as_a_whole() -> None:
    kinds = {"people": "users", "agent": "service", "rewriter": "llm_api", "model": "llm_api"}
    flows = {
        "ask": Flow("people", "agent", params=STREAMING),
        "rewrite": Flow("agent", "rewriter", params={"step": 1}),
        "answer": Flow("agent", "model", params={"step": 2, **STREAMING}),
    }
    both = times(flows, kinds)
    alone = times({key: flows[key] for key in ("ask", "answer")}, {k: v for k, v in kinds.items() if k != "rewriter"})
    rewriting = times({"ask": Flow("people", "rewriter")}, {"people": "users", "rewriter": "llm_api"})
    waited = both["ask first"] - alone["ask first"]
    assert waited == pytest.approx(rewriting["ask last"], rel=0.05)
    assert both["ask last"] - both["ask first"] == pytest.approx(alone["ask last"] - alone["ask first"], rel=1e-6)
